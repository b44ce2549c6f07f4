//! The end of a ChatCluster. What is in the cluster belongs to it and goes with it; what is on servers of others goes before it, where it
//! says so: first the pods, which would make it anew, then the data. Nothing of that holds it up for ever.

use std::{sync::Arc, time::Duration};

use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use kube::{
    Api, Resource as _, ResourceExt as _,
    api::{DeleteParams, ListParams},
    runtime::{
        controller::Action,
        events::{Event, EventType},
    },
};
use talkline_crds::{ChatCluster, DeletionPolicy};

use super::{Context, context::Memory};
use crate::{
    apply::{api, reason},
    build::{Component, DEPLOYMENT, INSTANCE, SELECTOR},
    dereference::{self, Found},
    finalizer,
    upkeep::Access,
    validate,
};

/// Tries to remove what is on servers; each pause between two is twice the last.
const TRIES: u32 = 5;
/// Between two looks at pods that end.
const LOOK: Duration = Duration::from_secs(2);
/// Seconds that pods may take past their longest drain.
const MARGIN: i64 = 90;

/// Brings a ChatCluster that is to be deleted nearer to its end.
///
/// # Errors
/// It cannot go on now, and is tried again.
pub(super) async fn end(cluster: &ChatCluster, context: &Context, memory: &mut Memory) -> Result<Action, String> {
    let place = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    context.shared.upkeep.forget(&place);
    if !finalizer::holds(cluster) {
        return Ok(Action::await_change());
    }
    if cluster.spec.deletion_policy == DeletionPolicy::Delete {
        if are_pods_left(cluster, context).await? && !is_late(cluster) {
            return Ok(Action::requeue(LOOK));
        }
        if memory.tries == 0 {
            // What failed during its life says nothing about how soon its end may be tried again.
            memory.failures = 0;
        }
        memory.tries = memory.tries.saturating_add(1);
        match remove(cluster, context, memory).await {
            Ok(()) => tell(cluster, context, None).await,
            Err(why) if memory.tries < TRIES => return Err(why),
            Err(why) => tell(cluster, context, Some(why)).await,
        }
    }
    finalizer::set(&context.shared.client, cluster, false).await?;
    Ok(Action::await_change())
}

/// Removes gateways and workers, and says whether any is still there.
async fn are_pods_left(cluster: &ChatCluster, context: &Context) -> Result<bool, String> {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let client = &context.shared.client;
    for component in Component::ALL {
        let deployment = format!("{name}-{}", component.name());
        let found = context.children.find(&DEPLOYMENT, &namespace, &deployment);
        if found.is_none_or(|found| found.metadata.deletion_timestamp.is_some()) {
            continue;
        }
        let deleted = api(client, &DEPLOYMENT, &namespace)
            .delete(&deployment, &DeleteParams::background())
            .await;
        match deleted {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_not_found() => {}
            Err(error) => return Err(format!("Deployment {deployment} cannot be removed: {}", reason(&error))),
        }
    }
    let [_, _, part] = SELECTOR;
    let parts = Component::ALL.map(Component::name).join(",");
    let ours = ListParams::default()
        .labels(&format!("{INSTANCE}={name},{part} in ({parts})"))
        .limit(1);
    let pods: Api<Pod> = Api::namespaced(client.clone(), &namespace);
    let pods = pods.list(&ours).await;
    pods.map(|pods| !pods.items.is_empty())
        .map_err(|error| format!("the pods cannot be listed: {}", reason(&error)))
}

/// Whether every pod has had the time that it may take.
fn is_late(cluster: &ChatCluster) -> bool {
    let spec = &cluster.spec;
    let drain = spec.gateway.drain.max_seconds.max(spec.worker.drain_seconds);
    let since = cluster.metadata.deletion_timestamp.as_ref();
    since.is_some_and(|since| Timestamp::now().as_second() > since.0.as_second() + i64::from(drain) + MARGIN)
}

async fn remove(cluster: &ChatCluster, context: &Context, memory: &Memory) -> Result<(), String> {
    let access = match access(cluster, context).await {
        Ok(access) => Arc::new(access),
        // A namespace that goes takes its Secrets along, in no order.
        Err(why) => memory.access.clone().ok_or(why)?,
    };
    context.shared.upkeep.remove(&access).await
}

async fn access(cluster: &ChatCluster, context: &Context) -> Result<Access, String> {
    let found = dereference::dereference(cluster, context, &mut None).await;
    let Found { facts, secrets, .. } = found.map_err(|error| error.to_string())?;
    let valid = validate::validate(cluster, &facts).map_err(|wrong| dereference::Error::Invalid(wrong).to_string())?;
    Ok(Access::of(cluster, &valid, &secrets))
}

/// Says what became of the data. In a namespace that goes nobody is told any more, but whoever reads the log.
async fn tell(cluster: &ChatCluster, context: &Context, left: Option<String>) {
    let (namespace, name) = (cluster.namespace(), cluster.name_any());
    let (type_, reason, note) = match left {
        None => {
            tracing::info!(namespace, name, "removed what it had on servers");
            let note = "what it had on servers of others was removed".to_owned();
            (EventType::Normal, "DataRemoved", note)
        }
        Some(why) => {
            tracing::warn!(namespace, name, why, "it goes, and its data stays on servers");
            (
                EventType::Warning,
                "DataLeft",
                format!("it goes, and this stays behind: {why}"),
            )
        }
    };
    let event = Event {
        type_,
        reason: reason.to_owned(),
        note: Some(note),
        action: "Delete".to_owned(),
        secondary: None,
    };
    if let Err(error) = context.shared.events.publish(&event, &cluster.object_ref(&())).await {
        tracing::debug!(%error, reason, "an event was not taken");
    }
}
