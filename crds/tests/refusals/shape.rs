//! What the schema's types and bounds refuse.

use super::Case;

pub(crate) const SHAPE: &[Case] = &[
    Case {
        name: "a number below its minimum",
        spec: "  gateway:
    replicas: 0",
        line: 7,
        column: 5,
        field: "spec.gateway.replicas",
        message: "0 is less than the minimum of 1",
        server: Some("spec.gateway.replicas in body should be greater than or equal to 1"),
    },
    Case {
        name: "a number above its maximum",
        spec: "  worker:
    drainSeconds: 601",
        line: 7,
        column: 5,
        field: "spec.worker.drainSeconds",
        message: "601 is more than the maximum of 600",
        server: Some("spec.worker.drainSeconds in body should be less than or equal to 600"),
    },
    Case {
        name: "a number in quotes",
        spec: r#"  capacity:
    connections: "1000""#,
        line: 7,
        column: 5,
        field: "spec.capacity.connections",
        message: r#""1000" is not a whole number"#,
        server: Some("spec.capacity.connections in body must be of type integer"),
    },
    Case {
        name: "a fraction",
        spec: "  capacity:
    fanOut: 1.5",
        line: 7,
        column: 5,
        field: "spec.capacity.fanOut",
        message: "1.5 is not a whole number",
        server: Some("spec.capacity.fanOut in body must be of type integer"),
    },
    Case {
        name: "a string without quotes",
        spec: "  image:
    tag: 12",
        line: 7,
        column: 5,
        field: "spec.image.tag",
        message: "12 is not a string (put it in quotes)",
        server: Some("spec.image.tag in body must be of type string"),
    },
    Case {
        name: "a truth value that is none",
        spec: "  paused: yes please",
        line: 6,
        column: 3,
        field: "spec.paused",
        message: r#""yes please" is not true or false"#,
        server: Some("spec.paused in body must be of type boolean"),
    },
    Case {
        name: "a list where an object is expected",
        spec: "  gateway: []",
        line: 6,
        column: 3,
        field: "spec.gateway",
        message: "a list where an object is expected",
        server: Some("spec.gateway in body must be of type object"),
    },
    Case {
        name: "an unknown field near a known one",
        spec: "  gateway:
    replica: 2",
        line: 7,
        column: 5,
        field: "spec.gateway.replica",
        message: "unknown field; did you mean replicas?",
        server: Some(r#"unknown field "spec.gateway.replica""#),
    },
    Case {
        name: "an unknown field far from all",
        spec: "  retention:
    forever: true",
        line: 7,
        column: 5,
        field: "spec.retention.forever",
        message: "unknown field; known here: auditDays, deadLettersDays, exportsDays, messagesDays, rejectionsDays",
        server: Some(r#"unknown field "spec.retention.forever""#),
    },
    Case {
        name: "a choice that is none",
        spec: "  image:
    pullPolicy: Sometimes",
        line: 7,
        column: 5,
        field: "spec.image.pullPolicy",
        message: r#""Sometimes" is not one of the choices; known here: Always, IfNotPresent, Never"#,
        server: Some(r#"spec.image.pullPolicy: Unsupported value: "Sometimes""#),
    },
    Case {
        name: "a string that does not match",
        spec: r#"  gateway:
    origins: ["chat.example.com"]"#,
        line: 7,
        column: 15,
        field: "spec.gateway.origins[0]",
        message: r#""chat.example.com" does not match ^(\*|https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)$"#,
        server: Some("spec.gateway.origins[0] in body should match"),
    },
    Case {
        name: "a string too long",
        spec: concat!(
            "  kafka:\n    managed: {}\n    topicPrefix: ",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        ),
        line: 8,
        column: 5,
        field: "spec.kafka.topicPrefix",
        message: "129 characters are more than the maximum of 128",
        server: Some("spec.kafka.topicPrefix: Too long"),
    },
    Case {
        name: "a missing field",
        spec: "  gateway:
    ingress: {}",
        line: 7,
        column: 5,
        field: "spec.gateway.ingress",
        message: "the field `host` is missing",
        server: Some("spec.gateway.ingress.host: Required value"),
    },
    Case {
        name: "too few entries",
        spec: "  kafka:
    external: { bootstrapServers: [] }",
        line: 7,
        column: 17,
        field: "spec.kafka.external.bootstrapServers",
        message: "0 entries are fewer than the minimum of 1",
        server: Some("spec.kafka.external.bootstrapServers in body should have at least 1 items"),
    },
];
