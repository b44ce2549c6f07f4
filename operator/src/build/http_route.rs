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
    let mut rule = json!({
        "matches": [{ "path": { "type": "PathPrefix", "value": "/" } }],
        "backendRefs": [{ "name": name, "port": gateway.service.port }],
    });
    if cluster.apis.route_persistence {
        // A client's polling requests go to one gateway.
        rule["sessionPersistence"] = json!({ "sessionName": "talkline", "type": "Cookie" });
    }
    let body = json!({
        "spec": {
            "parentRefs": [{ "name": route.gateway_name }],
            "hostnames": [route.host],
            "rules": [rule],
        }
    });
    let annotations = route
        .annotations
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let object = Object::new(cluster, &kind::HTTP_ROUTE, Component::Gateway.name(), name, body);
    cluster.apis.gateway_api.then(|| object.annotated(annotations))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::tests::valid;

    #[test]
    fn trap_a_route_of_the_standard_channel_has_no_field_that_is_not_described() {
        let spec = "  gateway: { ingress: { kind: HttpRoute, host: chat.example.com, gatewayName: edge } }";
        let persists = |persistence: bool| {
            let mut cluster = valid(spec);
            cluster.apis.route_persistence = persistence;
            build(&cluster).unwrap().value["spec"]["rules"][0]
                .get("sessionPersistence")
                .is_some()
        };
        assert!(persists(true) && !persists(false));
    }
}
