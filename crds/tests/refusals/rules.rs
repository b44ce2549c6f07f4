//! What the schema's CEL rules refuse: the server's sentence is the rule's, and so is ours.

use super::{Case, rule};

pub(crate) const RULES: &[Case] = &[
    rule(
        "bounds the wrong way round",
        "  gateway:
    autoscaling: { minReplicas: 5, maxReplicas: 2 }",
        (7, 20),
        "spec.gateway.autoscaling.minReplicas",
        "minReplicas must not exceed maxReplicas",
    ),
    rule(
        "fixed and scaled at once",
        "  worker:
    replicas: 3
    autoscaling: {}",
        (7, 5),
        "spec.worker.replicas",
        "replicas and autoscaling exclude each other: remove one of them",
    ),
    rule(
        "a drain that cannot end",
        "  gateway:
    drain:
      socketsPerMinute: 60",
        (7, 5),
        "spec.gateway.drain",
        "a full gateway could not be drained in time: raise drain.socketsPerMinute or drain.maxSeconds, or lower sockets.maxPerReplica",
    ),
    rule(
        "a drain that only accepts",
        "  gateway:
    drain: { acceptSeconds: 20, maxSeconds: 10, socketsPerMinute: 10000000 }
    sockets: { maxPerReplica: 1, targetPerReplica: 1 }",
        (7, 14),
        "spec.gateway.drain.acceptSeconds",
        "acceptSeconds must be less than maxSeconds",
    ),
    rule(
        "a target above the maximum",
        "  gateway:
    sockets: { targetPerReplica: 30000 }",
        (7, 16),
        "spec.gateway.sockets.targetPerReplica",
        "targetPerReplica must not exceed maxPerReplica",
    ),
    rule(
        "an HTTPRoute without its Gateway",
        "  gateway:
    ingress: { host: chat.example.com, kind: HttpRoute }",
        (7, 40),
        "spec.gateway.ingress.kind",
        "gatewayName goes with kind HttpRoute, which needs it, and only with it",
    ),
    rule(
        "a Gateway's namespace without the Gateway",
        "  gateway:
    ingress: { host: chat.example.com, gatewayNamespace: edge }",
        (7, 40),
        "spec.gateway.ingress.gatewayNamespace",
        "gatewayNamespace is the namespace of the Gateway that gatewayName names",
    ),
    rule(
        "no Kafka",
        "  kafka:
    partitions: 12",
        (6, 3),
        "spec.kafka",
        "exactly one of external, strimzi and managed must be given",
    ),
    rule(
        "two Kafkas",
        "  kafka:
    managed: {}
    strimzi: { cluster: events }",
        (6, 3),
        "spec.kafka",
        "exactly one of external, strimzi and managed must be given",
    ),
    rule(
        "more copies in sync than copies",
        "  kafka:
    strimzi: { cluster: events }
    minInSyncReplicas: 4",
        (8, 5),
        "spec.kafka.minInSyncReplicas",
        "minInSyncReplicas must not exceed replicationFactor",
    ),
    rule(
        "three copies on one broker",
        "  kafka:
    managed: {}
    replicationFactor: 3",
        (8, 5),
        "spec.kafka.replicationFactor",
        "managed Kafka has one broker: remove replicationFactor or set it to 1",
    ),
    rule(
        "a token endpoint without OAUTHBEARER",
        r#"  kafka:
    external:
      bootstrapServers: ["kafka:9092"]
      sasl:
        mechanism: Plain
        credentials: { username: { name: a, key: b }, password: { name: a, key: c } }
        tokenEndpoint: https://id.example.com/token"#,
        (10, 9),
        "spec.kafka.external.sasl.mechanism",
        "tokenEndpoint goes with mechanism OauthBearer, which needs it, and only with it",
    ),
    rule(
        "no Redis",
        "  redis: {}",
        (6, 3),
        "spec.redis",
        "exactly one of external and managed must be given",
    ),
    rule(
        "sentinels without what they watch",
        r#"  redis:
    external: { addresses: ["redis:26379"], mode: Sentinel }"#,
        (7, 45),
        "spec.redis.external.mode",
        "sentinel goes with mode Sentinel, which needs it, and only with it",
    ),
    rule(
        "a database of a Redis Cluster",
        r#"  redis:
    external: { addresses: ["redis:6379"], mode: Cluster, database: 1 }"#,
        (7, 59),
        "spec.redis.external.database",
        "a Redis Cluster has only database 0",
    ),
    rule(
        "two MongoDBs",
        r#"  mongo:
    managed: {}
    external: { hosts: ["mongo:27017"] }"#,
        (6, 3),
        "spec.mongo",
        "exactly one of external and managed must be given",
    ),
    rule(
        "a MongoDB without an address",
        "  mongo:
    external: { replicaSet: rs0 }",
        (7, 5),
        "spec.mongo.external",
        "exactly one of uri and hosts must be given",
    ),
    rule(
        "a MongoDB's credentials twice",
        "  mongo:
    external: { uri: { name: a, key: b }, replicaSet: rs0 }",
        (7, 17),
        "spec.mongo.external.uri",
        "replicaSet and credentials are part of the uri: remove them",
    ),
    rule(
        "no way to sign in",
        "  auth:
    password: { enabled: false }
    passwordless: { enabled: false }",
        (6, 3),
        "spec.auth",
        "nobody could sign in: enable password or passwordless",
    ),
    rule(
        "tokens the wrong way round",
        "  auth:
    tokens: { accessSeconds: 3600, refreshSeconds: 3600 }",
        (7, 15),
        "spec.auth.tokens.accessSeconds",
        "accessSeconds must be less than refreshSeconds",
    ),
    rule(
        "rotation of keys that are not ours",
        "  auth:
    tokens: { signingKeys: { secret: keys } }",
        (7, 15),
        "spec.auth.tokens.signingKeys.rotateDays",
        "keys of your own Secret are yours to rotate: set rotateDays to 0",
    ),
    rule(
        "two places for media",
        "  media:
    volume: {}
    s3: { bucket: chat, region: eu }",
        (6, 3),
        "spec.media",
        "exactly one of volume and s3 must be given",
    ),
    rule(
        "mail credentials in plain text",
        "  mail:
    smtp:
      host: mail
      encryption: None
      credentials: { username: { name: a, key: b }, password: { name: a, key: c } }",
        (9, 7),
        "spec.mail.smtp.encryption",
        "credentials would go over the wire in plain text: choose StartTls or Tls",
    ),
    rule(
        "more workers than partitions",
        "  worker: { replicas: 13 }
  kafka: { managed: {}, partitions: 12 }",
        (6, 13),
        "spec.worker.replicas",
        "worker.replicas must not exceed kafka.partitions: a worker without a partition idles",
    ),
    rule(
        "scaling beyond the partitions",
        "  worker: { autoscaling: { kind: Keda, maxReplicas: 13 } }
  kafka: { managed: {}, partitions: 12 }",
        (6, 40),
        "spec.worker.autoscaling.maxReplicas",
        "worker.autoscaling.maxReplicas must not exceed kafka.partitions: a worker without a partition idles",
    ),
    rule(
        "KEDA without Prometheus",
        "  gateway: { autoscaling: { kind: Keda } }",
        (6, 29),
        "spec.gateway.autoscaling.kind",
        "gateway.autoscaling.kind Keda scales by sockets, which it asks Prometheus for: set monitoring.prometheusUrl",
    ),
];
