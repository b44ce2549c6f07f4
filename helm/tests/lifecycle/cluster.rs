//! The cluster that the charts are installed on, and what can be seen there.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use talkline_testbed::{Helm, Kubernetes, Mode};

pub(crate) const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/talkline");
pub(crate) const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/talkline-crds");

/// Where the charts are installed.
pub(crate) const NAMESPACE: &str = "talkline-system";

/// Kinds of which there are some more at any time.
const PASSING: [&str; 2] = ["events", "events.events.k8s.io"];

/// Where each node says that it lives, from some moment after its start on.
const HEARTBEATS: &str = " kube-node-lease";

/// Every object of a cluster, as `KIND/NAME`, with its namespace behind a blank if it has one.
pub(crate) type Inventory = BTreeSet<String>;

pub(crate) struct Cluster {
    pub(crate) kubernetes: Kubernetes,
    helm: Helm,
}

impl Cluster {
    pub(crate) fn start(tests: &str) -> Option<Self> {
        let helm = Helm::find(tests).unwrap()?;
        let kubernetes = Kubernetes::start(Mode::Simulated, tests).unwrap()?;
        let cluster = Self { kubernetes, helm };
        for namespace in ["chat", "other", NAMESPACE] {
            cluster.kubectl(&["create", "namespace", namespace]);
        }
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        cluster.kubectl(&["label", "namespace", NAMESPACE, restricted]);
        // Each gets some objects of its own, a moment later.
        for namespace in ["chat", "other", NAMESPACE] {
            let arguments = [
                "get",
                "serviceaccount/default",
                "configmap/kube-root-ca.crt",
                "--namespace",
                namespace,
            ];
            cluster.kubernetes.eventually(&arguments).unwrap();
        }
        Some(cluster)
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let printed = self.kubernetes.kubectl(arguments, "");
        printed.unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    pub(crate) fn helm(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let arguments = [arguments, &["--namespace", NAMESPACE]].concat();
        self.helm.on(&self.kubernetes.kubeconfig(), &arguments)
    }

    pub(crate) fn install(&self, chart: &str, arguments: &[&str]) -> anyhow::Result<String> {
        self.helm(&[&["install", chart, path(chart)], arguments].concat())
    }

    pub(crate) fn upgrade(&self, chart: &str, arguments: &[&str]) -> anyhow::Result<String> {
        self.helm(&[&["upgrade", chart, path(chart)], arguments].concat())
    }

    /// The arguments of the operator.
    pub(crate) fn arguments(&self) -> String {
        let arguments = "jsonpath={.spec.template.spec.containers[0].args}";
        self.kubectl(&[
            "get",
            "deployment/talkline-operator",
            "--namespace",
            NAMESPACE,
            "--output",
            arguments,
        ])
    }

    /// Makes a chat, and a Deployment that belongs to it, as an operator does; returns what [`Self::chat_uids`] does.
    pub(crate) fn chat(&self, chat: &str) -> String {
        let created = self
            .kubernetes
            .kubectl(&["create", "--filename=-", "--output=jsonpath={.metadata.uid}"], chat);
        let uid = created.unwrap();
        let child = format!(
            r#"{{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{"name": "chat-gateway", "namespace": "chat",
            "ownerReferences": [{{"apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "name": "chat", "uid": "{uid}", "controller": true}}]}},
            "spec": {{"replicas": 2, "selector": {{"matchLabels": {{"a": "b"}}}}, "template": {{"metadata": {{"labels": {{"a": "b"}}}},
            "spec": {{"containers": [{{"name": "gateway", "image": "talkline"}}]}}}}}}}}"#
        );
        self.kubernetes.kubectl(&["create", "--filename=-"], &child).unwrap();
        let available = [
            "wait",
            "--for=condition=Available",
            "--timeout=60s",
            "--namespace=chat",
            "deployment/chat-gateway",
        ];
        self.kubernetes.eventually(&available).unwrap();
        self.chat_uids()
    }

    /// Which objects the chat and its pods are: other ones of the same name would have others.
    pub(crate) fn chat_uids(&self) -> String {
        let uids = "jsonpath={range .items[*]}{.kind} {.metadata.uid}{\"\\n\"}{end}";
        self.kubectl(&[
            "get",
            "chatclusters,deployments,pods",
            "--namespace=chat",
            "--output",
            uids,
        ])
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let kinds = self.kubectl(&["api-resources", "--verbs=list", "--output=name", "--cached=false"]);
        let kinds: Vec<&str> = kinds.lines().filter(|kind| !PASSING.contains(kind)).collect();
        let names =
            "jsonpath={range .items[*]}{.apiVersion} {.kind}/{.metadata.name} {.metadata.namespace}{\"\\n\"}{end}";
        let objects = self.kubectl(&["get", &kinds.join(","), "--all-namespaces", "--output", names]);
        let lasting = objects.lines().filter(|object| !object.ends_with(HEARTBEATS));
        lasting.map(named).collect()
    }

    /// Waits until the inventory is as `judge` wants it.
    pub(crate) fn settles(&self, judge: impl Fn(&Inventory) -> Result<(), String>) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(complaint) = judge(&self.inventory()) {
            assert!(Instant::now() < deadline, "{complaint}");
        }
    }
}

/// `apps/v1 Deployment/a b` as `deployment.apps/a b`.
fn named(line: &str) -> String {
    let (version, rest) = line.split_once(' ').unwrap();
    let (kind, name) = rest.split_once('/').unwrap();
    let group = version
        .split_once('/')
        .map(|(group, _)| format!(".{group}"))
        .unwrap_or_default();
    format!("{}{group}/{}", kind.to_lowercase(), name.trim_end())
}

fn path(chart: &str) -> &'static str {
    if chart == "talkline" { CHART } else { CRDS }
}
