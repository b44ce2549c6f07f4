//! The configuration of gateways and workers: one file for both roles. Nothing in it is secret.

use serde_json::json;

use super::{Object, kind, object::PARTITIONS, settings};
use crate::validate::ValidatedCluster;

/// The file's name.
pub(super) const FILE: &str = "talkline.yaml";

pub(super) fn build(cluster: &ValidatedCluster) -> Object {
    let settings = settings::of(cluster);
    let text = serde_saphyr::to_string(&settings.yaml).unwrap_or_else(|_| settings.yaml.to_string());
    let body = json!({ "data": { FILE: text } });
    let partitions = cluster.partitions.to_string();
    Object::new(cluster, &kind::CONFIG_MAP, "config", cluster.child("config"), body)
        .annotated([(PARTITIONS, partitions.as_str())])
}
