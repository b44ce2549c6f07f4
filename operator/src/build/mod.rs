//! From a [`ValidatedCluster`] to its Kubernetes objects: pure, one file per kind of child.
//!
//! Objects are JSON as the API takes it and not the typed structs of a client library. Those write empty lists and zeros for fields that
//! nobody set, and server-side apply would then own them and fight with whoever does set them. A test reads each object into its typed
//! struct and back, so that a misspelt field is found all the same.

mod autoscaler;
mod config_map;
mod dashboards;
mod deployment;
mod disruption_budget;
mod hash;
mod http_route;
mod ingress;
mod jwt_keys;
mod kind;
mod managed;
mod merge;
mod network;
mod object;
mod pod;
mod pod_monitor;
mod prometheus_rule;
mod scaled_object;
mod service;
mod service_account;
mod settings;
mod strimzi;
mod trigger_authentication;

use crate::validate::{Role, Scaling, ValidatedCluster};

pub(crate) use deployment::REPLICAS;
pub(crate) use hash::hash;
pub(crate) use ingress::url;
pub(crate) use jwt_keys::{KEYS_FILE, KeySet};
pub(crate) use kind::{
    CONFIG_MAP, DEPLOYMENT, HTTP_ROUTE, INGRESS, JOB, KAFKA, KAFKA_TOPIC, KAFKA_USER, Kind, NETWORK_POLICY, OWNED,
    POD_MONITOR, SCALED_OBJECT, SCALERS, SECRET, SERVICE, STATEFUL_SET, Stage,
};
pub(crate) use merge::merge_for;
#[cfg(test)]
pub(crate) use network::evaluator;
pub(crate) use network::{dns, tcp};
pub(crate) use object::{COMPONENT, COSTS, GROUP, INSTANCE, MANAGED_BY, NAME, OPERATOR, Object, PARTITIONS, SELECTOR};
pub(crate) use pod::{THREADS, container_security, pull_policy, security, whole_cores};
pub(crate) use settings::{ADMIN_PORT, HTTP_PORT};
pub(crate) use strimzi::commands_topic;

/// Gateways or workers: what differs between them is decided by this, and nowhere by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    /// Sockets and REST.
    Gateway,
    /// From the log to the store to the sockets.
    Worker,
}

impl Component {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Gateway, Self::Worker];

    /// The label's value, the container's name, and the program's command.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Worker => "worker",
        }
    }

    /// What was decided for it.
    pub(crate) fn role(self, cluster: &ValidatedCluster) -> &Role {
        match self {
            Self::Gateway => &cluster.gateway,
            Self::Worker => &cluster.worker,
        }
    }
}

/// Every object of a cluster, in an order for people: what is referred to before what refers to it. They are applied by [`Stage`].
///
/// `keys` are the signing keys; where they are not known, as in a plan, their Secret has no content.
pub(crate) fn objects(cluster: &ValidatedCluster, keys: Option<&KeySet>) -> Vec<Object> {
    let mut objects = Vec::new();
    objects.extend(Component::ALL.map(|component| service_account::build(cluster, component)));
    objects.extend(jwt_keys::build(cluster, keys));
    objects.push(config_map::build(cluster));
    objects.extend(dashboards::build(cluster));
    objects.extend(network::build(cluster));
    objects.extend(strimzi::build(cluster));
    objects.extend(managed::build(cluster));
    objects.extend(service::build(cluster));
    objects.extend(Component::ALL.map(|component| disruption_budget::build(cluster, component)));
    objects.extend([Component::Worker, Component::Gateway].map(|component| deployment::build(cluster, component)));
    objects.extend(
        Component::ALL
            .into_iter()
            .flat_map(|component| scaler(cluster, component)),
    );
    objects.extend(ingress::build(cluster));
    objects.extend(http_route::build(cluster));
    objects.extend(pod_monitor::build(cluster));
    objects.extend(prometheus_rule::build(cluster));
    objects
}

fn scaler(cluster: &ValidatedCluster, component: Component) -> Vec<Object> {
    match &component.role(cluster).scaling {
        Scaling::Fixed => Vec::new(),
        Scaling::Hpa(bounds) => vec![autoscaler::build(cluster, component, bounds)],
        Scaling::Keda(bounds) => {
            let mut objects: Vec<Object> = match component {
                Component::Gateway => Vec::new(),
                Component::Worker => trigger_authentication::build(cluster).into_iter().collect(),
            };
            objects.push(scaled_object::build(cluster, component, bounds));
            objects
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
