//! One reconcile, as a contents page: dereference, validate, build, apply, orphans, status.

use std::{sync::Arc, time::Instant};

use kube::{ResourceExt as _, runtime::controller::Action};
use talkline_crds::{ChatCluster, DeletionPolicy};

use super::{Context, Error, Guarded, context::Memory, deletion, holding, patience, scale_in};
use crate::{
    apply,
    build::{self, KAFKA_TOPIC, KAFKA_USER, KeySet, Object},
    dereference::{self, Found, Secrets},
    finalizer, orphans,
    status::{self, Outcome, Seen},
    upkeep::{Access, Known},
    validate::{self, Facts, Invalid, ValidatedCluster},
};

/// The steps, as metrics and the status call them.
const DEREFERENCE: &str = "dereference";
const APPLY: &str = "apply";
const ORPHANS: &str = "orphans";
const STATUS: &str = "status";
const FINALIZER: &str = "finalizer";
const DELETION: &str = "deletion";

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
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let mut memory = context.recall(&namespace, &name);
    if cluster.metadata.deletion_timestamp.is_some() {
        let ended = deletion::end(cluster, &context, &mut memory).await;
        let result = match ended {
            Ok(next) => Ok(next),
            Err(error) => settle(&context, &mut memory, Some((DELETION, error))),
        };
        count(&context, cluster, "deleted", &result, began);
        context.remember(&namespace, &name, memory);
        return result;
    }
    let (outcome, known) = steps(cluster, &context, &mut memory).await;
    let waits_for_somebody = known.waits_for_somebody();
    let seen = Seen {
        load: memory.load,
        known,
        applied: &memory.applied,
    };
    let written = status::write(cluster, &context, &outcome, seen, &mut memory.written).await;
    let failure = match (&outcome, written) {
        (Outcome::Failed { step, error, .. }, _) => Some((*step, error.clone())),
        (_, Err(error)) => Some((STATUS, error)),
        (_, Ok(())) => None,
    };
    let mut result = settle(&context, &mut memory, failure);
    count(&context, cluster, outcome.word(), &result, began);
    if let (Ok(next), Some(valid)) = (&mut result, outcome.valid()) {
        let sooner = weigh(&context, valid, &mut memory, waits_for_somebody).await;
        *next = sooner.unwrap_or_else(|| next.clone());
    }
    context.remember(&namespace, &name, memory);
    result
}

/// Asks pods what they carry: after the status, which must not wait for those that do not answer. What has moved stands in the next one. When
/// to look again, if that is sooner than at rest.
async fn weigh(
    context: &Context,
    valid: &ValidatedCluster,
    memory: &mut Memory,
    waits_for_somebody: bool,
) -> Option<Action> {
    let load = memory.load.renewed(context, valid).await;
    let is_moving = load.differs(&memory.load) || load.is_behind || waits_for_somebody;
    memory.load = load;
    match memory.is_scaling_in {
        true => Some(patience::scaling_in()),
        false => is_moving.then(patience::soon),
    }
}

/// Counts a reconcile by what it came to, and says why it failed.
fn count(
    context: &Context,
    cluster: &ChatCluster,
    outcome: &'static str,
    result: &Result<Action, Error>,
    began: Instant,
) {
    let metrics = &context.shared.metrics;
    let Err(Error { step, why, failures }) = result else {
        return metrics.reconciled(outcome, began.elapsed());
    };
    metrics.reconciled("failed", began.elapsed());
    let (namespace, name) = (cluster.namespace(), cluster.name_any());
    tracing::warn!(
        namespace,
        name,
        step,
        why,
        failures,
        "a reconcile failed and is tried again"
    );
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

/// All steps but the status; what they came to, for the status to say, and what is known of the servers.
async fn steps(cluster: &ChatCluster, context: &Context, memory: &mut Memory) -> (Outcome, Known) {
    memory.is_scaling_in = false;
    if context.children.ready().await.is_err() {
        return nothing(Outcome::failed(
            DEREFERENCE,
            "the API server does not list what there is",
            None,
        ));
    }
    let began = Instant::now();
    let found = dereference::dereference(cluster, context, &mut memory.keys).await;
    context.shared.metrics.stepped(DEREFERENCE, began.elapsed());
    let Found {
        facts,
        keys,
        secrets,
        awaited,
    } = match found {
        Ok(found) => found,
        Err(dereference::Error::Invalid(wrong)) => return nothing(Outcome::Invalid(wrong)),
        Err(dereference::Error::Failed(error)) => return nothing(Outcome::failed(DEREFERENCE, error, None)),
    };
    if let (Some(secret), false) = (awaited, cluster.spec.paused) {
        return nothing(ask_strimzi(cluster, context, &facts, memory, &secret).await);
    }
    let valid = match resolve(cluster, context, facts, &secrets).await {
        Ok(valid) => valid,
        Err(wrong) => return nothing(Outcome::Invalid(wrong)),
    };
    carry_out(cluster, context, memory, valid, &secrets, keys.as_ref()).await
}

/// What is left once it is known what shall be.
async fn carry_out(
    cluster: &ChatCluster,
    context: &Context,
    memory: &mut Memory,
    valid: ValidatedCluster,
    secrets: &Secrets,
    keys: Option<&KeySet>,
) -> (Outcome, Known) {
    let place = (valid.namespace.clone(), valid.name.clone());
    let access = Arc::new(Access::of(cluster, &valid, secrets));
    let is_held = cluster.spec.deletion_policy == DeletionPolicy::Delete && access.is_outside();
    memory.access = is_held.then(|| access.clone());
    let known = context.shared.upkeep.known(&place, access);
    if cluster.spec.paused {
        return (Outcome::Paused(Box::new(valid)), known);
    }
    if let Err(error) = finalizer::set(&context.shared.client, cluster, is_held).await {
        return (Outcome::failed(FINALIZER, error, Some(valid)), known);
    }
    let mut objects = build::objects(&valid, keys);
    let is_there = |object: &Object| {
        context
            .children
            .find(object.kind, &valid.namespace, &object.name)
            .is_some()
    };
    holding::hold_back(&valid, &mut objects, known.has_topics(), is_there);
    memory.is_scaling_in = scale_in::pace(context, &valid, &mut objects).await;
    let outcome = match bring(context, &valid, memory, &objects).await {
        Ok(()) => Outcome::Applied(Box::new(valid)),
        Err((step, error)) => Outcome::failed(step, error, Some(valid)),
    };
    (outcome, known)
}

/// What came to an end before any server was thought of.
fn nothing(outcome: Outcome) -> (Outcome, Known) {
    (outcome, Known::default())
}

/// As long as Strimzi has not made our user's Secret, there is only made what it makes that of. Pods that run stay as they are, and new ones
/// would be rolled as soon as it is there.
async fn ask_strimzi(
    cluster: &ChatCluster,
    context: &Context,
    facts: &Facts,
    memory: &mut Memory,
    secret: &str,
) -> Outcome {
    let valid = match validate::validate(cluster, facts) {
        Ok(valid) => valid,
        Err(wrong) => return Outcome::Invalid(wrong),
    };
    let mut objects = build::objects(&valid, None);
    objects.retain(|object| [&KAFKA_USER, &KAFKA_TOPIC].contains(&object.kind));
    let applied = apply::apply(context, &valid, &mut memory.applied, &objects).await;
    let (step, why) = match applied {
        Ok(()) => (
            DEREFERENCE,
            format!("Secret {secret} does not hold yet what is needed: Strimzi makes it of KafkaUser {secret}"),
        ),
        Err(error) => (APPLY, error),
    };
    Outcome::failed(step, why, Some(valid))
}

/// Validates. A ChatCluster that is new finds the topic of one that had its name: how many partitions that has is for good.
async fn resolve(
    cluster: &ChatCluster,
    context: &Context,
    mut facts: Facts,
    secrets: &Secrets,
) -> Result<ValidatedCluster, Vec<Invalid>> {
    let valid = validate::validate(cluster, &facts)?;
    if facts.partitions.is_some() || cluster.spec.paused {
        return Ok(valid);
    }
    let place = (valid.namespace.clone(), valid.name.clone());
    let access = Arc::new(Access::of(cluster, &valid, secrets));
    facts.partitions = context.shared.upkeep.partitions(&place, access).await;
    match facts.partitions {
        None => Ok(valid),
        Some(_) => validate::validate(cluster, &facts),
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
