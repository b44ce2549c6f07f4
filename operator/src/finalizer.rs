//! The finalizer: it holds a ChatCluster back as long as something of it, outside the cluster, shall go before it.

use std::fmt;

use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use talkline_crds::ChatCluster;

use crate::apply::reason;

/// Its name.
const FINALIZER: &str = "talkline.dev/servers";

/// Whether it is held back.
pub(crate) fn holds(cluster: &ChatCluster) -> bool {
    cluster.finalizers().iter().any(|name| name == FINALIZER)
}

/// Holds it back, or lets it go; nothing is written where that is so already. Others' finalizers stay, and what else others write of it
/// meanwhile does not matter: it may have been seen long ago, since servers were asked for a while.
///
/// # Errors
/// The API server does not take it: somebody else has changed the finalizers meanwhile, for one.
pub(crate) async fn set(client: &Client, cluster: &ChatCluster, held: bool) -> Result<(), String> {
    let Some(patch) = patch(cluster, held) else {
        return Ok(());
    };
    let refused = |error: &dyn fmt::Display| format!("the finalizer is not taken: {error}");
    let patch = serde_json::from_value(patch).map_err(|error| refused(&error))?;
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let api: Api<ChatCluster> = Api::namespaced(client.clone(), &namespace);
    match api
        .patch_metadata(&name, &PatchParams::default(), &Patch::<()>::Json(patch))
        .await
    {
        Ok(_) => Ok(()),
        // It is gone.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(refused(&reason(&error))),
    }
}

/// What makes it so, as a JSON patch (RFC 6902) that is refused where this is another ChatCluster by now, or the finalizers are not as they
/// were seen; none where it is so.
fn patch(cluster: &ChatCluster, held: bool) -> Option<Value> {
    let finalizers = cluster.finalizers();
    let place = finalizers.iter().position(|name| name == FINALIZER);
    let is_same = json!({ "op": "test", "path": "/metadata/uid", "value": cluster.metadata.uid });
    let at = |place: &dyn fmt::Display| format!("/metadata/finalizers/{place}");
    match (place, held) {
        (Some(_), true) | (None, false) => None,
        (None, true) if finalizers.is_empty() => Some(json!([
            is_same,
            { "op": "test", "path": "/metadata/finalizers", "value": null },
            { "op": "add", "path": "/metadata/finalizers", "value": [FINALIZER] },
        ])),
        (None, true) => Some(json!([is_same, { "op": "add", "path": at(&"-"), "value": FINALIZER }])),
        (Some(place), false) => Some(json!([
            is_same,
            { "op": "test", "path": at(&place), "value": FINALIZER },
            { "op": "remove", "path": at(&place) },
        ])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::tests::document;

    #[test]
    fn what_is_so_already_is_not_written() {
        assert_eq!(patch(&cluster(&[FINALIZER, "other"]), true), None);
        assert_eq!(patch(&cluster(&["other"]), false), None);
    }

    #[test]
    fn others_finalizers_stay_and_one_that_moved_is_not_mistaken() {
        let is_same = json!({ "op": "test", "path": "/metadata/uid", "value": "1" });
        let first = json!([
            is_same,
            { "op": "test", "path": "/metadata/finalizers", "value": null },
            { "op": "add", "path": "/metadata/finalizers", "value": [FINALIZER] },
        ]);
        assert_eq!(patch(&cluster(&[]), true), Some(first));
        let beside = json!([is_same, { "op": "add", "path": "/metadata/finalizers/-", "value": FINALIZER }]);
        assert_eq!(patch(&cluster(&["other"]), true), Some(beside));
        let gone = json!([
            is_same,
            { "op": "test", "path": "/metadata/finalizers/1", "value": FINALIZER },
            { "op": "remove", "path": "/metadata/finalizers/1" },
        ]);
        assert_eq!(patch(&cluster(&["other", FINALIZER]), false), Some(gone));
    }

    fn cluster(finalizers: &[&str]) -> ChatCluster {
        let mut cluster: ChatCluster = talkline_crds::load(&document("  {}")).unwrap();
        cluster.metadata.uid = Some("1".to_owned());
        cluster.metadata.finalizers = Some(finalizers.iter().map(|&name| name.to_owned()).collect());
        cluster
    }
}
