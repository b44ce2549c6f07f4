//! The gateways: they hold the sockets and answer REST.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Autoscaling, DrainSpec, IngressSpec, PodTemplate, Resources, ServiceSpec, SocketsSpec};

/// The gateways.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "!(has(self.replicas) && has(self.autoscaling))",
        "message": "replicas and autoscaling exclude each other: remove one of them",
        "fieldPath": ".replicas"
    },
    {
        "rule": "self.drain.acceptSeconds >= self.drain.maxSeconds || self.sockets.maxPerReplica * 60 <= self.drain.socketsPerMinute * (self.drain.maxSeconds - self.drain.acceptSeconds)",
        "message": "a full gateway could not be drained in time: raise drain.socketsPerMinute or drain.maxSeconds, or lower sockets.maxPerReplica",
        "fieldPath": ".drain"
    }
]))]
pub struct GatewaySpec {
    /// A fixed number of pods. Absent, and without `autoscaling`: as the plan for `capacity` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub replicas: Option<u32>,

    /// Scaling by load instead of a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,

    /// What a socket may cost, and how many one gateway holds.
    pub sockets: SocketsSpec,

    /// How a gateway that goes away hands its sockets to the others.
    pub drain: DrainSpec,

    /// Origins (`https://chat.example.com`) of web pages that may use the API and the socket. Empty: only the page that the gateway
    /// itself serves. `*` allows any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        inner(length(max = 255), regex(pattern = r"^(\*|https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)$"))
    )]
    pub origins: Vec<String>,

    /// Networks (CIDR) of proxies whose `X-Forwarded-For` header is believed. Empty: a client's address is its
    /// connection's. Limits per address rest on this: believe no proxy that passes a client's own header on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        inner(length(max = 43), regex(pattern = r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"))
    )]
    pub trusted_proxies: Vec<String>,

    /// The Service in front of the gateways.
    pub service: ServiceSpec,

    /// The way in from outside the cluster. Absent: none is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<IngressSpec>,

    /// CPU and memory of a pod. Absent: as the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,

    /// Overrides of the gateway's pods, merged after `spec.podTemplate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template: Option<PodTemplate>,
}
