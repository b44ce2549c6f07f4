//! What waits for something that is not Kubernetes' own.

use crate::{
    build::{Object, SCALED_OBJECT},
    validate::ValidatedCluster,
};

/// Leaves out the workers' KEDA scaler until their topic is known to be there: without it KEDA reports a trigger that fails, and its older
/// versions that nothing waits, for which they take workers away. A scaler that is there already stays, whatever is known now.
pub(super) fn hold_back(
    cluster: &ValidatedCluster,
    objects: &mut Vec<Object>,
    has_topics: bool,
    is_there: impl Fn(&Object) -> bool,
) {
    let name = cluster.child("worker");
    let reads_lag = |object: &Object| object.kind == &SCALED_OBJECT && object.name == name;
    objects.retain(|object| has_topics || !reads_lag(object) || is_there(object));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{self, tests::example};

    #[test]
    fn trap_topics_come_before_scaled_objects() {
        let cluster = example("production");
        let scalers = |has_topics: bool, is_there: bool| {
            let mut objects = build::objects(&cluster, None);
            hold_back(&cluster, &mut objects, has_topics, |_| is_there);
            let scalers = objects.into_iter().filter(|object| object.kind == &SCALED_OBJECT);
            scalers.map(|object| object.name).collect::<Vec<_>>()
        };
        assert_eq!(
            scalers(false, false),
            ["chat-gateway"],
            "sockets are asked of Prometheus"
        );
        assert_eq!(scalers(true, false), ["chat-gateway", "chat-worker"]);
        assert_eq!(scalers(false, true), ["chat-gateway", "chat-worker"], "Kafka is down");
    }
}
