//! A Kafka of Strimzi's, as far as an API server shows it: where Strimzi's operator is not, its part is played by hand.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::Definitions;

use super::Stage;
use crate::operator::{Operator, get};

/// As its owner writes it.
const KAFKA: &str = "
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: log, namespace: team }
spec:
  kafka:
    listeners:
      - { name: tls, port: 9093, type: internal, tls: true, authentication: { type: scram-sha-512 } }
      - { name: second, port: 9095, type: internal, tls: true, authentication: { type: scram-sha-512 } }
    authorization: { type: simple }
";
const CHAT: &str = "chatcluster/streamed";
const USER: &str = "kafkauser/streamed-talkline";
const TOPIC: &str = "kafkatopic/streamed-chat-send";

fn chat(partitions: u16) -> Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "metadata": { "name": "streamed", "namespace": "team" },
        "spec": { "kafka": { "strimzi": { "cluster": "log", "listener": "second" }, "partitions": partitions } },
    })
}

impl Stage<'_> {
    /// A ChatCluster waits for the listener that it names. Its topics are told by resources, which outlive it as long as the data shall,
    /// and are found again as they are.
    pub(crate) fn trap_strimzis_topics_go_with_their_resources(
        &self,
        operator: &mut Operator,
        others: &Definitions,
    ) -> Result<()> {
        let definitions = others.list(&["kafkas", "kafkatopics", "kafkausers"])?;
        let team = |arguments: &[&str], input: &str| {
            self.0
                .kubectl(&[&["--namespace=team"], arguments].concat(), input)
                .map(drop)
        };
        team(&["apply", "--server-side", "-f", "-"], &definitions)?;
        let authority = [
            "create",
            "secret",
            "generic",
            "log-cluster-ca-cert",
            "--from-literal=ca.crt=a",
        ];
        team(&authority, "")?;
        team(&["apply", "-f", "-"], &chat(8).to_string())?;
        let said = || -> Result<String> { Ok(get(self.0, CHAT)?["status"]["conditions"].to_string()) };
        operator.until("it is said that there is no Kafka", |_| {
            Ok(said()?.contains("Kafka log is missing in namespace team"))
        })?;
        team(&["apply", "-f", "-"], KAFKA)?;
        operator.until("it is said that it is not up", |_| {
            Ok(said()?.contains("does not say yet where listener second is"))
        })?;
        let up = |name: &str, port: u16| json!({ "name": name, "bootstrapServers": format!("log-kafka-bootstrap.team.svc:{port}") });
        let status = json!({ "status": { "listeners": [up("tls", 9093), up("second", 9095)] } }).to_string();
        team(
            &[
                "patch",
                "kafka/log",
                "--subresource=status",
                "--type=merge",
                "--patch",
                &status,
            ],
            "",
        )?;
        operator.until("it is said that it has no password yet", |_| {
            Ok(said()?.contains("Secret streamed-talkline does not hold yet what is needed"))
        })?;
        ensure!(
            get(self.0, "deployment/streamed-worker").is_err(),
            "they would be rolled"
        );
        let password = [
            "create",
            "secret",
            "generic",
            "streamed-talkline",
            "--from-literal=password=a",
        ];
        team(&password, "")?;
        operator.until("there are its pods", |_| {
            Ok(get(self.0, "deployment/streamed-worker").is_ok())
        })?;
        let config = get(self.0, "configmap/streamed-config")?.to_string();
        ensure!(config.contains("log-kafka-bootstrap.team.svc:9095"), "{config}");
        let user = get(self.0, USER)?;
        ensure!(user["spec"]["authorization"]["type"] == "simple", "{user}");
        ensure!(!user["metadata"]["ownerReferences"].is_null(), "{user}");

        // Nobody's, and looked after all the same.
        team(&["delete", TOPIC], "")?;
        operator.until("its topic is back", |_| Ok(get(self.0, TOPIC).is_ok()))?;
        team(&["delete", CHAT], "")?;
        operator.until("its user is gone", |_| Ok(get(self.0, USER).is_err()))?;

        // Else messages of a conversation would be in two partitions.
        team(&["apply", "-f", "-"], &chat(16).to_string())?;
        operator.until("it is said that partitions stay", |_| {
            Ok(said()?.contains("spec.kafka.partitions"))
        })?;
        team(&["delete", CHAT], "")?;
        team(&["apply", "-f", "-"], &chat(8).to_string())?;
        operator.until("there are its pods again", |_| {
            Ok(get(self.0, "deployment/streamed-worker").is_ok())
        })?;
        let topic = get(self.0, TOPIC)?;
        ensure!(topic["spec"]["partitions"] == 8, "{topic}");
        let policy = r#"{ "spec": { "deletionPolicy": "Delete" } }"#;
        team(&["patch", CHAT, "--type=merge", "--patch", policy], "")?;
        operator.until("the topic is its own", |_| {
            Ok(!get(self.0, TOPIC)?["metadata"]["ownerReferences"].is_null())
        })?;
        team(&["delete", CHAT], "")?;
        operator.until("the topic is gone", |_| Ok(get(self.0, TOPIC).is_err()))
    }
}
