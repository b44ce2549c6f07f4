//! Each right that the chart grants is used, and none is missing: by the API server's own record of a whole life.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::{Definitions, Helm};

use super::{CHAT, Stage};
use crate::operator::{ACCOUNT, Operator, get, requests, rights};

/// A ChatCluster that uses all of them.
const EVERYTHING: &str = "
apiVersion: talkline.dev/v1alpha1
kind: ChatCluster
metadata: { name: everything, namespace: team }
spec:
  gateway:
    autoscaling: { kind: Keda }
    ingress: { kind: HttpRoute, host: chat.example.com, gatewayName: gateway }
  worker: { autoscaling: { kind: Keda } }
  kafka: { strimzi: { cluster: log } }
  monitoring: { prometheusUrl: http://prometheus:9090 }
";

/// What simulated pods cannot show: they carry no sockets, so none is the cheapest to take. With real ones it is used in
/// `e2e/tests/kube/scaling.rs`.
const NOT_HERE: (&str, &str, &str) = ("", "pods", "patch");

/// A right: API group, resource, verb.
type Right = (String, String, String);

impl Stage<'_> {
    /// A way in comes and goes, and so does the hold on one whose data is to go with it.
    pub(crate) fn what_is_asked_for_late_comes_and_goes(&self, operator: &mut Operator) -> Result<()> {
        let ingress = json!({ "host": "chat.example.com" });
        self.patch(&json!({ "spec": { "deletionPolicy": "Delete", "gateway": { "ingress": ingress } } }))?;
        let is_held = || -> Result<bool> { Ok(get(self.0, CHAT)?["metadata"].get("finalizers").is_some()) };
        let has_way_in = || get(self.0, "ingress/chat-gateway").is_ok();
        operator.until("there is a way in, and a hold", |_| Ok(has_way_in() && is_held()?))?;
        self.patch(&json!({ "spec": { "deletionPolicy": "Retain", "gateway": { "ingress": null } } }))?;
        operator.until("there is neither", |_| Ok(!has_way_in() && !is_held()?))
    }

    /// Deletes what an older operator might have left, of every kind. Strimzi's Kafka is there already.
    pub(crate) fn leftovers_of_every_kind_go(&self, operator: &mut Operator, others: &Definitions) -> Result<()> {
        let definitions = others.list(&Definitions::ALL)?;
        self.0.kubectl(&["apply", "--server-side", "-f", "-"], &definitions)?;
        self.secret("everything-talkline", "password")?;
        self.0.kubectl(&["apply", "-f", "-"], EVERYTHING)?;
        let made = [
            "kafkauser/everything-talkline",
            "scaledobject/everything-gateway",
            "httproute/everything-gateway",
        ];
        for object in made {
            operator.until(&format!("there is {object}"), |_| Ok(get(self.0, object).is_ok()))?;
        }
        let uid = get(self.0, "chatcluster/everything")?["metadata"]["uid"].clone();
        let left = json!({ "apiVersion": "v1", "kind": "List", "items": leftovers(&uid) }).to_string();
        self.0.kubectl(&["create", "-f", "-"], &left)?;
        operator.until("they are gone", |_| {
            let found = self
                .0
                .kubectl(&["get", "--ignore-not-found", "--output=name", "-f", "-"], &left)?;
            Ok(found.trim().is_empty())
        })?;
        self.0
            .kubectl(&["--namespace=team", "delete", "chatcluster/everything"], "")?;
        self.0.kubectl(&["delete", "-f", "-"], &definitions).map(drop)
    }

    /// APIs that are not served cannot be watched, whatever the rights.
    pub(crate) fn each_right_is_used_and_none_is_missing(&self, helm: &Helm) -> Result<()> {
        let asked = requests(self.0, ACCOUNT)?;
        let refused: Vec<_> = asked.iter().filter(|request| request.is_forbidden).collect();
        ensure!(refused.is_empty(), "missing: {refused:?}");
        let used: BTreeSet<Right> = asked
            .into_iter()
            .flat_map(|request| {
                let right = |verb: &str| (request.group.clone(), request.resource.clone(), verb.to_owned());
                // An apply of what is not there yet takes both.
                let created = (request.verb == "patch" && request.status == 201).then(|| right("create"));
                [Some(right(&request.verb)), created]
            })
            .flatten()
            .collect();
        let granted = granted(helm)?;
        ensure!(granted.len() > 60, "{granted:?}");
        let (group, resource, verb) = NOT_HERE;
        let not_here = (group.to_owned(), resource.to_owned(), verb.to_owned());
        let unused = granted.difference(&used).filter(|right| **right != not_here);
        let unused: Vec<_> = unused.collect();
        ensure!(unused.is_empty(), "granted and not used: {unused:?}");
        Ok(())
    }
}

/// What the chart grants.
fn granted(helm: &Helm) -> Result<BTreeSet<Right>> {
    let mut granted = BTreeSet::new();
    for role in rights(helm, "talkline", &[])? {
        let is_operators = ["ClusterRole", "Role"].iter().any(|kind| role["kind"] == *kind)
            && role["metadata"]["name"]
                .as_str()
                .is_some_and(|name| name.starts_with(ACCOUNT))
            && role["metadata"]["labels"].as_object().is_none_or(|labels| {
                // Those of people are aggregated into Kubernetes' own.
                labels
                    .keys()
                    .all(|label| !label.starts_with("rbac.authorization.k8s.io/aggregate"))
            });
        let rules = role["rules"].as_array().filter(|_| is_operators);
        for rule in rules.into_iter().flatten() {
            let words = |name: &str| -> Result<Vec<String>> {
                let words = rule[name].as_array().with_context(|| rule.to_string())?;
                Ok(words
                    .iter()
                    .map(|word| word.as_str().unwrap_or_default().to_owned())
                    .collect())
            };
            for group in words("apiGroups")? {
                for resource in words("resources")? {
                    let rights = words("verbs")?
                        .into_iter()
                        .map(|verb| (group.clone(), resource.clone(), verb));
                    granted.extend(rights);
                }
            }
        }
    }
    Ok(granted)
}

/// One object of each kind, as if an operator had made it for that ChatCluster.
fn leftovers(uid: &Value) -> Vec<Value> {
    let whole = |(version, kind, mut body): (&str, &str, Value)| {
        body["apiVersion"] = json!(version);
        body["kind"] = json!(kind);
        body["metadata"] = json!({
            "name": "leftover", "namespace": "team",
            "labels": { "app.kubernetes.io/managed-by": ACCOUNT, "app.kubernetes.io/instance": "everything" },
            "ownerReferences": [{
                "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "name": "everything", "uid": uid, "controller": true,
            }],
        });
        body
    };
    builtin().into_iter().chain(optional()).map(whole).collect()
}

/// The kinds of optional APIs, likewise; but a `KafkaTopic`, which stays.
fn optional() -> [(&'static str, &'static str, Value); 6] {
    let trigger = json!({ "type": "cron", "metadata": {} });
    let scaled = json!({ "scaleTargetRef": { "name": "a" }, "triggers": [trigger] });
    let monitored = json!({ "selector": {}, "podMetricsEndpoints": [] });
    let (keda, coreos, strimzi) = ("keda.sh/v1alpha1", "monitoring.coreos.com/v1", "kafka.strimzi.io/v1");
    [
        ("gateway.networking.k8s.io/v1", "HTTPRoute", json!({ "spec": {} })),
        (keda, "ScaledObject", json!({ "spec": scaled })),
        (keda, "TriggerAuthentication", json!({ "spec": {} })),
        (coreos, "PodMonitor", json!({ "spec": monitored })),
        (coreos, "PrometheusRule", json!({ "spec": {} })),
        (strimzi, "KafkaUser", json!({ "spec": {} })),
    ]
}

/// The kinds that every cluster has, each with the least that the API takes.
fn builtin() -> [(&'static str, &'static str, Value); 10] {
    let pod = json!({ "metadata": { "labels": { "left": "over" } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } });
    let selector = json!({ "matchLabels": { "left": "over" } });
    let workload = json!({ "spec": { "replicas": 0, "selector": selector, "template": pod } });
    let service = json!({ "spec": { "clusterIP": "None", "ports": [{ "port": 1 }] } });
    let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "a" });
    let scaler = json!({ "spec": { "scaleTargetRef": target, "maxReplicas": 1 } });
    let backend = json!({ "service": { "name": "a", "port": { "number": 1 } } });
    [
        ("v1", "ServiceAccount", json!({})),
        ("v1", "Secret", json!({})),
        ("v1", "ConfigMap", json!({})),
        ("v1", "Service", service),
        ("apps/v1", "Deployment", workload.clone()),
        ("apps/v1", "StatefulSet", workload),
        ("autoscaling/v2", "HorizontalPodAutoscaler", scaler),
        (
            "policy/v1",
            "PodDisruptionBudget",
            json!({ "spec": { "selector": selector } }),
        ),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({ "spec": { "podSelector": selector } }),
        ),
        (
            "networking.k8s.io/v1",
            "Ingress",
            json!({ "spec": { "defaultBackend": backend } }),
        ),
    ]
}
