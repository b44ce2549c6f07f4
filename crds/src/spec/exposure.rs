//! How clients reach the gateways: the Service, and an Ingress or a Gateway API route in front of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded;

/// The Service in front of the gateways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// How far the Service reaches.
    #[serde(rename = "type")]
    pub kind: ServiceType,

    /// The port that it listens on.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: u16,

    /// Annotations of the Service, for a cloud's load balancer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "bounded::annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// How far a Service reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServiceType {
    /// Inside the cluster.
    #[default]
    ClusterIP,
    /// A port on every node.
    NodePort,
    /// A load balancer of the cloud.
    LoadBalancer,
}

impl Default for ServiceSpec {
    fn default() -> Self {
        Self {
            kind: ServiceType::default(),
            port: 80,
            annotations: BTreeMap::new(),
        }
    }
}

/// The way in from outside. Either kind keeps a client's polling requests on one gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.kind == 'HttpRoute' ? has(self.gatewayName) : !has(self.gatewayName)",
    "message": "gatewayName goes with kind HttpRoute, which needs it, and only with it",
    "fieldPath": ".kind"
}, {
    "rule": "has(self.gatewayName) || !has(self.gatewayNamespace)",
    "message": "gatewayNamespace is the namespace of the Gateway that gatewayName names",
    "fieldPath": ".gatewayNamespace"
}]))]
pub struct IngressSpec {
    /// Which API describes the way in.
    #[serde(default)]
    pub kind: IngressKind,

    /// The host name that clients use.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")
    )]
    pub host: String,

    /// The Ingress class. Absent: the cluster's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub class_name: Option<String>,

    /// The Gateway (Gateway API) that the route attaches to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub gateway_name: Option<String>,

    /// Its namespace, where a listener must let routes of this one in (`allowedRoutes`). Absent: the ChatCluster's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub gateway_namespace: Option<String>,

    /// The Secret (type `kubernetes.io/tls`) with the host's certificate. Absent: no TLS here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub tls_secret: Option<String>,

    /// Annotations of the object made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "bounded::annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// Which API describes the way in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IngressKind {
    /// `networking.k8s.io/v1` Ingress.
    #[default]
    Ingress,
    /// `gateway.networking.k8s.io/v1` HTTPRoute.
    HttpRoute,
}
