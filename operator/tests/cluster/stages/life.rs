//! Made, at rest, mended, rolled, paused, deleted.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{CHAT, GATEWAY, Stage, WORKER};
use crate::operator::{Operator, get, writes};

/// A ChatCluster on servers of others, of which nothing answers: pods are simulated here, and so need none.
const SPEC: &str = "
apiVersion: talkline.dev/v1alpha1
kind: ChatCluster
metadata: { name: chat, namespace: team }
spec:
  gateway: { replicas: 2, drain: { acceptSeconds: 0, maxSeconds: 10 }, sockets: { maxPerReplica: 10, targetPerReplica: 10 } }
  worker: { replicas: 2 }
  kafka:
    external:
      bootstrapServers: [\"127.0.0.1:1\"]
      sasl: { mechanism: ScramSha512, credentials: { username: { name: kafka, key: username }, password: { name: kafka, key: password } } }
  redis: { external: { addresses: [\"127.0.0.1:1\"] } }
  mongo: { external: { uri: { name: mongo, key: url } } }
  monitoring: { dashboards: false }
";

impl Stage<'_> {
    pub(crate) fn is_made_and_becomes_ready(&self, operator: &mut Operator) -> Result<()> {
        self.0.kubectl(&["apply", "-f", "-"], SPEC)?;
        // Its Secrets are missing, which is said and not guessed around.
        operator.until("the missing Secret is said", |_| {
            Ok(self.condition("Degraded")? == "True/ReferenceMissing")
        })?;
        let secret = |name: &str, literals: &[&str]| {
            let mut arguments = vec!["--namespace=team", "create", "secret", "generic", name];
            arguments.extend(literals);
            self.0.kubectl(&arguments, "").map(drop)
        };
        secret("kafka", &["--from-literal=username=chat", "--from-literal=password=a"])?;
        secret("mongo", &["--from-literal=url=mongodb://user:pass@127.0.0.1:27018/"])?;
        operator.until("it is ready", |_| Ok(self.condition("Ready")? == "True/ChatRuns"))?;
        operator.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))?;
        let chat = get(self.0, CHAT)?;
        let status = &chat["status"];
        ensure!(
            status["observedGeneration"] == chat["metadata"]["generation"],
            "{status}"
        );
        ensure!(
            status["gateway"]["readyReplicas"] == 2 && status["worker"]["readyReplicas"] == 2,
            "{status}"
        );
        ensure!(
            status["endpoints"]["url"] == "http://chat-gateway.team.svc:80",
            "{status}"
        );
        for server in ["KafkaReachable", "RedisReachable", "MongoReachable"] {
            operator.until(server, |_| Ok(self.condition(server)? == "False/NoAnswer"))?;
        }
        let policy = get(self.0, "networkpolicy/chat-worker")?.to_string();
        ensure!(policy.contains("27018"), "the port in the connection string: {policy}");
        let events = self.0.kubectl(
            &["--namespace=team", "get", "events.events.k8s.io", "--output=name"],
            "",
        )?;
        ensure!(!events.is_empty(), "nobody was told");
        Ok(())
    }

    pub(crate) fn at_rest_nothing_is_written(&self, operator: &mut Operator) -> Result<()> {
        let before = writes(self.0)?.len();
        for _ in 0..10 {
            self.looks_again(operator)?;
        }
        let after = writes(self.0)?;
        ensure!(after.len() == before, "{:?}", &after[before..]);
        Ok(())
    }

    /// A stranger's annotation wakes the operator, and is none of its business.
    fn looks_again(&self, operator: &mut Operator) -> Result<()> {
        let looks = operator.metric("talkline_operator_reconcile_seconds_count")?;
        self.annotate(GATEWAY, &format!("example.com/looks={looks}"))?;
        operator.until("it has looked", |operator| {
            Ok(operator.metric("talkline_operator_reconcile_seconds_count")? > looks)
        })
    }

    pub(crate) fn what_is_broken_is_mended(&self, operator: &mut Operator) -> Result<()> {
        for object in [
            "service/chat-gateway",
            "configmap/chat-config",
            "poddisruptionbudget/chat-worker",
            WORKER,
        ] {
            let uid = get(self.0, object)?["metadata"]["uid"].clone();
            self.0
                .kubectl(&["--namespace=team", "delete", object, "--wait=false"], "")?;
            operator.until(&format!("{object} is back"), |_| {
                Ok(get(self.0, object).is_ok_and(|found| found["metadata"]["uid"] != uid))
            })?;
        }
        let keys = get(self.0, "secret/chat-jwt-keys")?["data"].clone();
        self.0
            .kubectl(&["--namespace=team", "scale", WORKER, "--replicas=7"], "")?;
        operator.until("the worker has two replicas", |_| {
            Ok(get(self.0, WORKER)?["spec"]["replicas"] == 2)
        })?;
        self.0.kubectl(
            &["--namespace=team", "label", GATEWAY, "app.kubernetes.io/part-of-"],
            "",
        )?;
        let label = "/metadata/labels/app.kubernetes.io~1part-of";
        operator.until("the label is back", |_| {
            Ok(get(self.0, GATEWAY)?.pointer(label) == Some(&json!("talkline")))
        })?;
        ensure!(
            get(self.0, "secret/chat-jwt-keys")?["data"] == keys,
            "the keys are kept"
        );
        operator.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))
    }

    pub(crate) fn a_changed_setting_rolls_the_pods(&self, operator: &mut Operator) -> Result<()> {
        self.rolls(operator, "config-hash", || {
            self.patch(&json!({ "spec": { "limits": { "messagesPerMinute": 31 } } }))
        })
    }

    pub(crate) fn a_changed_secret_rolls_the_pods(&self, operator: &mut Operator) -> Result<()> {
        self.rolls(operator, "secrets-hash", || {
            let change = r#"{"stringData": {"password": "b"}}"#;
            self.0
                .kubectl(&["--namespace=team", "patch", "secret", "kafka", "--patch", change], "")?;
            // Secrets of others are looked at with every look; this is one.
            self.annotate(GATEWAY, "example.com/round=secret")
        })
    }

    pub(crate) fn a_pause_holds(&self, operator: &mut Operator) -> Result<()> {
        self.patch(&json!({ "spec": { "paused": true, "worker": { "replicas": 3 } } }))?;
        operator.until("the pause is said", |_| {
            Ok(self.condition("Paused")? == "True/Paused" && self.is_observed()?)
        })?;
        ensure!(get(self.0, WORKER)?["spec"]["replicas"] == 2, "changes wait");
        self.patch(&json!({ "spec": { "paused": false } }))?;
        operator.until(
            "the change comes",
            |_| Ok(get(self.0, WORKER)?["spec"]["replicas"] == 3),
        )?;
        operator.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))
    }

    pub(crate) fn deletion_leaves_nothing(&self, operator: &mut Operator) -> Result<()> {
        self.0.kubectl(&["--namespace=team", "delete", CHAT], "")?;
        let kinds = "deployments,statefulsets,services,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets,secrets,pods";
        let ours = "--selector=app.kubernetes.io/instance=chat";
        operator.until("everything is collected", |_| {
            let left = self
                .0
                .kubectl(&["--namespace=team", "get", kinds, ours, "--output=name"], "")?;
            Ok(left.trim().is_empty())
        })
    }

    /// Whether something changes an annotation of the gateways' template, and the pods follow.
    fn rolls(&self, operator: &mut Operator, annotation: &str, change: impl FnOnce() -> Result<()>) -> Result<()> {
        let place = format!("/spec/template/metadata/annotations/talkline.dev~1{annotation}");
        let before = get(self.0, GATEWAY)?.pointer(&place).cloned();
        ensure!(before.is_some(), "there is none");
        let pods = self.pods()?;
        change()?;
        operator.until("the template changes", |_| {
            Ok(get(self.0, GATEWAY)?.pointer(&place) != before.as_ref())
        })?;
        operator.until("other pods", |_| Ok(self.pods()?.iter().all(|pod| !pods.contains(pod))))?;
        operator.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))
    }

    fn pods(&self) -> Result<Vec<String>> {
        let selector = "--selector=app.kubernetes.io/component=gateway";
        let names = self
            .0
            .kubectl(&["--namespace=team", "get", "pods", selector, "--output=name"], "")?;
        Ok(names.lines().map(str::to_owned).collect())
    }
}
