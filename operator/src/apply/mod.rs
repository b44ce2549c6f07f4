//! Server-side apply, in stages. What is as it was applied is not applied again, so that at rest nothing is written.

mod replicas;
mod trace;

use futures::future::join_all;
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
};
use serde_json::Value;

use crate::{
    build::{Kind, OPERATOR, Object, Stage},
    controller::{self, Context},
    validate::ValidatedCluster,
};

pub(crate) use trace::Applied;

/// Objects of a stage that are applied at once.
const AT_ONCE: usize = 16;

/// Applies what is not as it shall be, stage by stage.
///
/// # Errors
/// The first object that the API server does not take: the kind, the name, and its reason. The stages behind it wait.
pub(crate) async fn apply(
    context: &Context,
    cluster: &ValidatedCluster,
    applied: &mut Applied,
    objects: &[Object],
) -> Result<(), String> {
    let shared = &context.shared;
    for stage in Stage::ALL {
        let is_due = |object: &&Object| {
            let live = || context.children.find(object.kind, &cluster.namespace, &object.name);
            object.kind.stage() == stage && !applied.holds(object, live().as_deref())
        };
        let due: Vec<&Object> = objects.iter().filter(is_due).collect();
        let mut refused = None;
        for some in due.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|object| one(&shared.client, cluster, object))).await;
            for (object, answer) in some.iter().zip(answers) {
                shared.metrics.applied(object.kind.kind, answer.is_ok());
                match answer {
                    Ok(answer) => applied.note(object, &answer),
                    Err(error) => drop(refused.get_or_insert((*object, error))),
                }
            }
        }
        if let Some((object, error)) = refused {
            let (kind, name) = (object.kind.kind, &object.name);
            return Err(format!("{kind} {name} is not taken: {}", reason(&error)));
        }
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
