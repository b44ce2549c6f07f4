//! Fewer gateways where their number is fixed: one at a time, the one with the fewest sockets first, each after the last one's drain.
//! Kubernetes would let all of them drain at once, and whoever stays would be stormed. Scalers have a pace of their own.

use k8s_openapi::{api::core::v1::Pod, jiff::Timestamp};
use serde_json::json;

use super::Context;
use crate::{
    build::{Component, DEPLOYMENT, Object},
    load,
    status::Role,
    validate::{Scaling, ValidatedCluster},
};

/// The gateways' pods, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pods {
    /// Those that are ready and stay.
    ready: u32,
    /// Those that were told to go, and whose time for it is not over.
    draining: u32,
}

/// Lowers the number of gateways in `objects` no further than may be now; whether more are to go later.
pub(super) async fn pace(context: &Context, cluster: &ValidatedCluster, objects: &mut [Object]) -> bool {
    let wanted = cluster.gateway.replicas;
    let name = cluster.child(Component::Gateway.name());
    let live = context.children.find(&DEPLOYMENT, &cluster.namespace, &name);
    let there = live.as_ref().and_then(|live| live.data["replicas"].as_u64());
    let (Some(live), Some(there)) = (live, there.and_then(|there| u32::try_from(there).ok())) else {
        return false;
    };
    let is_wanted = |object: &&mut Object| object.kind == &DEPLOYMENT && object.name == name;
    let deployment = objects.iter_mut().find(is_wanted);
    let (Scaling::Fixed, true, Some(deployment)) = (&cluster.gateway.scaling, there > wanted, deployment) else {
        return false;
    };
    let next = match load::pods(context, cluster, Component::Gateway).await {
        Some(pods) => next(
            wanted,
            there,
            Pods::of(&pods, Timestamp::now()),
            is_rolling(&Role::of(&live, None)),
        ),
        None => there,
    };
    if next < there {
        load::order_gateways(context, cluster).await;
    }
    deployment.value["spec"]["replicas"] = json!(next);
    next > wanted
}

/// A rollout takes gateways away at a pace of its own. One that is stuck takes none.
fn is_rolling(role: &Role) -> bool {
    !role.is_current || role.updated < role.replicas && role.stuck.is_none()
}

/// How many there may be next. Pods that are not ready have no sockets, and Kubernetes takes them first.
fn next(wanted: u32, there: u32, pods: Pods, is_rolling: bool) -> u32 {
    let is_going = pods.draining > 0 || pods.ready > there || is_rolling;
    let least = if is_going {
        pods.ready
    } else {
        pods.ready.saturating_sub(1)
    };
    least.clamp(wanted, there)
}

impl Pods {
    fn of(pods: &[Pod], now: Timestamp) -> Self {
        let count = |is: &dyn Fn(&&Pod) -> bool| u32::try_from(pods.iter().filter(is).count()).unwrap_or(u32::MAX);
        // The time at which it is killed at the latest; one that is there after it has lost its node.
        let is_draining = |pod: &&Pod| {
            pod.metadata
                .deletion_timestamp
                .as_ref()
                .is_some_and(|until| until.0 > now)
        };
        Self {
            ready: count(&|pod| load::is_ready(pod)),
            draining: count(&is_draining),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::SignedDuration;
    use serde_json::Value;

    use super::*;

    #[test]
    fn trap_a_fixed_number_that_falls_lets_one_gateway_drain_at_a_time() {
        let pods = |ready: u32, draining: u32| Pods { ready, draining };
        for (there, pods, is_rolling, expected, why) in [
            (4, pods(4, 0), false, 3, "one goes"),
            (3, pods(4, 0), false, 3, "it has not been told yet"),
            (3, pods(3, 1), false, 3, "it drains"),
            (3, pods(3, 0), false, 2, "it has gone, the next one goes"),
            (2, pods(2, 0), false, 1, "and the last one"),
            (
                4,
                pods(2, 1),
                false,
                2,
                "those that are not ready have nothing to drain",
            ),
            (9, pods(1, 0), false, 1, "all that never became ready go at once"),
            (4, pods(0, 0), false, 1, "no gateway is ready"),
            (4, pods(4, 0), true, 4, "a rollout takes some itself"),
            (4, pods(5, 0), true, 4, "it has one more for a while"),
        ] {
            assert_eq!(next(1, there, pods, is_rolling), expected, "{why}");
        }
    }

    #[test]
    fn trap_a_pod_whose_node_is_lost_does_not_hold_the_others() {
        let now = Timestamp::UNIX_EPOCH;
        let pod = |until: Option<i64>, ready: &str| -> Pod {
            let until = until.map(|seconds| (now + SignedDuration::from_secs(seconds)).to_string());
            let metadata: Value = json!({ "deletionTimestamp": until });
            let status = json!({ "conditions": [{ "type": "Ready", "status": ready }] });
            serde_json::from_value(json!({ "metadata": metadata, "status": status })).unwrap()
        };
        let pods = [
            pod(None, "True"),
            pod(None, "False"),
            pod(Some(5), "True"),
            pod(Some(-5), "False"),
        ];
        assert_eq!(Pods::of(&pods, now), Pods { ready: 1, draining: 1 });
    }

    #[test]
    fn a_rollout_that_is_stuck_takes_no_gateway_away() {
        let rolling = Role {
            replicas: 5,
            updated: 1,
            is_current: true,
            ..Role::default()
        };
        assert!(is_rolling(&rolling));
        let stuck = Some(("ProgressDeadlineExceeded".to_owned(), String::new()));
        assert!(!is_rolling(&Role {
            stuck,
            ..rolling.clone()
        }));
        assert!(!is_rolling(&Role { updated: 5, ..rolling }));
        assert!(
            is_rolling(&Role::default()),
            "nothing is known of the newest template yet"
        );
    }
}
