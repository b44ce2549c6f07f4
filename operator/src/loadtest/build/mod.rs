//! From a [`Run`] to its Kubernetes objects: pure. The agents are an indexed Job behind a headless Service, by whose name the controller, a
//! Job of one pod, finds each of them.

mod agents;
mod controller;
mod flags;
mod network;
mod pod_monitor;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use talkline_crds::ChatLoadTestSpec;

use super::target::Resolved;
use crate::{
    build::{
        COMPONENT, CONFIG_MAP, GROUP, INSTANCE, Kind, MANAGED_BY, NAME, OPERATOR, Object, SERVICE, container_security,
        merge_for, pull_policy, security, tcp,
    },
    validate::{Apis, image_named},
};

pub(crate) use agents::agents;
pub(crate) use controller::controller;

/// The value of [`NAME`] on whatever belongs to a load test.
pub(crate) const LOADTEST: &str = "talkline-loadtest";

/// Where agents listen to their controller.
const CONTROL_PORT: u16 = 7000;
/// Where the controller offers the report in the end.
pub(crate) const REPORT_PORT: u16 = 7001;

/// Agents or controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes the load.
    Agent,
    /// Shares it out, and has the verdict.
    Controller,
}

impl Role {
    /// The label's value, and the container's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Controller => "controller",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Agent => Self::Controller,
            Self::Controller => Self::Agent,
        }
    }
}

/// A load test whose target is known.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Its name, with which those of all its objects begin.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its UID; none where it is only looked at.
    pub(crate) uid: Option<String>,
    /// What is under load.
    pub(crate) target: Resolved,
    /// As it was written.
    pub(crate) spec: ChatLoadTestSpec,
    /// What is served of the optional APIs.
    pub(crate) apis: Apis,
}

impl Run {
    /// The name of one of its objects.
    pub(crate) fn child(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    fn object(&self, kind: &'static Kind, component: &str, suffix: &str, body: Value) -> Object {
        let name = self.child(suffix);
        let mut metadata = json!({ "name": name, "namespace": self.namespace, "labels": self.labels(component) });
        if let Some(uid) = &self.uid {
            metadata["ownerReferences"] = json!([{
                "apiVersion": format!("{GROUP}/v1alpha1"),
                "kind": "ChatLoadTest",
                "name": self.name,
                "uid": uid,
                "controller": true,
            }]);
        }
        let mut value = json!({ "apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata });
        if let (Value::Object(fields), Value::Object(body)) = (&mut value, body) {
            fields.extend(body);
        }
        Object { kind, name, value }
    }

    fn labels(&self, component: &str) -> Value {
        json!({
            NAME: LOADTEST,
            INSTANCE: self.name,
            COMPONENT: component,
            MANAGED_BY: OPERATOR,
            "app.kubernetes.io/part-of": "talkline",
        })
    }

    fn selector(&self, role: Role) -> Value {
        json!({ NAME: LOADTEST, INSTANCE: self.name, COMPONENT: role.name() })
    }
}

/// What the pods need before there are any: the Service that names the agents, what closes their network, and who scrapes them.
pub(crate) fn ground(run: &Run) -> Vec<Object> {
    let mut objects = vec![service(run)];
    objects.extend(network::policies(run));
    objects.extend(pod_monitor::build(run));
    objects
}

/// Names each agent. One that is not ready is named too: it is the controller that waits, and says for whom.
fn service(run: &Run) -> Object {
    let port = json!({ "name": "control", "port": CONTROL_PORT, "targetPort": "control", "protocol": "TCP" });
    let body = json!({
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": true,
            "selector": run.selector(Role::Agent),
            "ports": [port],
        }
    });
    run.object(&SERVICE, Role::Agent.name(), "agents", body)
}

/// The report's files.
pub(crate) fn report(run: &Run, files: &[(&str, String)]) -> Object {
    let data: Value = files
        .iter()
        .map(|(key, text)| ((*key).to_owned(), Value::from(text.as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into();
    run.object(
        &CONFIG_MAP,
        "report",
        "report",
        json!({ "data": data, "immutable": true }),
    )
}

/// A pod of either role, with everything that the restricted Pod Security Standard asks for; overrides are merged over it last.
fn template(run: &Run, role: Role, container: Value, more: Value) -> Value {
    let image = &run.spec.image;
    let mut container = container;
    container["name"] = role.name().into();
    container["image"] = image_named(&image.repository, image.tag.as_deref(), image.digest.as_deref()).into();
    container["imagePullPolicy"] = pull_policy(image.pull_policy).into();
    container["securityContext"] = container_security();
    let mut spec = json!({
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "restartPolicy": "Never",
        // The harness keeps nothing that would be worth waiting for.
        "terminationGracePeriodSeconds": 1,
        "securityContext": security(),
        "containers": [container],
    });
    if !image.pull_secrets.is_empty() {
        spec["imagePullSecrets"] = image.pull_secrets.iter().map(|name| json!({ "name": name })).collect();
    }
    if let (Value::Object(spec), Value::Object(more)) = (&mut spec, more) {
        spec.extend(more);
    }
    let mut template = json!({ "metadata": { "labels": run.labels(role.name()) }, "spec": spec });
    if let Some(over) = &run.spec.pod_template {
        merge_for(&mut template, over, &[role.other().name()]);
    }
    template
}

fn port(name: &str, port: u16) -> Value {
    json!({ "name": name, "containerPort": port, "protocol": "TCP" })
}

/// A port of a NetworkPolicy's rule.
fn open(port: u16) -> Value {
    json!([tcp(port)])
}
