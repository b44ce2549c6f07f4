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
    if cluster.apis.routes.timeouts {
        // A poll is answered when there is something to say, or after a ping's 25 s, and an implementation may give up sooner.
        rule["timeouts"] = json!({ "request": "0s" });
    }
    if cluster.apis.routes.persistence {
        // A client's polling requests go to one gateway.
        rule["sessionPersistence"] = json!({ "sessionName": "talkline", "type": "Cookie" });
    }
    let mut parent = json!({ "name": route.gateway_name });
    if let Some(namespace) = &route.gateway_namespace {
        parent["namespace"] = json!(namespace);
    }
    let body = json!({
        "spec": {
            "parentRefs": [parent],
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
    use crate::{
        build::tests::valid,
        validate::{Apis, RouteFields},
    };

    const ROUTED: &str = "  gateway: { ingress: { kind: HttpRoute, host: chat.example.com, gatewayName: edge } }";

    #[test]
    fn trap_a_route_of_the_standard_channel_has_no_field_that_is_not_described() {
        let says = |field: &str, routes: RouteFields| {
            let mut cluster = valid(ROUTED);
            cluster.apis.routes = routes;
            let route = build(&cluster).unwrap().value;
            route["spec"]["rules"][0].get(field).is_some()
        };
        let (none, all) = (RouteFields::default(), Apis::ALL.routes);
        for field in ["sessionPersistence", "timeouts"] {
            assert!(says(field, all) && !says(field, none), "{field}");
        }
    }
}
