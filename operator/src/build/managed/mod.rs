//! Servers that the operator runs itself, for trying the platform out: one replica each, without copies and without passwords. Only the
//! cluster's own pods reach them (see `network`).

mod kafka;
mod mongo;
mod redis;
mod server;

use super::Object;
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster) -> Vec<Object> {
    let kafka = cluster
        .kafka
        .managed
        .iter()
        .flat_map(|managed| kafka::build(cluster, managed));
    let mongo = cluster
        .mongo
        .managed
        .iter()
        .flat_map(|managed| mongo::build(cluster, managed));
    let redis = cluster
        .redis
        .managed
        .iter()
        .flat_map(|managed| redis::build(cluster, managed));
    kafka.chain(mongo).chain(redis).collect()
}
