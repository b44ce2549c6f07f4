//! ChatClusters on real servers: what must be there is made, kept, and removed with them where they say so.
//!
//! Pods are simulated, so it is the operator alone that does so. What each server's adapter makes, mends and refuses has tests of its
//! own beside it; here it is what a ChatCluster says, and what is said of it.

mod backend;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::{Helm, Kubernetes, Mode};

use crate::{
    operator::{Operator, get, writes},
    stages::condition,
};
use backend::Backend;

#[test]
fn servers_are_as_chatclusters_say() {
    let name = "servers_are_as_chatclusters_say";
    let Some(backend) = Backend::shared(name).unwrap() else {
        return;
    };
    let Some(helm) = Helm::find(name).unwrap() else {
        return;
    };
    let Some(kubernetes) = Kubernetes::start(Mode::Simulated, name).unwrap() else {
        return;
    };
    Operator::install(&kubernetes).unwrap();
    Operator::entitle(&kubernetes, &helm, "talkline", &[]).unwrap();
    kubernetes.kubectl(&["create", "namespace", "team"], "").unwrap();
    let secret = format!("--from-literal=url={}", backend.mongo_url());
    let arguments = ["--namespace=team", "create", "secret", "generic", "mongo", &secret];
    kubernetes.kubectl(&arguments, "").unwrap();
    let mut operator = Operator::start(&kubernetes, "only").unwrap();
    let stage = Stage {
        kubernetes: &kubernetes,
        backend: &backend,
    };
    stage.what_is_missing_is_made(&mut operator).unwrap();
    stage.drift_is_mended_or_said(&mut operator).unwrap();
    stage.what_would_lose_data_is_refused(&mut operator).unwrap();
    stage.an_heir_takes_over_the_partitions(&mut operator).unwrap();
    let mut operator = stage.data_stays_unless_it_shall_go(operator).unwrap();
    stage
        .a_namespace_does_not_hang_on_servers_that_are_gone(&mut operator)
        .unwrap();
    assert!(operator.stop().unwrap().success());
}

struct Stage<'a> {
    kubernetes: &'a Kubernetes,
    backend: &'a Backend,
}

impl Stage<'_> {
    fn what_is_missing_is_made(&self, operator: &mut Operator) -> Result<()> {
        self.apply("chat", &json!({ "partitions": 3 }))?;
        for server in ["Kafka", "Redis", "Mongo"] {
            self.until(operator, "chat", &format!("{server}AsDeclared"), "True/AsDeclared")?;
            ensure!(self.condition("chat", &format!("{server}Reachable"))? == "True/Answers");
        }
        ensure!(self.backend.lacks()?.is_empty(), "{:?}", self.backend.lacks()?);
        self.is_told(operator, "team", "ServersProvisioned")
    }

    fn drift_is_mended_or_said(&self, operator: &mut Operator) -> Result<()> {
        self.backend.set_retention(1_000)?;
        self.touch("chat")?;
        operator.until("the topic is set right", |_| {
            Ok(self.backend.retention()? == 168 * 3_600_000)
        })?;
        self.patch("chat", &json!({ "kafka": { "drift": "Report" } }))?;
        self.until(operator, "chat", "KafkaAsDeclared", "True/AsDeclared")?;
        self.backend.set_retention(1_000)?;
        self.touch("chat")?;
        self.until(operator, "chat", "KafkaAsDeclared", "False/Drift")?;
        ensure!(self.backend.retention()? == 1_000, "it is only said");
        ensure!(self.condition("chat", "Degraded")? == "False/AsExpected");
        self.patch("chat", &json!({ "kafka": { "drift": "Mend" } }))?;
        self.until(operator, "chat", "KafkaAsDeclared", "True/AsDeclared")
    }

    fn what_would_lose_data_is_refused(&self, operator: &mut Operator) -> Result<()> {
        self.backend.claim("kafka elsewhere other.chat.send")?;
        self.touch("chat")?;
        self.until(operator, "chat", "MongoAsDeclared", "False/ManualActionRequired")?;
        ensure!(self.condition("chat", "Degraded")? == "True/ManualActionRequired");
        self.a_log_that_has_moved_is_followed(operator)?;
        self.backend.disown()?;
        self.backend.add_partition()?;
        self.touch("chat")?;
        self.until(operator, "chat", "MongoAsDeclared", "True/AsDeclared")?;
        self.until(operator, "chat", "KafkaAsDeclared", "False/ManualActionRequired")?;
        let chat = self.get("chat")?;
        ensure!(chat.to_string().contains("has 4 partitions and not 3"), "{chat}");
        ensure!(
            chat["status"]["plan"]["partitions"] == 3,
            "it keeps to its word: {chat}"
        );
        Ok(())
    }

    /// Where that was meant, the next generation says so: to the operator and to the pods.
    fn a_log_that_has_moved_is_followed(&self, operator: &mut Operator) -> Result<()> {
        self.patch("chat", &json!({ "kafka": { "generation": 1 } }))?;
        self.until(operator, "chat", "MongoAsDeclared", "True/AsDeclared")?;
        let config = get(self.kubernetes, "configmap/chat-config")?;
        ensure!(config["data"].to_string().contains("generation: 1"), "{config}");
        Ok(())
    }

    fn an_heir_takes_over_the_partitions(&self, operator: &mut Operator) -> Result<()> {
        self.apply("heir", &json!({}))?;
        operator.until("it says as many as the topic has", |_| {
            Ok(self.get("heir")?["status"]["plan"]["partitions"] == 4)
        })
    }

    /// What was made by hand, here as a key, goes as well; what is not under the prefix stays. Operators that die meanwhile change nothing of
    /// that: one after its first step, one when the data is gone.
    fn data_stays_unless_it_shall_go(&self, mut operator: Operator) -> Result<Operator> {
        self.backend.put_keys()?;
        self.delete("heir")?;
        ensure!(self.backend.is_there()? == (true, true, true), "data stays");
        self.patch("chat", &json!({ "deletionPolicy": "Delete" }))?;
        operator.until("it is held", |_| {
            Ok(self.get("chat")?["metadata"]["finalizers"][0] == "talkline.dev/servers")
        })?;
        self.kubernetes.kubectl(
            &["--namespace=team", "delete", "chatcluster", "chat", "--wait=false"],
            "",
        )?;
        operator.until("its pods are to end", |_| {
            let mut deleted = writes(self.kubernetes)?
                .into_iter()
                .filter(|request| request.verb == "delete");
            Ok(deleted.any(|request| request.name.starts_with("chat-")))
        })?;
        let mut operator = operator.succeeded(self.kubernetes, "second")?;
        operator.until("the data is gone", |_| {
            Ok(self.backend.is_there()? == (false, false, false))
        })?;
        let mut operator = operator.succeeded(self.kubernetes, "third")?;
        self.delete("chat")?;
        self.backend.others_key_is_there()?;
        self.is_told(&mut operator, "team", "DataRemoved")?;
        Ok(operator)
    }

    fn a_namespace_does_not_hang_on_servers_that_are_gone(&self, operator: &mut Operator) -> Result<()> {
        self.kubernetes.kubectl(&["create", "namespace", "doomed"], "")?;
        let nowhere = json!(["127.0.0.1:1"]);
        let chat = json!({
            "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
            "metadata": { "name": "chat", "namespace": "doomed" },
            "spec": {
                "deletionPolicy": "Delete",
                "kafka": { "external": { "bootstrapServers": nowhere } },
                "redis": { "external": { "addresses": nowhere } },
                "mongo": { "external": { "hosts": nowhere } },
            },
        });
        self.kubernetes.kubectl(&["apply", "-f", "-"], &chat.to_string())?;
        operator.until("it is held", |_| {
            let finalizers = "--output=jsonpath={.metadata.finalizers}";
            let said = self
                .kubernetes
                .kubectl(&["--namespace=doomed", "get", "chatcluster/chat", finalizers], "")?;
            Ok(said.contains("talkline.dev/servers"))
        })?;
        self.kubernetes
            .kubectl(&["delete", "namespace", "doomed", "--wait=false"], "")?;
        operator.until("the namespace is gone", |_| {
            let found = self.kubernetes.kubectl(
                &["get", "namespace", "doomed", "--ignore-not-found", "--output=name"],
                "",
            )?;
            Ok(found.trim().is_empty())
        })
    }

    /// Waits until it is gone, which kubectl does.
    fn delete(&self, name: &str) -> Result<()> {
        let timeout = "--timeout=80s";
        self.kubernetes
            .kubectl(
                &[
                    "--namespace=team",
                    "delete",
                    "chatcluster",
                    name,
                    timeout,
                    "--ignore-not-found",
                ],
                "",
            )
            .map(drop)
    }

    fn is_told(&self, operator: &mut Operator, namespace: &str, reason: &str) -> Result<()> {
        operator.until(&format!("{reason} is told"), |_| {
            let reasons = "--output=jsonpath={.items[*].reason}";
            let arguments = ["--namespace", namespace, "get", "events.events.k8s.io", reasons];
            Ok(self.kubernetes.kubectl(&arguments, "")?.contains(reason))
        })
    }

    /// Makes a ChatCluster on the servers, with some words more about Kafka.
    fn apply(&self, name: &str, kafka: &Value) -> Result<()> {
        let mut spec = self.backend.spec();
        for (field, value) in kafka.as_object().into_iter().flatten() {
            spec["kafka"][field] = value.clone();
        }
        let chat = json!({
            "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
            "metadata": { "name": name, "namespace": "team" },
            "spec": spec,
        });
        self.kubernetes
            .kubectl(&["apply", "-f", "-"], &chat.to_string())
            .map(drop)
    }

    fn patch(&self, name: &str, spec: &Value) -> Result<()> {
        let patch = json!({ "spec": spec }).to_string();
        let chat = format!("chatcluster/{name}");
        let arguments = ["--namespace=team", "patch", &chat, "--type=merge", "--patch", &patch];
        self.kubernetes.kubectl(&arguments, "").map(drop)
    }

    /// Changes something that is none of the servers' business, so that they are looked at now.
    fn touch(&self, name: &str) -> Result<()> {
        let limits = &self.get(name)?["spec"]["limits"];
        let messages = limits["messagesPerMinute"].as_i64().unwrap_or_default() + 1;
        self.patch(name, &json!({ "limits": { "messagesPerMinute": messages } }))
    }

    fn get(&self, name: &str) -> Result<Value> {
        get(self.kubernetes, &format!("chatcluster/{name}"))
    }

    fn condition(&self, name: &str, kind: &str) -> Result<String> {
        Ok(condition(&self.get(name)?, kind))
    }

    fn until(&self, operator: &mut Operator, name: &str, kind: &str, said: &str) -> Result<()> {
        operator.until(&format!("{kind} of {name} is {said}"), |_| {
            Ok(self.condition(name, kind)? == said)
        })
    }
}
