//! One Kafka broker, which is its own controller (KRaft).

use serde_json::json;

use super::server::Server;
use crate::{
    build::Object,
    validate::{KAFKA_PORT, Managed, ValidatedCluster},
};

/// Any identifier will do: the volume is the broker's own.
const CLUSTER_ID: &str = "dGFsa2xpbmUtbWFuYWdlZA";

/// The port on which the broker is its own controller.
const CONTROLLER_PORT: u16 = 9093;

pub(super) fn build(cluster: &ValidatedCluster, managed: &Managed) -> [Object; 2] {
    let server = Server {
        component: "kafka",
        managed,
        image: "apache/kafka:4.1.0",
        user: 1000,
        port: KAFKA_PORT,
        data: "/var/lib/kafka",
        run: json!({
            "command": ["bash", "-ec", script(&managed.host)],
            "env": [
                { "name": "KAFKA_HEAP_OPTS", "value": "-Xms512m -Xmx512m" },
                { "name": "LOG_DIR", "value": "/tmp/kafka" },
            ],
        }),
        ready: json!(["bash", "-c", format!("exec 3<>/dev/tcp/127.0.0.1/{KAFKA_PORT}")]),
        finds_itself: false,
        request: ("250m", "1Gi"),
    };
    server.objects(cluster)
}

/// Formats the volume once, then runs. The topics that Kafka makes for itself have one copy, as ours do.
fn script(host: &str) -> String {
    let lines = [
        "node.id=1".to_owned(),
        "process.roles=broker,controller".to_owned(),
        format!("listeners=CLIENTS://:{KAFKA_PORT},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}"),
        format!("advertised.listeners=CLIENTS://{host}:{KAFKA_PORT}"),
        "listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned(),
        "inter.broker.listener.name=CLIENTS".to_owned(),
        "controller.listener.names=CONTROLLER".to_owned(),
        format!("controller.quorum.voters=1@127.0.0.1:{CONTROLLER_PORT}"),
        "log.dirs=/var/lib/kafka/data".to_owned(),
        "offsets.topic.replication.factor=1".to_owned(),
        "transaction.state.log.replication.factor=1".to_owned(),
        "transaction.state.log.min.isr=1".to_owned(),
        "auto.create.topics.enable=false".to_owned(),
    ];
    let properties = lines.join("\n");
    format!(
        "cat > /tmp/server.properties <<'END'\n{properties}\nEND\n\
         bin=/opt/kafka/bin\n\
         $bin/kafka-storage.sh format --ignore-formatted --cluster-id {CLUSTER_ID} --config /tmp/server.properties\n\
         exec $bin/kafka-server-start.sh /tmp/server.properties"
    )
}
