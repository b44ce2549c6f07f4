//! What of a role is decided: how many pods, who says so, what they may use, how long they need to go.

use serde_json::{Map, Value, json};
use talkline_crds::{
    ChatClusterSpec,
    spec::{Amounts, Autoscaling, AutoscalingKind, DrainSpec, PodTemplate, Resources},
};

use super::{Apis, Facts, Invalid, image};
use crate::plan::{Plan, Size};

/// Who says how many pods there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// The ChatCluster, or its plan.
    Fixed,
    /// A HorizontalPodAutoscaler, by CPU.
    Hpa(Autoscaling),
    /// KEDA, by the role's own load and CPU.
    Keda(Autoscaling),
}

/// Gateways, or workers.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// Pods at first, and for good where nobody scales.
    pub(crate) replicas: u32,
    /// Who scales.
    pub(crate) scaling: Scaling,
    /// `resources` of the container.
    pub(crate) resources: Value,
    /// Seconds that a new pod must have been ready before an old one goes: as long as that one's drain takes.
    pub(crate) min_ready_seconds: u32,
    /// Seconds from the signal to end until the pod is killed: more than its drain ever takes.
    pub(crate) grace_seconds: u32,
    /// Whether its pods are told how many threads to run on.
    pub(crate) is_told_threads: bool,
    /// Overrides, in the order in which they are merged.
    pub(crate) overrides: Vec<PodTemplate>,
}

/// Seconds between the end of a drain and the pod being killed: for what was asked for to be answered, and the log to be written.
const MARGIN: u32 = 30;

/// Seconds between a gateway's drain and the next one's, for endpoints to follow.
const PAUSE: u32 = 5;

/// The gateways. A rollout does not wait for pods that terminate, so the time that a new one must be ready is the time that an old one
/// takes to drain when it is full: thus at most one drains at a time.
pub(super) fn gateway(spec: &ChatClusterSpec, plan: &Plan, facts: &Facts, wrong: &mut Vec<Invalid>) -> Role {
    let image = image::reference(&spec.image);
    let gateway = &spec.gateway;
    let template = gateway.pod_template.as_ref();
    Role {
        replicas: plan.gateway.replicas,
        scaling: scaling("spec.gateway", gateway.autoscaling.as_ref(), &facts.apis, wrong),
        resources: resources(gateway.resources.as_ref(), &plan.gateway),
        min_ready_seconds: drain_seconds(&gateway.drain, gateway.sockets.max_per_replica) + PAUSE,
        grace_seconds: gateway.drain.max_seconds + MARGIN,
        is_told_threads: facts.untold.gateway.as_ref() != Some(&image),
        overrides: spec.pod_template.iter().chain(template).cloned().collect(),
    }
}

/// The workers. One that stops hands its partitions over within seconds.
pub(super) fn worker(spec: &ChatClusterSpec, plan: &Plan, facts: &Facts, wrong: &mut Vec<Invalid>) -> Role {
    let image = image::reference(&spec.image);
    let worker = &spec.worker;
    let template = worker.pod_template.as_ref();
    Role {
        replicas: plan.worker.replicas,
        scaling: scaling("spec.worker", worker.autoscaling.as_ref(), &facts.apis, wrong),
        resources: resources(worker.resources.as_ref(), &plan.worker),
        min_ready_seconds: PAUSE,
        grace_seconds: worker.drain_seconds + MARGIN,
        is_told_threads: facts.untold.worker.as_ref() != Some(&image),
        overrides: spec.pod_template.iter().chain(template).cloned().collect(),
    }
}

/// Seconds that a full gateway takes to drain, at the stated pace.
fn drain_seconds(drain: &DrainSpec, sockets: u32) -> u32 {
    let moving = (u64::from(sockets) * 60).div_ceil(u64::from(drain.sockets_per_minute));
    let whole = u64::from(drain.accept_seconds) + moving;
    // What is left after the longest drain is closed at once.
    u32::try_from(whole).map_or(drain.max_seconds, |whole| whole.min(drain.max_seconds))
}

fn scaling(field: &str, autoscaling: Option<&Autoscaling>, apis: &Apis, wrong: &mut Vec<Invalid>) -> Scaling {
    let Some(bounds) = autoscaling else {
        return Scaling::Fixed;
    };
    match bounds.kind {
        AutoscalingKind::Hpa => Scaling::Hpa(bounds.clone()),
        AutoscalingKind::Keda => {
            if !apis.keda {
                let message = "KEDA is not installed (keda.sh/v1alpha1 is not served): install it, or choose Hpa";
                wrong.push(Invalid::new(&format!("{field}.autoscaling.kind"), message));
            }
            Scaling::Keda(bounds.clone())
        }
    }
}

/// As stated, or as planned. No limit of CPU is planned: past a request nobody suffers while a core is idle, and a limit would only
/// make the slowest requests slower.
fn resources(stated: Option<&Resources>, planned: &Size) -> Value {
    let Some(stated) = stated else {
        return json!({
            "requests": { "cpu": format!("{}m", planned.cpu_millis), "memory": format!("{}Mi", planned.memory_mib) },
            "limits": { "memory": format!("{}Mi", planned.memory_limit_mib) },
        });
    };
    let mut resources = Map::new();
    for (name, stated) in [("requests", &stated.requests), ("limits", &stated.limits)] {
        let amounts = amounts(stated);
        if !amounts.is_empty() {
            resources.insert(name.to_owned(), Value::Object(amounts));
        }
    }
    Value::Object(resources)
}

fn amounts(stated: &Amounts) -> Map<String, Value> {
    let amounts = [("cpu", &stated.cpu), ("memory", &stated.memory)];
    let stated = amounts
        .into_iter()
        .filter_map(|(name, amount)| Some((name.to_owned(), json!(amount.as_ref()?))));
    stated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gateway_drains_before_the_next_one_may() {
        let drain = DrainSpec::default();
        assert_eq!(
            drain_seconds(&drain, 20_000),
            205,
            "5 s of grace, 20,000 sockets at 100 a second"
        );
        assert_eq!(drain_seconds(&drain, 1), 6);
        let slow = DrainSpec {
            sockets_per_minute: 60,
            ..drain
        };
        assert_eq!(
            drain_seconds(&slow, 1_000_000),
            600,
            "and never longer than the longest"
        );
    }

    #[test]
    fn stated_resources_stand_whole() {
        let planned = Size {
            replicas: 2,
            cpu_millis: 150,
            memory_mib: 320,
            memory_limit_mib: 640,
        };
        let stated = Resources {
            requests: Amounts {
                cpu: Some("2".to_owned()),
                memory: None,
            },
            limits: Amounts::default(),
        };
        assert_eq!(
            resources(Some(&stated), &planned),
            json!({ "requests": { "cpu": "2" } })
        );
        let planned = resources(None, &planned);
        assert_eq!(planned["requests"], json!({ "cpu": "150m", "memory": "320Mi" }));
        assert_eq!(planned["limits"], json!({ "memory": "640Mi" }));
    }
}
