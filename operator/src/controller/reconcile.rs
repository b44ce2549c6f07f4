//! One reconcile, as a contents page: dereference, validate, build, apply, orphans, status.

use std::{sync::Arc, time::Instant};

use kube::{ResourceExt as _, runtime::controller::Action};
use talkline_crds::ChatCluster;

use super::{Context, Guarded, context::Memory, patience};
use crate::{
    apply, build, dereference, orphans,
    status::{self, Outcome},
    validate,
};

/// The steps, as metrics and the status call them.
const DEREFERENCE: &str = "dereference";
const APPLY: &str = "apply";
const ORPHANS: &str = "orphans";
const STATUS: &str = "status";

/// A reconcile that did not come to its end. It was logged, and stands in the status.
#[derive(Debug, thiserror::Error)]
#[error("failed {failures} times in a row")]
pub(crate) struct Error {
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
            let name = invalid.metadata.name.as_deref().unwrap_or_default();
            let namespace = invalid.metadata.namespace.as_deref().unwrap_or_default();
            tracing::error!(
                namespace,
                name,
                error = invalid.error,
                "a ChatCluster cannot be read; the others go on"
            );
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
    let written = status::write(cluster, &context, &outcome).await;
    let failure = match (&outcome, written) {
        (Outcome::Failed { step, error, .. }, _) => Some((*step, error.clone())),
        (_, Err(error)) => Some((STATUS, error)),
        (_, Ok(())) => None,
    };
    let result = match failure {
        None => {
            memory.failures = 0;
            context.shared.metrics.reconciled(outcome.word(), began.elapsed());
            Ok(patience::at_rest())
        }
        Some((step, error)) => {
            memory.failures = memory.failures.saturating_add(1);
            context.shared.metrics.reconciled("failed", began.elapsed());
            context.shared.metrics.step_failed(step);
            tracing::warn!(
                namespace,
                name,
                step,
                error,
                failures = memory.failures,
                "a reconcile failed and is tried again"
            );
            Err(Error {
                failures: memory.failures,
            })
        }
    };
    context.remember(&namespace, &name, memory);
    result
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
    let began = Instant::now();
    let applied = apply::apply(context, &valid, &mut memory.applied, &objects).await;
    context.shared.metrics.stepped(APPLY, began.elapsed());
    if let Err(error) = applied {
        return Outcome::failed(APPLY, error, Some(valid));
    }
    let began = Instant::now();
    let removed = orphans::remove(context, &valid, &objects).await;
    context.shared.metrics.stepped(ORPHANS, began.elapsed());
    match removed {
        Ok(()) => Outcome::Applied(Box::new(valid)),
        Err(error) => Outcome::failed(ORPHANS, error, Some(valid)),
    }
}
