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
const PODS: &str = "deployment/streamed-worker";
const USER: &str = "kafkauser/streamed-talkline";
const TOPIC: &str = "kafkatopic/streamed-chat-send";

fn strimzi() -> Value {
    json!({ "cluster": "log", "listener": "second" })
}

fn chat(partitions: u16) -> String {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "metadata": { "name": "streamed", "namespace": "team" },
        "spec": { "kafka": { "strimzi": strimzi(), "partitions": partitions } },
    })
    .to_string()
}

/// What Strimzi says once it has brought the Kafka up.
fn up() -> String {
    let listener = |name: &str, port: u16| json!({ "name": name, "bootstrapServers": format!("log-kafka-bootstrap.team.svc:{port}") });
    json!({ "status": { "listeners": [listener("tls", 9093), listener("second", 9095)] } }).to_string()
}

impl Stage<'_> {
    pub(crate) fn a_kafka_of_strimzis(&self, operator: &mut Operator, others: &Definitions) -> Result<()> {
        self.strimzi_is_waited_for(operator, others)?;
        self.trap_topics_go_with_their_resources(operator)
    }

    /// A ChatCluster waits for the Kafka, for the listener that it names, and for its user's password, each of which is said.
    fn strimzi_is_waited_for(&self, operator: &mut Operator, others: &Definitions) -> Result<()> {
        let definitions = others.list(&["kafkas", "kafkatopics", "kafkausers"])?;
        self.team(&["apply", "--server-side", "-f", "-"], &definitions)?;
        self.secret("log-cluster-ca-cert", "ca.crt")?;
        self.team(&["apply", "-f", "-"], &chat(8))?;
        self.says(operator, "Kafka log is missing in namespace team")?;
        self.team(&["apply", "-f", "-"], KAFKA)?;
        self.says(operator, "does not say yet where listener second is")?;
        let status = ["patch", "kafka/log", "--subresource=status", "--type=merge", "--patch"];
        self.team(&[&status[..], &[&up()]].concat(), "")?;
        self.says(operator, "Secret streamed-talkline does not hold yet what is needed")?;
        ensure!(get(self.0, PODS).is_err(), "they would be rolled with it");
        self.secret("streamed-talkline", "password")?;
        operator.until("there are its pods", |_| Ok(get(self.0, PODS).is_ok()))?;
        let config = get(self.0, "configmap/streamed-config")?.to_string();
        ensure!(config.contains("log-kafka-bootstrap.team.svc:9095"), "{config}");
        let user = get(self.0, USER)?;
        ensure!(user["spec"]["authorization"]["type"] == "simple", "{user}");
        Ok(())
    }

    /// Topics are told by resources, which outlive a ChatCluster as long as the data shall, and are found again as they are.
    fn trap_topics_go_with_their_resources(&self, operator: &mut Operator) -> Result<()> {
        // Nobody's, and looked after all the same.
        self.team(&["delete", TOPIC], "")?;
        operator.until("its topic is back", |_| Ok(get(self.0, TOPIC).is_ok()))?;
        self.team(&["delete", CHAT], "")?;
        operator.until("its user is gone", |_| Ok(get(self.0, USER).is_err()))?;

        // Else messages of a conversation would be in two partitions.
        self.team(&["apply", "-f", "-"], &chat(16))?;
        self.says(operator, "the topic was made with 8 partitions")?;
        self.team(&["delete", CHAT], "")?;
        self.team(&["apply", "-f", "-"], &chat(8))?;
        operator.until("there are its pods again", |_| Ok(get(self.0, PODS).is_ok()))?;
        let topic = get(self.0, TOPIC)?;
        ensure!(topic["spec"]["partitions"] == 8, "{topic}");

        let policy = r#"{ "spec": { "deletionPolicy": "Delete" } }"#;
        self.team(&["patch", CHAT, "--type=merge", "--patch", policy], "")?;
        let owners = || -> Result<Value> { Ok(get(self.0, TOPIC)?["metadata"]["ownerReferences"].clone()) };
        operator.until("the topic is its own", |_| Ok(!owners()?.is_null()))?;

        // Its Kafka is another one for a while.
        let elsewhere = json!({ "bootstrapServers": ["kafka.example.com:9092"] });
        self.kafka(&json!({ "strimzi": null, "external": elsewhere }))?;
        operator.until("its user is gone", |_| Ok(get(self.0, USER).is_err()))?;
        ensure!(get(self.0, TOPIC).is_ok(), "the topic is gone, and what was said");
        self.kafka(&json!({ "strimzi": strimzi(), "external": null }))?;
        operator.until("its user is back", |_| Ok(get(self.0, USER).is_ok()))?;

        self.team(&["delete", CHAT], "")?;
        operator.until("the topic is gone", |_| Ok(get(self.0, TOPIC).is_err()))
    }

    /// Says where its Kafka is.
    fn kafka(&self, says: &Value) -> Result<()> {
        let patch = json!({ "spec": { "kafka": says } }).to_string();
        self.team(&["patch", CHAT, "--type=merge", "--patch", &patch], "")
    }

    fn team(&self, arguments: &[&str], input: &str) -> Result<()> {
        let arguments = [&["--namespace=team"], arguments].concat();
        self.0.kubectl(&arguments, input).map(drop)
    }

    pub(super) fn secret(&self, name: &str, key: &str) -> Result<()> {
        let literal = format!("--from-literal={key}=a");
        self.team(&["create", "secret", "generic", name, &literal], "")
    }

    fn says(&self, operator: &mut Operator, words: &str) -> Result<()> {
        operator.until(words, |_| {
            Ok(get(self.0, CHAT)?["status"]["conditions"].to_string().contains(words))
        })
    }
}
