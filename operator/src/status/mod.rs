//! What is said of a ChatCluster: computed as a whole from what was seen, and written only when it is something else than what stands
//! there. A status that wrote itself anew at every look would wake its own watch for ever.

mod conditions;
mod events;
mod exposed;
mod observed;
#[cfg(test)]
mod tests;

use k8s_openapi::jiff::Timestamp;
use kube::{Api, ResourceExt as _, api::Patch};
use serde_json::json;
use talkline_crds::{
    ChatCluster,
    status::{ChatClusterStatus, Endpoints, GatewayStatus, PlanStatus, WorkerStatus},
};

use crate::{
    apply::{as_operator, reason},
    build::{self, Component, GROUP, OPERATOR},
    controller::Context,
    validate::{Invalid, ValidatedCluster},
};

pub(crate) use exposed::Way;
pub(crate) use observed::{Observed, Role, Seen, Server};

/// What a reconcile came to.
pub(crate) enum Outcome {
    /// All of it is applied.
    Applied(Box<ValidatedCluster>),
    /// It was left alone, as it says.
    Paused(Box<ValidatedCluster>),
    /// It cannot be had.
    Invalid(Vec<Invalid>),
    /// A step failed.
    Failed {
        /// Which one.
        step: &'static str,
        /// Why.
        error: String,
        /// What it was to become, where it came so far.
        valid: Option<Box<ValidatedCluster>>,
    },
}

impl Outcome {
    /// A step failed.
    pub(crate) fn failed(step: &'static str, error: impl Into<String>, valid: Option<ValidatedCluster>) -> Self {
        Self::Failed {
            step,
            error: error.into(),
            valid: valid.map(Box::new),
        }
    }

    /// The word for it in metrics.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Applied(_) => "applied",
            Self::Paused(_) => "paused",
            Self::Invalid(_) => "invalid",
            Self::Failed { .. } => "failed",
        }
    }

    /// What the ChatCluster was to become, where it came so far.
    pub(crate) fn valid(&self) -> Option<&ValidatedCluster> {
        match self {
            Self::Applied(valid) | Self::Paused(valid) => Some(valid),
            Self::Failed { valid, .. } => valid.as_deref(),
            Self::Invalid(_) => None,
        }
    }
}

/// The last status that was written, and the version of the ChatCluster with it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    status: ChatClusterStatus,
    version: u64,
}

/// Says what there is, if it is something else than what stands there, and tells people what has turned. `written` is what was written
/// last, for the time until the watch brings it.
///
/// # Errors
/// The API server does not take it.
pub(crate) async fn write(
    cluster: &ChatCluster,
    context: &Context,
    outcome: &Outcome,
    seen: Seen<'_>,
    written: &mut Option<Written>,
) -> Result<(), String> {
    let observed = observed::observe(cluster, context, outcome.valid(), seen);
    let before = newest(cluster, written.as_ref());
    let status = status(cluster, outcome, &observed, &before, Timestamp::now());
    if status == before {
        return Ok(());
    }
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let api: Api<ChatCluster> = Api::namespaced(context.shared.client.clone(), &namespace);
    let patch = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"),
        "kind": "ChatCluster",
        "metadata": { "name": name },
        "status": status,
    });
    match api
        .patch_status(&name, &as_operator(OPERATOR), &Patch::Apply(&patch))
        .await
    {
        Ok(answer) => {
            *written = version(&answer).map(|version| Written {
                status: status.clone(),
                version,
            });
        }
        // It went while it was looked at.
        Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(()),
        Err(error) => return Err(format!("the status is not taken: {}", reason(&error))),
    }
    events::tell(cluster, context, &before, &status).await;
    Ok(())
}

/// What stands there: as the watch brought it, unless we have written since. Otherwise a look that comes right after a write would take
/// each turn for a new one, with another time, and write again.
fn newest(cluster: &ChatCluster, written: Option<&Written>) -> ChatClusterStatus {
    let is_newer = |written: &&Written| version(cluster).is_some_and(|version| version < written.version);
    match written.filter(is_newer) {
        Some(written) => written.status.clone(),
        None => cluster.status.clone().unwrap_or_default(),
    }
}

/// Versions of one object are numbers that rise.
fn version(cluster: &ChatCluster) -> Option<u64> {
    cluster.metadata.resource_version.as_ref()?.parse().ok()
}

/// The whole status. Pure.
fn status(
    cluster: &ChatCluster,
    outcome: &Outcome,
    observed: &Observed,
    before: &ChatClusterStatus,
    now: Timestamp,
) -> ChatClusterStatus {
    let generation = cluster.metadata.generation;
    let valid = outcome.valid();
    let name = cluster.name_any();
    ChatClusterStatus {
        observed_generation: generation,
        conditions: conditions::conditions(outcome, observed, &before.conditions, generation, now),
        // What is not known any more, since the spec is wrong now, stays as it was.
        endpoints: valid.map(endpoints).or_else(|| before.endpoints.clone()),
        gateway: Some(GatewayStatus {
            replicas: observed.gateway.replicas,
            ready_replicas: observed.gateway.ready,
            selector: Some(selector(&name)),
            sockets: observed.load.sockets,
        }),
        worker: Some(WorkerStatus {
            replicas: observed.worker.replicas,
            ready_replicas: observed.worker.ready,
            lag: observed.load.lag,
        }),
        plan: valid.map(plan).or_else(|| before.plan.clone()),
        version: valid
            .filter(|_| observed.gateway.is_settled() && observed.worker.is_settled())
            .and_then(|valid| valid.version.clone()),
    }
}

/// Where clients reach it: by the ingress where there is one, else inside the cluster only.
fn endpoints(valid: &ValidatedCluster) -> Endpoints {
    let gateway = &valid.spec.gateway;
    let internal = format!(
        "http://{}.{}.svc:{}",
        valid.child("gateway"),
        valid.namespace,
        gateway.service.port
    );
    let public = gateway.ingress.as_ref().map(build::url);
    Endpoints {
        url: Some(public.unwrap_or_else(|| internal.clone())),
        internal_url: Some(internal),
    }
}

fn plan(valid: &ValidatedCluster) -> PlanStatus {
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    PlanStatus {
        gateways: number(valid.plan.gateway.replicas),
        workers: number(valid.plan.worker.replicas),
        partitions: number(valid.partitions),
        shards: number(valid.plan.shards),
        monthly_cost: valid.plan.cost.as_ref().map(ToString::to_string),
    }
}

/// The gateways' pods, for the scale subresource.
fn selector(name: &str) -> String {
    let values = ["talkline", name, Component::Gateway.name()];
    let labels = build::SELECTOR.into_iter().zip(values);
    labels
        .map(|(label, value)| format!("{label}={value}"))
        .collect::<Vec<_>>()
        .join(",")
}
