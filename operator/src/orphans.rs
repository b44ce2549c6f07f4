//! What a ChatCluster had and has no more: an autoscaler that was switched off, a server that is somebody else's now. Only what this very
//! ChatCluster owns is removed, and only as it was seen. A KafkaTopic stays until the ChatCluster goes: with it Strimzi deletes what was said.

use kube::{ResourceExt as _, api::DeleteParams, api::Preconditions};

use crate::{
    apply::{api, reason},
    build::{KAFKA_TOPIC, Kind, Object},
    controller::Context,
    validate::ValidatedCluster,
};

/// Removes what of some kinds is not among `objects`.
///
/// # Errors
/// The API server does not let one go.
pub(crate) async fn remove(
    context: &Context,
    cluster: &ValidatedCluster,
    objects: &[Object],
    kinds: &[&'static Kind],
) -> Result<(), String> {
    for kind in kinds.iter().filter(|kind| ***kind != KAFKA_TOPIC) {
        for name in context.children.names(kind, &cluster.namespace, &cluster.name) {
            if objects.iter().any(|object| object.kind == *kind && object.name == name) {
                continue;
            }
            let Some(live) = context.children.find(kind, &cluster.namespace, &name) else {
                continue;
            };
            let is_ours = live
                .owner_references()
                .iter()
                .any(|owner| Some(&owner.uid) == cluster.uid.as_ref());
            if !is_ours || live.metadata.deletion_timestamp.is_some() {
                continue;
            }
            let as_seen = DeleteParams::background().preconditions(Preconditions {
                uid: live.metadata.uid.clone(),
                resource_version: None,
            });
            match api(&context.shared.client, kind, &cluster.namespace)
                .delete(&name, &as_seen)
                .await
            {
                Ok(_) => {
                    context.shared.metrics.removed(kind.kind);
                    tracing::info!(
                        namespace = cluster.namespace,
                        kind = kind.kind,
                        name,
                        "removed what is not wanted any more"
                    );
                }
                // It is gone, or its whole API.
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => return Err(format!("{} {name} cannot be removed: {}", kind.kind, reason(&error))),
            }
        }
    }
    Ok(())
}
