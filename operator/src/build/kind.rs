//! The kinds of objects that a ChatCluster and a ChatLoadTest become.

/// A kind of the API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Group and version.
    pub(crate) api_version: &'static str,
    /// Its name.
    pub(crate) kind: &'static str,
    /// Its name in a path.
    pub(crate) plural: &'static str,
}

/// When an object is applied: what pods refer to, and what closes their network, before the pods; what scales them, leads to them or
/// watches them afterwards. Within a stage no order matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before there are pods.
    Ground,
    /// What makes pods.
    Workloads,
    /// What needs them.
    Around,
}

impl Stage {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 3] = [Self::Ground, Self::Workloads, Self::Around];
}

impl Kind {
    const fn new(api_version: &'static str, kind: &'static str, plural: &'static str) -> Self {
        Self {
            api_version,
            kind,
            plural,
        }
    }

    /// The group; empty for the core's.
    pub(crate) fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The version.
    pub(crate) fn version(&self) -> &'static str {
        self.api_version
            .split_once('/')
            .map_or(self.api_version, |(_, version)| version)
    }

    /// When objects of it are applied.
    pub(crate) fn stage(&self) -> Stage {
        match self.kind {
            "Deployment" | "StatefulSet" | "Job" => Stage::Workloads,
            "HorizontalPodAutoscaler" | "ScaledObject" | "Ingress" | "HTTPRoute" | "PodMonitor" | "PrometheusRule" => {
                Stage::Around
            }
            _ => Stage::Ground,
        }
    }

    /// Whether every cluster serves it; else its API can appear and vanish.
    pub(crate) fn is_builtin(&self) -> bool {
        !self.group().contains('.') || self.group().ends_with(".k8s.io") && self.group() != "gateway.networking.k8s.io"
    }
}

/// ServiceAccounts.
pub(crate) const SERVICE_ACCOUNT: Kind = Kind::new("v1", "ServiceAccount", "serviceaccounts");
/// Secrets.
pub(crate) const SECRET: Kind = Kind::new("v1", "Secret", "secrets");
/// ConfigMaps.
pub(crate) const CONFIG_MAP: Kind = Kind::new("v1", "ConfigMap", "configmaps");
/// Services.
pub(crate) const SERVICE: Kind = Kind::new("v1", "Service", "services");
/// Deployments.
pub(crate) const DEPLOYMENT: Kind = Kind::new("apps/v1", "Deployment", "deployments");
/// StatefulSets.
pub(crate) const STATEFUL_SET: Kind = Kind::new("apps/v1", "StatefulSet", "statefulsets");
/// HorizontalPodAutoscalers.
pub(crate) const AUTOSCALER: Kind = Kind::new("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers");
/// PodDisruptionBudgets.
pub(crate) const DISRUPTION_BUDGET: Kind = Kind::new("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets");
/// NetworkPolicies.
pub(crate) const NETWORK_POLICY: Kind = Kind::new("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies");
/// Ingresses.
pub(crate) const INGRESS: Kind = Kind::new("networking.k8s.io/v1", "Ingress", "ingresses");
/// Gateway API's routes.
pub(crate) const HTTP_ROUTE: Kind = Kind::new("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes");
/// KEDA's scalers.
pub(crate) const SCALED_OBJECT: Kind = Kind::new("keda.sh/v1alpha1", "ScaledObject", "scaledobjects");
/// KEDA's credentials.
pub(crate) const TRIGGER_AUTHENTICATION: Kind =
    Kind::new("keda.sh/v1alpha1", "TriggerAuthentication", "triggerauthentications");
/// What Prometheus scrapes.
pub(crate) const POD_MONITOR: Kind = Kind::new("monitoring.coreos.com/v1", "PodMonitor", "podmonitors");
/// What Prometheus computes and reports.
pub(crate) const PROMETHEUS_RULE: Kind = Kind::new("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules");
/// Strimzi's clusters, which are not ours: only looked at.
pub(crate) const KAFKA: Kind = Kind::new("kafka.strimzi.io/v1", "Kafka", "kafkas");
/// Strimzi's topics.
pub(crate) const KAFKA_TOPIC: Kind = Kind::new("kafka.strimzi.io/v1", "KafkaTopic", "kafkatopics");
/// Strimzi's users.
pub(crate) const KAFKA_USER: Kind = Kind::new("kafka.strimzi.io/v1", "KafkaUser", "kafkausers");

/// Jobs, which a load test has.
pub(crate) const JOB: Kind = Kind::new("batch/v1", "Job", "jobs");

/// All that a ChatCluster has: among these are looked for what a cluster had and has no more.
pub(crate) const OWNED: [&Kind; 17] = [
    &SERVICE_ACCOUNT,
    &SECRET,
    &CONFIG_MAP,
    &SERVICE,
    &DEPLOYMENT,
    &STATEFUL_SET,
    &AUTOSCALER,
    &DISRUPTION_BUDGET,
    &NETWORK_POLICY,
    &INGRESS,
    &HTTP_ROUTE,
    &SCALED_OBJECT,
    &TRIGGER_AUTHENTICATION,
    &POD_MONITOR,
    &PROMETHEUS_RULE,
    &KAFKA_TOPIC,
    &KAFKA_USER,
];

/// Those that scale Deployments.
pub(crate) const SCALERS: [&Kind; 2] = [&AUTOSCALER, &SCALED_OBJECT];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_pods_refer_to_comes_after_them() {
        for kind in [&SERVICE_ACCOUNT, &SECRET, &CONFIG_MAP, &NETWORK_POLICY, &KAFKA_USER] {
            assert_eq!(kind.stage(), Stage::Ground, "{}", kind.kind);
        }
        assert_eq!(TRIGGER_AUTHENTICATION.stage(), Stage::Ground, "its scaler refers to it");
        for scaler in SCALERS {
            assert_eq!(scaler.stage(), Stage::Around, "{}", scaler.kind);
        }
    }

    #[test]
    fn optional_kinds_are_those_of_other_peoples_groups() {
        let optional: Vec<_> = OWNED
            .iter()
            .filter(|kind| !kind.is_builtin())
            .map(|kind| kind.kind)
            .collect();
        let expected = [
            "HTTPRoute",
            "ScaledObject",
            "TriggerAuthentication",
            "PodMonitor",
            "PrometheusRule",
            "KafkaTopic",
            "KafkaUser",
        ];
        assert_eq!(optional, expected);
        assert_eq!((CONFIG_MAP.group(), CONFIG_MAP.version()), ("", "v1"));
        assert_eq!((INGRESS.group(), INGRESS.version()), ("networking.k8s.io", "v1"));
    }
}
