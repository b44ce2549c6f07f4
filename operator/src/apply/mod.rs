//! Server-side apply, in the order in which the objects were built. What is as it was applied is not applied again, so that at rest nothing
//! is written.

mod replicas;
mod trace;

use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
};
use serde_json::Value;

use crate::{
    build::{Kind, OPERATOR, Object},
    controller::{self, Context},
    validate::ValidatedCluster,
};

pub(crate) use trace::Applied;

/// Applies what is not as it shall be.
///
/// # Errors
/// The first object that the API server does not take: the kind, the name, and its reason. What stands behind it waits.
pub(crate) async fn apply(
    context: &Context,
    cluster: &ValidatedCluster,
    applied: &mut Applied,
    objects: &[Object],
) -> Result<(), String> {
    for object in objects {
        let live = context.children.find(object.kind, &cluster.namespace, &object.name);
        if applied.holds(object, live.as_deref()) {
            continue;
        }
        let answer = one(&context.shared.client, cluster, object).await;
        let failed =
            |error: kube::Error| format!("{} {} is not taken: {}", object.kind.kind, object.name, reason(&error));
        context.shared.metrics.applied(object.kind.kind, answer.is_ok());
        let answer = answer.map_err(failed)?;
        tracing::debug!(
            namespace = cluster.namespace,
            kind = object.kind.kind,
            name = object.name,
            "applied"
        );
        applied.note(object, &answer);
    }
    Ok(())
}

async fn one(client: &Client, cluster: &ValidatedCluster, object: &Object) -> Result<DynamicObject, kube::Error> {
    let api = api(client, object.kind, &cluster.namespace);
    replicas::hand_over(&api, cluster, object).await?;
    api.patch(&object.name, &as_operator(OPERATOR), &Patch::Apply(&object.value))
        .await
}

/// The objects of a kind in a namespace.
pub(crate) fn api(client: &Client, kind: &Kind, namespace: &str) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), namespace, &controller::resource(kind))
}

/// An apply that takes over what others had set: of these fields there is one owner.
pub(crate) fn as_operator(manager: &str) -> PatchParams {
    PatchParams::apply(manager).force()
}

/// What the API server says, without the form in which it says it.
pub(crate) fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// Whether `wanted` is in `there`, field by field.
fn includes(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| there.get(name).is_some_and(|there| includes(there, wanted))),
        (Value::Array(there), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| there.iter().any(|there| includes(there, wanted))),
        (there, wanted) => there == wanted,
    }
}
