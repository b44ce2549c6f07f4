//! Gateway API's route to the gateways, where that API is served.

use serde_json::json;
use talkline_crds::spec::IngressKind;

use super::{Component, Object, kind};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let gateway = &cluster.spec.gateway;
    let route = gateway
        .ingress
        .as_ref()
        .filter(|ingress| ingress.kind == IngressKind::HttpRoute)?;
    let name = cluster.child(Component::Gateway.name());
    let body = json!({
        "spec": {
            "parentRefs": [{ "name": route.gateway_name }],
            "hostnames": [route.host],
            "rules": [{
                "matches": [{ "path": { "type": "PathPrefix", "value": "/" } }],
                "backendRefs": [{ "name": name, "port": gateway.service.port }],
                // A client's polling requests go to one gateway. The standard channel of the API drops this field; there the
                // Service's affinity by address is what remains.
                "sessionPersistence": { "sessionName": "talkline", "type": "Cookie" },
            }],
        }
    });
    let annotations = route
        .annotations
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let object = Object::new(cluster, &kind::HTTP_ROUTE, Component::Gateway.name(), name, body);
    cluster.apis.gateway_api.then(|| object.annotated(annotations))
}
