//! What is seen of a ChatCluster: its pods, by their Deployments, and its servers.

use kube::ResourceExt as _;
use serde_json::Value;
use talkline_crds::ChatCluster;

use crate::{
    build::{Component, DEPLOYMENT, STATEFUL_SET},
    controller::Context,
    load::Load,
    validate::{Managed, ValidatedCluster},
};

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    /// The gateways.
    pub(crate) gateway: Role,
    /// The workers.
    pub(crate) worker: Role,
    /// The servers; none where it is not known which they are.
    pub(crate) servers: Vec<Server>,
    /// What the pods carry.
    pub(crate) load: Load,
}

/// A role's pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Role {
    /// Pods there are.
    pub(crate) replicas: i32,
    /// Pods that are ready.
    pub(crate) ready: i32,
    /// Pods there shall be.
    pub(crate) wanted: i32,
    /// Pods of the newest template.
    pub(crate) updated: i32,
    /// Whether the Deployment's controller has seen the newest template.
    pub(crate) is_current: bool,
    /// Why the rollout cannot go on: a reason and a sentence.
    pub(crate) stuck: Option<(String, String)>,
}

/// One of the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// As conditions call it.
    pub(crate) name: &'static str,
    /// Whether it answers; none where it is not known where it is.
    pub(crate) answers: Option<Result<(), String>>,
    /// Whether it is ours.
    pub(crate) is_managed: bool,
}

impl Role {
    /// Whether all pods are as they shall be.
    pub(crate) fn is_settled(&self) -> bool {
        let counts = [self.replicas, self.ready, self.updated];
        self.is_current && self.wanted > 0 && counts.iter().all(|count| *count == self.wanted)
    }

    /// Of a Deployment as it is kept.
    pub(super) fn of(deployment: &kube::api::DynamicObject) -> Self {
        let status = &deployment.data["status"];
        let number = |name: &str| {
            status[name]
                .as_i64()
                .and_then(|count| i32::try_from(count).ok())
                .unwrap_or(0)
        };
        let wanted = deployment.data["replicas"]
            .as_i64()
            .and_then(|count| i32::try_from(count).ok());
        Self {
            replicas: number("replicas"),
            ready: number("readyReplicas"),
            wanted: wanted.unwrap_or(0),
            updated: number("updatedReplicas"),
            is_current: status["observedGeneration"].as_i64() == deployment.metadata.generation,
            stuck: stuck(status),
        }
    }
}

/// What the Deployment's controller cannot do, in its own words.
fn stuck(status: &Value) -> Option<(String, String)> {
    let conditions = status["conditions"].as_array()?;
    let is_bad = |condition: &&Value| {
        let is = |name: &str, value: &str| condition["type"] == name && condition["status"] == value;
        is("Progressing", "False") || is("ReplicaFailure", "True")
    };
    let bad = conditions.iter().find(is_bad)?;
    let text = |name: &str| bad[name].as_str().unwrap_or_default().to_owned();
    Some((text("reason"), text("message")))
}

/// Looks at everything.
pub(super) async fn observe(cluster: &ChatCluster, context: &Context, valid: Option<&ValidatedCluster>) -> Observed {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let role = |component: Component| {
        let found = context
            .children
            .find(&DEPLOYMENT, &namespace, &format!("{name}-{}", component.name()));
        found.map(|deployment| Role::of(&deployment)).unwrap_or_default()
    };
    let mut servers = Vec::new();
    if let Some(valid) = valid {
        let all: [(&'static str, &[String], &Option<Managed>); 3] = [
            ("Kafka", &valid.kafka.brokers, &valid.kafka.managed),
            ("Redis", &valid.redis.addresses, &valid.redis.managed),
            ("Mongo", &valid.mongo.addresses, &valid.mongo.managed),
        ];
        for (name, addresses, managed) in all {
            let answers = match managed {
                Some(managed) => Some(is_ready(context, &namespace, managed)),
                None if addresses.is_empty() => None,
                None => Some(context.shared.dependencies.answers(addresses).await),
            };
            servers.push(Server {
                name,
                answers,
                is_managed: managed.is_some(),
            });
        }
    }
    Observed {
        gateway: role(Component::Gateway),
        worker: role(Component::Worker),
        servers,
        load: Load::default(),
    }
}

/// A server of ours by its pod: the operator is not among those that may reach it.
fn is_ready(context: &Context, namespace: &str, managed: &Managed) -> Result<(), String> {
    let found = context.children.find(&STATEFUL_SET, namespace, &managed.name);
    let ready = found.is_some_and(|set| set.data["status"]["readyReplicas"].as_i64().unwrap_or(0) > 0);
    ready
        .then_some(())
        .ok_or_else(|| format!("the pod of StatefulSet {} is not ready", managed.name))
}
