//! What is resolved, and what is refused, over a table of ChatClusters.

use talkline_crds::load;

use super::*;

fn cluster(spec: &str) -> ChatCluster {
    let text = format!(
        "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata: {{ name: chat, namespace: team }}\nspec:\n{spec}\n"
    );
    load(&text).unwrap()
}

fn everywhere() -> Facts {
    Facts {
        apis: Apis::ALL,
        ..Facts::default()
    }
}

fn valid(spec: &str) -> ValidatedCluster {
    validate(&cluster(spec), &everywhere()).unwrap()
}

#[test]
fn an_empty_spec_is_a_platform_on_servers_of_its_own() {
    let chat = valid("  {}");
    assert_eq!((chat.name.as_str(), chat.namespace.as_str()), ("chat", "team"));
    assert_eq!(chat.kafka.brokers, ["chat-kafka.team.svc:9092"]);
    assert_eq!(chat.kafka.topic_prefix, "team.chat.");
    assert_eq!(chat.redis.addresses, ["chat-redis.team.svc:6379"]);
    assert_eq!(chat.redis.key_prefix, "team:chat:");
    assert_eq!(
        chat.mongo.url,
        Word::Plain("mongodb://chat-mongo.team.svc:27017/?replicaSet=rs0".to_owned())
    );
    assert_eq!(chat.keys.secret, "chat-jwt-keys");
    assert_eq!((chat.notes, chat.gateway.scaling), (Vec::new(), Scaling::Fixed));
    assert_eq!((chat.gateway.min_ready_seconds, chat.gateway.grace_seconds), (210, 630));
}

#[test]
fn trap_costs_that_were_measured_anew_roll_nothing() {
    let costs = |spec: &str, image: &str| {
        let made = Made {
            image: image.to_owned(),
            costs: Edition::First,
        };
        let facts = Facts {
            gateways: Some(made.clone()),
            workers: Some(made),
            ..everywhere()
        };
        validate(&cluster(spec), &facts).unwrap().costs
    };
    assert_eq!(
        valid("  {}").costs,
        Edition::Second,
        "what is made anew is sized by the newest"
    );
    let ours = valid("  {}").image;
    assert_eq!(costs("  {}", &ours), Edition::First);
    assert_eq!(costs("  capacity: { connections: 50000 }", &ours), Edition::First);
    assert_eq!(costs("  {}", "another:1"), Edition::Second, "they are replaced anyway");
    let own = "  podTemplate: { spec: { containers: [{ name: gateway, image: \"own:1\" }, { name: worker, image: \"own:1\" }] } }";
    assert_eq!(
        costs(own, "own:1"),
        Edition::First,
        "an image of a template's stays, too"
    );
}

#[test]
fn nothing_secret_is_taken_from_where_it_is() {
    let text = include_str!("../../../examples/production.yaml");
    let chat = validate(&load(text).unwrap(), &everywhere()).unwrap();
    let credentials: Vec<String> = chat
        .credentials()
        .into_iter()
        .map(|credential| format!("{}/{}", credential.secret, credential.key))
        .collect();
    let expected = [
        "kafka-ca/ca.crt",
        "kafka-user/password",
        "kafka-user/username",
        "mongo-ca/ca.crt",
        "mongo-user/password",
        "mongo-user/username",
        "redis-ca/ca.crt",
        "redis-user/password",
        "redis-user/username",
    ];
    assert_eq!(credentials, expected);
    let hosts = "mongo-0.example.com:27017,mongo-1.example.com:27017,mongo-2.example.com:27017";
    assert_eq!(
        chat.mongo.url,
        Word::Plain(format!("mongodb://{hosts}/?replicaSet=rs0"))
    );
}

#[test]
fn strimzi_gives_address_authority_and_password_by_its_own_names() {
    let chat = valid("  kafka: { strimzi: { cluster: events } }");
    assert_eq!(chat.kafka.brokers, ["events-kafka-bootstrap.team.svc:9093"]);
    let login = chat.kafka.sasl.unwrap().login;
    assert_eq!(login.username, Word::Plain("chat-talkline".to_owned()));
    assert_eq!(login.password.name, "chat-talkline");
    let chat = valid("  kafka: { strimzi: { cluster: events, authentication: Tls } }");
    assert!(chat.kafka.sasl.is_none());
    assert_eq!(chat.kafka.trust.unwrap().identity.unwrap().certificate, "user.crt");
}

#[test]
fn strimzis_kafka_says_where_its_listener_is_and_whether_it_speaks_tls() {
    let listener = Listener {
        brokers: vec!["a:30001".to_owned(), "b:30002".to_owned()],
        is_tls: false,
        has_acls: false,
    };
    let facts = Facts {
        listener: Some(listener),
        ..everywhere()
    };
    let chat = validate(&cluster("  kafka: { strimzi: { cluster: events } }"), &facts).unwrap();
    assert_eq!(chat.kafka.brokers, ["a:30001", "b:30002"]);
    assert!(chat.kafka.trust.is_none());
    assert!(!chat.kafka.strimzi.unwrap().has_acls);
}

#[test]
fn what_only_the_operator_can_know_is_refused_with_what_to_do() {
    let table = [
        (
            "  image: { tag: 9.0.0 }",
            "spec.image.tag: 9.0.0 is newer than this operator",
        ),
        (
            "  auth: { tokens: { signingKeys: { algorithm: Rs256 } } }",
            "spec.auth.tokens.signingKeys.algorithm: this version signs with EdDsa only",
        ),
        (
            "  worker: { autoscaling: { kind: Keda } }",
            "spec.worker.autoscaling.kind: KEDA is not installed",
        ),
        (
            "  kafka: { strimzi: { cluster: events } }",
            "spec.kafka.strimzi: Strimzi is not installed",
        ),
        (
            "  gateway: { podTemplate: { metadata: { labels: { app.kubernetes.io/instance: mine } } } }",
            "spec.gateway.podTemplate.metadata.labels.app.kubernetes.io/instance: pods are found by this label",
        ),
    ];
    for (spec, expected) in table {
        let wrong = validate(&cluster(spec), &Facts::default()).unwrap_err();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].to_string().starts_with(expected), "{}", wrong[0]);
    }
}

#[test]
fn secrets_of_another_namespace_cannot_be_taken_in() {
    let spec = "  kafka: { strimzi: { cluster: events, namespace: kafka } }";
    let wrong = validate(&cluster(spec), &everywhere()).unwrap_err();
    assert_eq!(wrong[0].field, "spec.kafka.strimzi.namespace");
}

#[test]
fn partitions_stay_as_they_were_made_whatever_the_plan_says_now() {
    let facts = Facts {
        partitions: Some(12),
        ..everywhere()
    };
    let more = "  capacity: { messagesPerSecond: 1000000 }";
    let chat = validate(&cluster(more), &facts).unwrap();
    assert!(chat.plan.partitions > 12);
    assert_eq!(chat.partitions, 12);
    let wrong = validate(&cluster("  kafka: { managed: {}, partitions: 24 }"), &facts).unwrap_err();
    assert!(wrong[0].message.ends_with("and apply it with 12"), "{}", wrong[0]);
    let wrong = validate(&cluster("  worker: { replicas: 13 }"), &facts).unwrap_err();
    assert!(
        wrong[0].message.starts_with("13 workers for the topic's 12 partitions"),
        "{}",
        wrong[0]
    );
}

#[test]
fn what_has_no_effect_is_said() {
    let spec = "  retention: { auditDays: 1 }\n  mail: { smtp: { host: mail } }";
    let expected = [
        "spec.retention.auditDays: there is no audit trail yet",
        "spec.mail: no mail is sent",
    ];
    assert_eq!(valid(spec).notes, expected);
}
