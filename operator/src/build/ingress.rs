//! The Ingress in front of the gateways, and the address that clients then use.

use serde_json::json;
use talkline_crds::spec::{GatewaySpec, IngressKind, IngressSpec};

use super::{Component, Object, kind};
use crate::validate::ValidatedCluster;

/// What ingress-nginx, and who reads its annotations, is told unless its user says otherwise: a client's polling requests go to one
/// gateway, and a WebSocket that is quiet for the time between two pings is not cut. Other controllers ignore these.
const NGINX: [(&str, &str); 5] = [
    ("nginx.ingress.kubernetes.io/affinity", "cookie"),
    ("nginx.ingress.kubernetes.io/affinity-mode", "persistent"),
    ("nginx.ingress.kubernetes.io/session-cookie-name", "talkline"),
    ("nginx.ingress.kubernetes.io/proxy-read-timeout", "3600"),
    ("nginx.ingress.kubernetes.io/proxy-send-timeout", "3600"),
];

/// The same for Traefik, which asks the Service.
const TRAEFIK: [(&str, &str); 2] = [
    ("traefik.ingress.kubernetes.io/service.sticky.cookie", "true"),
    ("traefik.ingress.kubernetes.io/service.sticky.cookie.name", "talkline"),
];

/// Annotations that the Service behind the Ingress has for it; none where there is no Ingress.
pub(super) fn of_the_service(gateway: &GatewaySpec) -> impl Iterator<Item = (&str, &str)> {
    let is_there = gateway
        .ingress
        .as_ref()
        .is_some_and(|it| it.kind == IngressKind::Ingress);
    TRAEFIK.into_iter().filter(move |_| is_there)
}

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let gateway = &cluster.spec.gateway;
    let ingress = gateway
        .ingress
        .as_ref()
        .filter(|ingress| ingress.kind == IngressKind::Ingress)?;
    let name = cluster.child(Component::Gateway.name());
    let service = json!({ "name": name, "port": { "number": gateway.service.port } });
    let path = json!({ "path": "/", "pathType": "Prefix", "backend": { "service": service } });
    let mut spec = json!({ "rules": [{ "host": ingress.host, "http": { "paths": [path] } }] });
    if let Some(class) = &ingress.class_name {
        spec["ingressClassName"] = json!(class);
    }
    if let Some(secret) = &ingress.tls_secret {
        spec["tls"] = json!([{ "hosts": [ingress.host], "secretName": secret }]);
    }
    let stated = ingress
        .annotations
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let body = json!({ "spec": spec });
    let object = Object::new(cluster, &kind::INGRESS, Component::Gateway.name(), name, body);
    Some(object.annotated(NGINX.into_iter().chain(stated)))
}

/// The address that clients use.
pub(crate) fn url(ingress: &IngressSpec) -> String {
    // A Gateway ends TLS itself, so its listeners decide; `tlsSecret` says it here for either kind.
    let scheme = if ingress.tls_secret.is_some() { "https" } else { "http" };
    format!("{scheme}://{}", ingress.host)
}
