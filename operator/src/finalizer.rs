//! The finalizer: it holds a ChatCluster back as long as something of it, outside the cluster, shall go before it.

use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams},
};
use serde_json::json;
use talkline_crds::ChatCluster;

use crate::apply::reason;

/// Its name.
const FINALIZER: &str = "talkline.dev/servers";

/// Whether it is held back.
pub(crate) fn holds(cluster: &ChatCluster) -> bool {
    cluster.finalizers().iter().any(|name| name == FINALIZER)
}

/// Holds it back, or lets it go; nothing is written where that is so already. Others' finalizers stay.
///
/// # Errors
/// The API server does not take it: somebody else has changed the ChatCluster meanwhile, for one.
pub(crate) async fn set(client: &Client, cluster: &ChatCluster, held: bool) -> Result<(), String> {
    if holds(cluster) == held {
        return Ok(());
    }
    let mut finalizers: Vec<&str> = cluster.finalizers().iter().map(String::as_str).collect();
    finalizers.retain(|name| *name != FINALIZER);
    finalizers.extend(held.then_some(FINALIZER));
    // As it was seen: the whole list is written.
    let patch =
        json!({ "metadata": { "finalizers": finalizers, "resourceVersion": cluster.metadata.resource_version } });
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let api: Api<ChatCluster> = Api::namespaced(client.clone(), &namespace);
    match api
        .patch_metadata(&name, &PatchParams::default(), &Patch::Merge(&patch))
        .await
    {
        Ok(_) => Ok(()),
        // It is gone.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(format!("the finalizer is not taken: {}", reason(&error))),
    }
}
