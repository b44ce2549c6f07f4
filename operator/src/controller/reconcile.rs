//! One reconcile, as a contents page: dereference, validate, build, apply, orphans, status.

use std::{sync::Arc, time::Instant};

use kube::{ResourceExt as _, runtime::controller::Action};
use talkline_crds::ChatCluster;

use super::{Context, Guarded, context::Memory, patience};
use crate::{
    apply,
    build::{self, Object},
    dereference, orphans,
    status::{self, Outcome},
    validate::{self, ValidatedCluster},
};

/// The steps, as metrics and the status call them.
const DEREFERENCE: &str = "dereference";
const APPLY: &str = "apply";
const ORPHANS: &str = "orphans";
const STATUS: &str = "status";

/// A reconcile that did not come to its end. It was logged, and stands in the status.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {why}")]
pub(crate) struct Error {
    step: &'static str,
    why: String,
    /// How many in a row this one makes.
    pub(super) failures: u32,
}

/// Brings the world to what a ChatCluster says.
///
/// # Errors
/// A step failed; the next try comes by itself.
pub(super) async fn reconcile(cluster: Arc<Guarded>, context: Arc<Context>) -> Result<Action, Error> {
    let began = Instant::now();
    let cluster = match &cluster.0 {
        Ok(cluster) => cluster,
        Err(invalid) => {
            context.shared.metrics.reconciled("unreadable", began.elapsed());
            let (place, error) = (&invalid.metadata, &invalid.error);
            let (namespace, name) = (&place.namespace, &place.name);
            tracing::error!(namespace, name, error, "a ChatCluster cannot be read; the others go on");
            return Ok(patience::at_rest());
        }
    };
    if cluster.metadata.deletion_timestamp.is_some() {
        // What is in the cluster belongs to it and goes with it.
        return Ok(Action::await_change());
    }
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let mut memory = context.recall(&namespace, &name);
    let outcome = steps(cluster, &context, &mut memory).await;
    let written = status::write(cluster, &context, &outcome, memory.load, &mut memory.written).await;
    let failure = match (&outcome, written) {
        (Outcome::Failed { step, error, .. }, _) => Some((*step, error.clone())),
        (_, Err(error)) => Some((STATUS, error)),
        (_, Ok(())) => None,
    };
    let mut result = settle(&context, &mut memory, failure);
    match &result {
        Ok(_) => context.shared.metrics.reconciled(outcome.word(), began.elapsed()),
        Err(error) => {
            context.shared.metrics.reconciled("failed", began.elapsed());
            let Error { step, why, failures } = error;
            tracing::warn!(
                namespace,
                name,
                step,
                why,
                failures,
                "a reconcile failed and is tried again"
            );
        }
    }
    // After the status, which must not wait for pods that do not answer; what has moved stands in the next one.
    if let (Ok(next), Some(valid)) = (&mut result, outcome.valid()) {
        let load = memory.load.renewed(&context, valid).await;
        if load.differs(&memory.load) {
            *next = patience::soon();
        }
        memory.load = load;
    }
    context.remember(&namespace, &name, memory);
    result
}

/// When to look again.
fn settle(context: &Context, memory: &mut Memory, failure: Option<(&'static str, String)>) -> Result<Action, Error> {
    let Some((step, why)) = failure else {
        memory.failures = 0;
        return Ok(patience::at_rest());
    };
    memory.failures = memory.failures.saturating_add(1);
    context.shared.metrics.step_failed(step);
    Err(Error {
        step,
        why,
        failures: memory.failures,
    })
}

/// All steps but the status; what they came to, for the status to say.
async fn steps(cluster: &ChatCluster, context: &Context, memory: &mut Memory) -> Outcome {
    if context.children.ready().await.is_err() {
        return Outcome::failed(DEREFERENCE, "the API server does not list what there is", None);
    }
    let began = Instant::now();
    let found = dereference::dereference(cluster, context).await;
    context.shared.metrics.stepped(DEREFERENCE, began.elapsed());
    let facts = match found {
        Ok(facts) => facts,
        Err(dereference::Error::Invalid(wrong)) => return Outcome::Invalid(wrong),
        Err(dereference::Error::Failed(error)) => return Outcome::failed(DEREFERENCE, error, None),
    };
    let valid = match validate::validate(cluster, &facts.facts) {
        Ok(valid) => valid,
        Err(wrong) => return Outcome::Invalid(wrong),
    };
    if cluster.spec.paused {
        return Outcome::Paused(Box::new(valid));
    }
    let objects = build::objects(&valid, facts.keys.as_ref());
    match bring(context, &valid, memory, &objects).await {
        Ok(()) => Outcome::Applied(Box::new(valid)),
        Err((step, error)) => Outcome::failed(step, error, Some(valid)),
    }
}

/// The steps that write. A scaler that is not wanted any more goes first: it would fight with the number of pods that is applied.
async fn bring(
    context: &Context,
    valid: &ValidatedCluster,
    memory: &mut Memory,
    objects: &[Object],
) -> Result<(), (&'static str, String)> {
    let metrics = &context.shared.metrics;
    let failed = |step| move |error| (step, error);
    let removed = orphans::remove(context, valid, objects, &build::SCALERS).await;
    removed.map_err(failed(ORPHANS))?;
    let began = Instant::now();
    let applied = apply::apply(context, valid, &mut memory.applied, objects).await;
    metrics.stepped(APPLY, began.elapsed());
    applied.map_err(failed(APPLY))?;
    let began = Instant::now();
    let removed = orphans::remove(context, valid, objects, &build::OWNED).await;
    metrics.stepped(ORPHANS, began.elapsed());
    removed.map_err(failed(ORPHANS))
}
