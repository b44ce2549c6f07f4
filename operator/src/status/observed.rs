//! What is seen of a ChatCluster: its pods, by their Deployments, and its servers.

use kube::ResourceExt as _;
use serde_json::Value;
use talkline_crds::{ChatCluster, spec::IngressKind};

use super::Way;
use crate::{
    apply::Applied,
    build::{Component, DEPLOYMENT, HTTP_ROUTE, INGRESS, STATEFUL_SET},
    controller::Context,
    load::Load,
    upkeep::{Finding, Known},
    validate::{Managed, Scaling, ValidatedCluster},
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
    /// The way in from outside; none where none is wanted.
    pub(crate) way: Option<Way>,
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
    /// Of one that is ours: whether its pod is ready, or why not.
    pub(crate) pod: Option<Result<(), String>>,
    /// What the last look at it came to; none where there was none yet.
    pub(crate) finding: Option<Finding>,
}

impl Role {
    /// Whether all pods are as they shall be.
    pub(crate) fn is_settled(&self) -> bool {
        let counts = [self.replicas, self.ready, self.updated];
        self.is_current && self.wanted > 0 && counts.iter().all(|count| *count == self.wanted)
    }

    /// Of a Deployment as it is kept. Its controller must have seen what was `applied`, a generation: a newer one that others have made, by an
    /// annotation, is nothing to wait for.
    pub(crate) fn of(deployment: &kube::api::DynamicObject, applied: Option<i64>) -> Self {
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
            is_current: status["observedGeneration"].as_i64() >= applied.or(deployment.metadata.generation),
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

/// What was seen already, of what no watch shows.
pub(crate) struct Seen<'a> {
    /// What the pods carry.
    pub(crate) load: Load,
    /// What is on the servers.
    pub(crate) known: Known,
    /// What was applied.
    pub(crate) applied: &'a Applied,
}

/// Looks at everything else.
pub(super) fn observe(
    cluster: &ChatCluster,
    context: &Context,
    valid: Option<&ValidatedCluster>,
    Seen { load, known, applied }: Seen<'_>,
) -> Observed {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let role = |component: Component| {
        let deployment = format!("{name}-{}", component.name());
        let applied = applied.generation(&DEPLOYMENT, &deployment);
        let found = context.children.find(&DEPLOYMENT, &namespace, &deployment);
        let mut seen = found.map(|found| Role::of(&found, applied)).unwrap_or_default();
        // Of a fixed number the ChatCluster decides: what the Deployment says may be a step on the way there.
        if let Some(decided) = valid
            .map(|valid| component.role(valid))
            .filter(|role| role.scaling == Scaling::Fixed)
        {
            seen.wanted = i32::try_from(decided.replicas).unwrap_or(i32::MAX);
        }
        seen
    };
    let server = |name, managed: &Option<Managed>, finding| Server {
        name,
        pod: managed.as_ref().map(|managed| is_ready(context, &namespace, managed)),
        finding,
    };
    let servers = valid.map(|valid| {
        vec![
            server("Kafka", &valid.kafka.managed, known.kafka),
            server("Redis", &valid.redis.managed, known.redis),
            server("Mongo", &valid.mongo.managed, known.mongo),
        ]
    });
    Observed {
        gateway: role(Component::Gateway),
        worker: role(Component::Worker),
        servers: servers.unwrap_or_default(),
        way: valid.and_then(|valid| way(context, valid)),
        load,
    }
}

/// The way in, by its object.
fn way(context: &Context, valid: &ValidatedCluster) -> Option<Way> {
    let ingress = valid.spec.gateway.ingress.as_ref()?;
    let kind = match ingress.kind {
        IngressKind::Ingress => &INGRESS,
        IngressKind::HttpRoute => &HTTP_ROUTE,
    };
    let name = valid.child(Component::Gateway.name());
    let made = context.children.find(kind, &valid.namespace, &name);
    Some(Way::of(ingress, &valid.namespace, &name, made.as_deref()))
}

/// A server of ours, by its pod.
fn is_ready(context: &Context, namespace: &str, managed: &Managed) -> Result<(), String> {
    let found = context.children.find(&STATEFUL_SET, namespace, &managed.name);
    let ready = found.is_some_and(|set| set.data["status"]["readyReplicas"].as_i64().unwrap_or(0) > 0);
    ready
        .then_some(())
        .ok_or_else(|| format!("the pod of StatefulSet {} is not ready", managed.name))
}
