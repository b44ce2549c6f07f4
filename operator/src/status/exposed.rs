//! Whether clients outside of the cluster find their way in, as whoever serves the Ingress or the route says. An Ingress has no word for
//! it but its address, which not every controller notes.

use kube::api::DynamicObject;
use serde_json::Value;
use talkline_crds::spec::{IngressKind, IngressSpec};

/// What is said of the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Whether somebody serves it; none where nobody says so.
    pub(crate) is_open: Option<bool>,
    /// A word, as conditions have it: of a route that was refused, its controller's.
    pub(crate) reason: String,
    /// A sentence.
    pub(crate) message: String,
}

impl Way {
    fn new(is_open: Option<bool>, reason: &str, message: impl Into<String>) -> Self {
        Self {
            is_open,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    /// Of the object `name` of the ChatCluster's `namespace`, as it is kept; none where it is not made.
    pub(super) fn of(ingress: &IngressSpec, namespace: &str, name: &str, made: Option<&DynamicObject>) -> Self {
        let object = match ingress.kind {
            IngressKind::Ingress => format!("Ingress {name}"),
            IngressKind::HttpRoute => format!("HTTPRoute {name}"),
        };
        let Some(made) = made else {
            return Self::new(None, "NotMade", format!("{object} is not there"));
        };
        let status = &made.data["status"];
        match ingress.kind {
            IngressKind::Ingress => Self::of_ingress(ingress, &object, status),
            IngressKind::HttpRoute => Self::of_route(ingress, namespace, &object, status),
        }
    }

    fn of_ingress(ingress: &IngressSpec, object: &str, status: &Value) -> Self {
        let addresses = status["loadBalancer"]["ingress"].as_array().into_iter().flatten();
        let mut known = addresses.filter_map(|address| address["ip"].as_str().or_else(|| address["hostname"].as_str()));
        if let Some(address) = known.next() {
            let message = format!("{object} is reached at {address}");
            return Self::new(Some(true), "AddressAssigned", message);
        }
        let class = ingress.class_name.as_deref().unwrap_or("the cluster's default");
        let message = format!("no controller (class: {class}) has noted an address on {object}; some never do");
        Self::new(None, "NoAddress", message)
    }

    fn of_route(route: &IngressSpec, namespace: &str, object: &str, status: &Value) -> Self {
        let parents = status["parents"].as_array().into_iter().flatten();
        let said = parents.flat_map(|parent| {
            let conditions = parent["conditions"].as_array().into_iter().flatten();
            conditions.map(|condition| Said::of(&parent["controllerName"], condition))
        });
        let said: Vec<Said<'_>> = said.collect();
        if let Some(refusal) = said.iter().find(|said| said.status == "False") {
            let message = format!("{} of {object}: {}", refusal.who, refusal.message);
            return Self::new(Some(false), refusal.reason, message);
        }
        let mut taken = said
            .iter()
            .filter(|said| said.kind == "Accepted" && said.status == "True");
        if let Some(Said { who, .. }) = taken.next() {
            return Self::new(Some(true), "Accepted", format!("{who} has taken {object}"));
        }
        let gateway = route.gateway_name.as_deref().unwrap_or_default();
        let namespace = route.gateway_namespace.as_deref().unwrap_or(namespace);
        let message = format!(
            "no controller has taken {object}: Gateway {gateway} must be in namespace {namespace}, and its class be served"
        );
        Self::new(None, "NotTaken", message)
    }
}

/// A condition of a route, and whose it is.
struct Said<'a> {
    who: &'a str,
    kind: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl<'a> Said<'a> {
    fn of(controller: &'a Value, condition: &'a Value) -> Self {
        let text = |name: &str| condition[name].as_str().unwrap_or_default();
        Self {
            who: controller.as_str().unwrap_or_default(),
            kind: text("type"),
            status: text("status"),
            // The API wants a word.
            reason: condition["reason"]
                .as_str()
                .filter(|word| !word.is_empty())
                .unwrap_or("Refused"),
            message: text("message"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        build::{HTTP_ROUTE, INGRESS, Kind, tests::valid},
        controller::reduced,
    };

    /// What is said where the object has this status.
    fn said(ingress: &str, kind: &Kind, status: &Value) -> String {
        let valid = valid(&format!(
            "  gateway: {{ ingress: {{ host: chat.example.com, {ingress} }} }}"
        ));
        let object = json!({
            "apiVersion": kind.api_version, "kind": kind.kind, "metadata": { "name": "chat-gateway" }, "status": status,
        });
        let made = reduced(kind, object);
        let way = Way::of(
            valid.spec.gateway.ingress.as_ref().unwrap(),
            "team",
            "chat-gateway",
            Some(&made),
        );
        format!("{:?} {}: {}", way.is_open, way.reason, way.message)
    }

    #[test]
    fn an_ingress_is_open_where_it_has_an_address() {
        for (status, expected) in [
            (
                json!({ "loadBalancer": { "ingress": [{ "ip": "10.0.0.1" }] } }),
                "Some(true) AddressAssigned: Ingress chat-gateway is reached at 10.0.0.1",
            ),
            (
                json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } }),
                "Some(true) AddressAssigned: Ingress chat-gateway is reached at lb.example.com",
            ),
            (
                json!({ "loadBalancer": {} }),
                "None NoAddress: no controller (class: nginx) has noted an address on Ingress chat-gateway; some never do",
            ),
        ] {
            assert_eq!(said("className: nginx", &INGRESS, &status), expected);
        }
    }

    #[test]
    fn a_route_is_open_where_its_controller_has_taken_it() {
        let parent = |accepted: &str, resolved: &str| {
            let condition = |kind: &str, status: &str| json!({ "type": kind, "status": status, "reason": format!("{kind}Reason"), "message": "Words." });
            let conditions = [condition("Accepted", accepted), condition("ResolvedRefs", resolved)];
            json!({ "parents": [{ "controllerName": "example.com/edge", "conditions": conditions }] })
        };
        for (status, expected) in [
            (
                parent("True", "True"),
                "Some(true) Accepted: example.com/edge has taken HTTPRoute chat-gateway",
            ),
            (
                parent("False", "True"),
                "Some(false) AcceptedReason: example.com/edge of HTTPRoute chat-gateway: Words.",
            ),
            (
                parent("True", "False"),
                "Some(false) ResolvedRefsReason: example.com/edge of HTTPRoute chat-gateway: Words.",
            ),
            (
                Value::Null,
                "None NotTaken: no controller has taken HTTPRoute chat-gateway: Gateway edge must be in namespace team, and its class be served",
            ),
        ] {
            assert_eq!(
                said("kind: HttpRoute, gatewayName: edge", &HTTP_ROUTE, &status),
                expected
            );
        }
    }
}
