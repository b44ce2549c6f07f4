//! What the operator has looked up before it validates. Where nothing can be looked up, as in `plan`, the defaults stand.

use crate::plan::Edition;

/// What is there already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// What is served of the optional APIs.
    pub(crate) apis: Apis,
    /// Partitions that the commands' topic was made with.
    pub(crate) partitions: Option<u32>,
    /// A hash over the Secrets that pods take in at their start.
    pub(crate) secrets_hash: Option<String>,
    /// The listener of Strimzi's Kafka that is named.
    pub(crate) listener: Option<Listener>,
    /// Ports in MongoDB's connection string, where that is in a Secret.
    pub(crate) mongo_ports: Vec<u16>,
    /// Pods that were not told on how many threads to run.
    pub(crate) untold: Untold,
    /// The gateways that there are.
    pub(crate) gateways: Option<Made>,
    /// The workers that there are.
    pub(crate) workers: Option<Made>,
    /// Where the operator itself is; not known in `plan`.
    pub(crate) operator_namespace: Option<String>,
}

/// The images of roles whose pods are of an operator that did not tell them on how many threads to run. They are told when they are
/// rolled for another image: an operator's upgrade by itself rolls nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Untold {
    /// The gateways'.
    pub(crate) gateway: Option<String>,
    /// The workers'.
    pub(crate) worker: Option<String>,
}

/// A role's pods, as they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// Their image.
    pub(crate) image: String,
    /// The unit costs that they were sized by.
    pub(crate) costs: Edition,
}

/// A listener of Strimzi's Kafka, as its resource says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// Some brokers, as `host:port`.
    pub(crate) brokers: Vec<String>,
    /// Whether it speaks TLS.
    pub(crate) is_tls: bool,
    /// Whether the brokers keep lists of who may do what. Strimzi makes no user with rights where they do not.
    pub(crate) has_acls: bool,
}

/// APIs that a cluster may serve or not. They can appear and vanish while the operator runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Apis {
    /// KEDA: `keda.sh/v1alpha1`.
    pub(crate) keda: bool,
    /// Gateway API: `gateway.networking.k8s.io/v1`.
    pub(crate) gateway_api: bool,
    /// And what its routes can say.
    pub(crate) routes: RouteFields,
    /// Prometheus operator: `monitoring.coreos.com/v1`.
    pub(crate) prometheus: bool,
    /// Strimzi: `kafka.strimzi.io/v1`, which it serves since 0.49.
    pub(crate) strimzi: bool,
}

/// Fields of Gateway API's routes that not every version and channel has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RouteFields {
    /// That a client is kept at its gateway; the standard channel has none.
    pub(crate) persistence: bool,
    /// How long an answer may take; since 1.2.
    pub(crate) timeouts: bool,
}

impl Apis {
    /// Whether a group is served; those that no cluster lacks always are.
    pub(crate) fn serve(&self, group: &str) -> bool {
        match group {
            "keda.sh" => self.keda,
            "gateway.networking.k8s.io" => self.gateway_api,
            "monitoring.coreos.com" => self.prometheus,
            "kafka.strimzi.io" => self.strimzi,
            _ => true,
        }
    }

    /// A cluster that serves everything: what `plan` shows.
    pub(crate) const ALL: Self = Self {
        keda: true,
        gateway_api: true,
        routes: RouteFields {
            persistence: true,
            timeouts: true,
        },
        prometheus: true,
        strimzi: true,
    };
}
