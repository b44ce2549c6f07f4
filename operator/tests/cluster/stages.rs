//! The stages of a ChatCluster's life, each from where the last one left it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::Kubernetes;

use crate::operator::{Operator, get, requests, writes};

const GATEWAY: &str = "deployment/chat-gateway";
const WORKER: &str = "deployment/chat-worker";
const CHAT: &str = "chatcluster/chat";

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

/// See the module.
pub(crate) struct Stage<'a>(&'a Kubernetes);

/// Everything that is built of the examples, but for APIs that are not served here, is taken by an API server that refuses unknown fields.
pub(crate) fn built_in_objects_are_taken_by_a_strict_api_server(kubernetes: &Kubernetes) -> Result<()> {
    for namespace in ["team", "talkline"] {
        kubernetes.kubectl(&["create", "namespace", namespace], "")?;
        // Restricted from the start: what would not be let in shows at once.
        let label = "pod-security.kubernetes.io/enforce=restricted";
        kubernetes.kubectl(&["label", "namespace", namespace, label], "")?;
    }
    for name in ["chatcluster", "production", "loadtest"] {
        let file = format!("{}/../examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let planned = Command::new(env!("CARGO_BIN_EXE_talkline-operator"))
            .args(["plan", &file])
            .output()?;
        let objects: Vec<Value> = serde_saphyr::from_multiple(std::str::from_utf8(&planned.stdout)?)?;
        let builtin = objects.into_iter().filter(is_served);
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": builtin.collect::<Vec<_>>() });
        let arguments = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "-f",
            "-",
        ];
        let said = kubernetes
            .kubectl(&arguments, &list.to_string())
            .with_context(|| name)?;
        ensure!(!said.contains("would violate PodSecurity"), "{said}");
    }
    Ok(())
}

/// Pods that an older operator rendered are left alone by today's, which only takes their objects over.
pub(crate) fn trap_an_operators_upgrade_rolls_nothing(kubernetes: &Kubernetes, operator: &mut Operator) -> Result<()> {
    let render = include_str!("rendered/0.1.0.yaml");
    let objects: Vec<Value> = serde_saphyr::from_multiple(render)?;
    let served = objects.into_iter().filter(is_served).collect::<Vec<_>>();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": served });
    let manager = "--field-manager=talkline-operator";
    kubernetes.kubectl(&["apply", "--server-side", manager, "-f", "-"], &list.to_string())?;
    for deployment in ["deployment/old-gateway", "deployment/old-worker"] {
        kubernetes.kubectl(
            &["--namespace=team", "rollout", "status", "--timeout=80s", deployment],
            "",
        )?;
    }
    let pods = || {
        let selector = "--selector=app.kubernetes.io/instance=old";
        let uids = "--output=jsonpath={.items[*].metadata.uid}";
        kubernetes.kubectl(&["--namespace=team", "get", "pods", selector, uids], "")
    };
    let before = pods()?;
    ensure!(before.split_whitespace().count() == 4, "{before}");
    kubernetes.kubectl(&["apply", "-f", "-"], include_str!("rendered/chatcluster.yaml"))?;
    operator.until("it is taken over", |_| {
        let chat = get(kubernetes, "chatcluster/old")?;
        let owned = get(kubernetes, "deployment/old-gateway")?["metadata"]
            .get("ownerReferences")
            .is_some();
        Ok(owned && condition(&chat, "Progressing") == "False/Settled")
    })?;
    ensure!(pods()? == before, "pods were replaced");
    kubernetes
        .kubectl(&["--namespace=team", "delete", "chatcluster/old"], "")
        .map(drop)
}

/// Whether the API of an object is served here.
fn is_served(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().unwrap_or_default();
    !["keda.sh", "monitoring.coreos.com"]
        .iter()
        .any(|optional| group.starts_with(optional))
}

/// A condition as `status/reason`; nothing where there is none.
fn condition(chat: &Value, kind: &str) -> String {
    let conditions = chat["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.iter().find(|condition| condition["type"] == kind);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found
        .map(|condition| format!("{}/{}", text(&condition["status"]), text(&condition["reason"])))
        .unwrap_or_default()
}

impl<'a> Stage<'a> {
    pub(crate) fn new(kubernetes: &'a Kubernetes) -> Self {
        Self(kubernetes)
    }

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
        secret("mongo", &["--from-literal=url=mongodb://user:pass@mongo-0:27018/"])?;
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
        ensure!(self.condition("KafkaReachable")? == "False/NoAnswer");
        ensure!(self.condition("MongoReachable")? == "Unknown/AddressInSecret");
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
        for round in 0..10 {
            let looks = operator.metric("talkline_operator_reconcile_seconds_count")?;
            // A stranger's annotation wakes the operator, and is none of its business.
            self.annotate(GATEWAY, &format!("example.com/round={round}"))?;
            operator.until("it has looked", |operator| {
                Ok(operator.metric("talkline_operator_reconcile_seconds_count")? > looks)
            })?;
        }
        let after = writes(self.0)?;
        ensure!(after.len() == before, "{:?}", &after[before..]);
        Ok(())
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

    /// A Deployment whose `replicas` nobody applies any more has one pod, unless somebody took them over first.
    pub(crate) fn trap_replicas_survive_the_way_to_autoscaling_and_back(&self, operator: &mut Operator) -> Result<()> {
        self.patch(&json!({ "spec": { "gateway": { "replicas": 5 } } }))?;
        operator.until("five are ready", |_| {
            Ok(get(self.0, CHAT)?["status"]["gateway"]["readyReplicas"] == 5)
        })?;
        let version = get(self.0, GATEWAY)?["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let scaled = json!({ "minReplicas": 3, "maxReplicas": 9 });
        self.patch(&json!({ "spec": { "gateway": { "replicas": null, "autoscaling": scaled } } }))?;
        operator.until(
            "there is an autoscaler",
            |_| Ok(get(self.0, "hpa/chat-gateway").is_ok()),
        )?;
        self.patch(&json!({ "spec": { "gateway": { "autoscaling": { "minReplicas": 6 } } } }))?;
        // This is the autoscaler's own doing, and after whatever the operator did.
        operator.until("the autoscaler made six", |_| {
            Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 6)
        })?;
        let seen = self.replicas_since(&version)?;
        ensure!(seen.iter().all(|replicas| *replicas >= 5), "{seen:?}");
        self.patch(&json!({ "spec": { "gateway": { "replicas": 4, "autoscaling": null } } }))?;
        operator.until("four are left", |_| Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 4))?;
        operator.until("the autoscaler is gone", |_| {
            Ok(get(self.0, "hpa/chat-gateway").is_err())
        })
    }

    pub(crate) fn what_cannot_be_had_is_said_and_chat_runs_on(&self, operator: &mut Operator) -> Result<()> {
        let image = &get(self.0, GATEWAY)?["spec"]["template"]["spec"]["containers"][0]["image"];
        self.patch(&json!({ "spec": { "image": { "tag": "9.9.9" } } }))?;
        operator.until("the skew is said", |_| {
            Ok(self.condition("Degraded")? == "True/InvalidSpec")
        })?;
        ensure!(self.condition("Ready")? == "True/ChatRuns");
        ensure!(&get(self.0, GATEWAY)?["spec"]["template"]["spec"]["containers"][0]["image"] == image);
        self.patch(&json!({ "spec": { "image": { "tag": null } } }))?;
        operator.until("all is well", |_| Ok(self.condition("Degraded")? == "False/AsExpected"))
    }

    /// One that died cannot give its Lease back; the next one waits for its end, and does what was left.
    pub(crate) fn a_killed_operator_is_followed_by_another(&self, operator: Operator) -> Result<Operator> {
        let mut second = Operator::start(self.0, "second")?;
        ensure!(!second.leads()?, "two would lead");
        self.patch(&json!({ "spec": { "gateway": { "replicas": 3 }, "limits": { "messagesPerMinute": 32 } } }))?;
        operator.kill()?;
        self.0
            .kubectl(&["--namespace=team", "delete", "service/chat-gateway"], "")
            .ok();
        second.until("the other one leads", |operator| operator.leads())?;
        second.until("what was left is done", |_| {
            Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 3
                && get(self.0, "service/chat-gateway").is_ok()
                && self.is_observed()?)
        })?;
        second.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))?;
        Ok(second)
    }

    /// Whoever cannot renew its Lease cannot know whether it still leads. A process that starts anew finds the API server again.
    pub(crate) fn a_leader_without_an_api_server_ends(&self, operator: Operator) -> Result<Operator> {
        self.0.kill("kube-apiserver")?;
        let code = operator.ended()?;
        ensure!(code == Some(1), "{code:?}");
        self.0.resume()?;
        self.0
            .kubectl(&["--namespace=team", "delete", "service/chat-gateway"], "")?;
        let mut third = Operator::start(self.0, "third")?;
        third.until("it works on", |_| Ok(get(self.0, "service/chat-gateway").is_ok()))?;
        Ok(third)
    }

    /// A definition that lets everything through, as one of another version might, and an object that cannot be read.
    pub(crate) fn a_bad_object_poisons_nobody(&self, operator: &mut Operator) -> Result<()> {
        let open = json!([{ "op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
            "value": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } }]);
        let crd = "customresourcedefinition/chatclusters.talkline.dev";
        self.0
            .kubectl(&["patch", crd, "--type=json", "--patch", &open.to_string()], "")?;
        let bad = json!({
            "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "metadata": { "name": "bad", "namespace": "team" },
            "spec": { "worker": "two" },
        });
        operator.until("the bad one is there", |_| {
            Ok(self.0.kubectl(&["apply", "-f", "-"], &bad.to_string()).is_ok())
        })?;
        let unreadable = r#"talkline_operator_reconcile_seconds_count{outcome="unreadable"}"#;
        operator.until("it is noticed", |operator| Ok(operator.metric(unreadable)? > 0.0))?;
        self.patch(&json!({ "spec": { "worker": { "replicas": 2 } } }))?;
        operator.until("the good one goes on", |_| {
            Ok(get(self.0, WORKER)?["spec"]["replicas"] == 2)
        })?;
        self.0
            .kubectl(&["--namespace=team", "delete", "chatcluster/bad"], "")
            .map(drop)
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

    /// APIs that are not served cannot be watched, whatever the rights.
    pub(crate) fn no_right_was_missing(&self) -> Result<()> {
        let refused: Vec<_> = requests(self.0)?
            .into_iter()
            .filter(|request| request.status == 403)
            .collect();
        ensure!(refused.is_empty(), "{refused:?}");
        Ok(())
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

    fn condition(&self, kind: &str) -> Result<String> {
        Ok(condition(&get(self.0, CHAT)?, kind))
    }

    /// Whether the status speaks of the newest spec.
    fn is_observed(&self) -> Result<bool> {
        let chat = get(self.0, CHAT)?;
        Ok(chat["status"]["observedGeneration"] == chat["metadata"]["generation"])
    }

    fn patch(&self, patch: &Value) -> Result<()> {
        self.0
            .kubectl(
                &[
                    "--namespace=team",
                    "patch",
                    CHAT,
                    "--type=merge",
                    "--patch",
                    &patch.to_string(),
                ],
                "",
            )
            .map(drop)
    }

    fn annotate(&self, object: &str, annotation: &str) -> Result<()> {
        self.0
            .kubectl(&["--namespace=team", "annotate", "--overwrite", object, annotation], "")
            .map(drop)
    }

    /// Every number of replicas that the gateways' Deployment has had since a version of it: the API server's own record.
    fn replicas_since(&self, version: &str) -> Result<Vec<i64>> {
        let path = format!(
            "/apis/apps/v1/namespaces/team/deployments?watch=true&resourceVersion={version}&timeoutSeconds=1&fieldSelector=metadata.name%3Dchat-gateway"
        );
        let events = self.0.kubectl(&["get", "--raw", &path], "")?;
        let replicas = events.lines().map(|line| {
            let event: Value = serde_json::from_str(line)?;
            event["object"]["spec"]["replicas"]
                .as_i64()
                .with_context(|| event.to_string())
        });
        replicas.collect()
    }
}
