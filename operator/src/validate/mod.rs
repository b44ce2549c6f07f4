//! From a ChatCluster as it was written to one with every question answered: the only input of what is built.
//!
//! The schema has refused what is wrong in itself. Here is refused what only the operator can know: what the runtime of its version does
//! not do, and what does not go together with what is there already. Pure: what was looked up comes as [`Facts`].

mod facts;
mod image;
mod keys;
mod notes;
mod role;
mod server;
mod servers;
mod template;

use std::fmt;

use talkline_crds::{ChatCluster, ChatClusterSpec};

use crate::plan::{self, Edition, Plan};

pub(crate) use facts::{Apis, Facts, Listener, Made, RouteFields, Untold};
pub(crate) use image::named as image_named;
pub(crate) use keys::KeySource;
pub(crate) use role::{Role, Scaling};
pub(crate) use server::{Credential, Identity, Login, Trust, Word};
pub(crate) use servers::{
    KAFKA_PORT, Kafka, MONGO_PORT, Managed, Mongo, OfStrimzi, REDIS_PORT, REPLICA_SET, Redis, Sasl, ports,
};

/// A ChatCluster with all defaults resolved.
#[derive(Clone, Debug)]
pub(crate) struct ValidatedCluster {
    /// Its name, with which the names of all its objects begin.
    pub(crate) name: String,
    /// Its namespace, where all its objects are.
    pub(crate) namespace: String,
    /// Its UID, for owner references; none where it is only planned.
    pub(crate) uid: Option<String>,
    /// The image of gateways and workers, with tag or digest.
    pub(crate) image: String,
    /// The version that the image's tag says; none where it says none.
    pub(crate) version: Option<String>,
    /// What the planner makes of its capacity.
    pub(crate) plan: Plan,
    /// Partitions of the commands' topic: stated, or as they were when it was made, or planned.
    pub(crate) partitions: u32,
    /// The gateways.
    pub(crate) gateway: Role,
    /// The workers.
    pub(crate) worker: Role,
    /// The log.
    pub(crate) kafka: Kafka,
    /// Cache, directory and bus.
    pub(crate) redis: Redis,
    /// The store.
    pub(crate) mongo: Mongo,
    /// Where the signing keys are.
    pub(crate) keys: KeySource,
    /// What is served of the optional APIs.
    pub(crate) apis: Apis,
    /// A hash over the Secrets that pods take in at their start.
    pub(crate) secrets_hash: Option<String>,
    /// The unit costs that it is sized by.
    pub(crate) costs: Edition,
    /// Where the operator itself is, which reaches what it runs; any namespace where that is not known.
    pub(crate) operator_namespace: Option<String>,
    /// One line for each part of the YAML that has no effect.
    pub(crate) notes: Vec<String>,
    /// What passes through to the runtime as it was written: chat, limits, retention, logs.
    pub(crate) spec: ChatClusterSpec,
}

/// Why a ChatCluster cannot be had: the field, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The field, as `spec.image.tag`.
    pub(crate) field: String,
    /// What is wrong and what to do, as a sentence without a full stop.
    pub(crate) message: String,
}

impl Invalid {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The namespace of a file that names none, as kubectl has it.
const DEFAULT_NAMESPACE: &str = "default";

/// Resolves a ChatCluster.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn validate(cluster: &ChatCluster, facts: &Facts) -> Result<ValidatedCluster, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let metadata = &cluster.metadata;
    let spec = &cluster.spec;
    let name = metadata.name.clone().unwrap_or_default();
    let namespace = metadata
        .namespace
        .clone()
        .unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
    let costs = costs(spec, facts);
    let plan = plan::plan(spec, costs);
    let version = image::version(&spec.image, &mut wrong);
    let partitions = partitions(spec, facts, &plan, &mut wrong);
    template::check(spec, &mut wrong);
    let validated = ValidatedCluster {
        image: image::reference(&spec.image),
        version,
        partitions,
        gateway: role::gateway(spec, &plan, facts, &mut wrong),
        worker: role::worker(spec, &plan, facts, &mut wrong),
        kafka: servers::kafka(spec, &name, &namespace, facts, &mut wrong),
        redis: servers::redis(spec, &name, &namespace),
        mongo: servers::mongo(spec, &name, &namespace, facts),
        keys: keys::source(&spec.auth.tokens, &name, &mut wrong),
        apis: facts.apis,
        secrets_hash: facts.secrets_hash.clone(),
        operator_namespace: facts.operator_namespace.clone(),
        costs,
        notes: notes::lines(spec, &facts.apis),
        uid: metadata.uid.clone(),
        spec: spec.clone(),
        plan,
        name,
        namespace,
    };
    if wrong.is_empty() { Ok(validated) } else { Err(wrong) }
}

/// The unit costs that the pods that there are were sized by, as long as their image stays: an operator that knows newer ones rolls nothing.
/// Pods that are made, or replaced by those of another image, are sized by the newest.
fn costs(spec: &ChatClusterSpec, facts: &Facts) -> Edition {
    let gateways = (&facts.gateways, "gateway", spec.gateway.pod_template.as_ref());
    let workers = (&facts.workers, "worker", spec.worker.pod_template.as_ref());
    let kept = [gateways, workers].into_iter().filter_map(|(made, role, template)| {
        let templates = spec.pod_template.iter().chain(template);
        let stays = |made: &&Made| made.image == image::of(&spec.image, role, templates);
        made.as_ref().filter(stays).map(|made| made.costs)
    });
    kept.min().unwrap_or_default()
}

/// Partitions as stated; else as they were when the topic was made, whatever the plan says by now; else as planned.
fn partitions(spec: &ChatClusterSpec, facts: &Facts, plan: &Plan, wrong: &mut Vec<Invalid>) -> u32 {
    let Some(made) = facts.partitions else {
        return plan.partitions;
    };
    if let Some(stated) = spec.kafka.partitions
        && stated != made
    {
        let message = format!(
            "the topic was made with {made} partitions, and conversations would move to others and lose their order: delete the ChatCluster, with deletionPolicy Retain, and apply it with {made}"
        );
        wrong.push(Invalid::new("spec.kafka.partitions", message));
    }
    let most = spec.worker.autoscaling.as_ref().map_or(0, |bounds| bounds.max_replicas);
    let workers = spec.worker.replicas.unwrap_or(most);
    if workers > made {
        let message =
            format!("{workers} workers for the topic's {made} partitions: a worker without a partition idles");
        wrong.push(Invalid::new("spec.worker", message));
    }
    made
}

#[cfg(test)]
mod tests;
