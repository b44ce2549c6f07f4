//! NetworkPolicies as a network plugin evaluates them: a pure function over all policies of a namespace. It knows as much as our policies
//! use, and fails on anything else, so that nothing is allowed because it was not understood.

use std::net::Ipv4Addr;

use serde_json::Value;

/// Who sends, or receives.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    /// A pod: its namespace, that namespace's labels, its own labels.
    Pod {
        namespace: String,
        namespace_labels: Value,
        labels: Value,
    },
    /// Somebody outside the cluster.
    Address(Ipv4Addr),
}

/// One flow.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) from: Peer,
    pub(crate) to: Peer,
    pub(crate) port: u16,
    pub(crate) protocol: &'static str,
}

/// Whether `policies` let a flow through: out of its sender, and into its receiver.
pub(crate) fn allows(policies: &[Value], flow: &Flow) -> bool {
    let out = side(policies, &flow.from, "Egress", "egress", "to", &flow.to, flow);
    out && side(policies, &flow.to, "Ingress", "ingress", "from", &flow.from, flow)
}

/// One end of a flow: open where no policy selects the pod, else where a rule of one that does allows it.
fn side(policies: &[Value], end: &Peer, kind: &str, rules: &str, peers: &str, other: &Peer, flow: &Flow) -> bool {
    let Peer::Pod { namespace, labels, .. } = end else {
        return true;
    };
    let mut selecting = policies
        .iter()
        .filter(|policy| policy["metadata"]["namespace"] == namespace.as_str())
        .filter(|policy| list(&policy["spec"]["policyTypes"]).iter().any(|other| *other == kind))
        .filter(|policy| selects(&policy["spec"]["podSelector"], labels))
        .peekable();
    if selecting.peek().is_none() {
        return true;
    }
    selecting.any(|policy| {
        let rules = list(&policy["spec"][rules]);
        rules
            .iter()
            .any(|rule| matches_port(rule, flow) && matches_peer(&rule[peers], namespace, other))
    })
}

fn matches_port(rule: &Value, flow: &Flow) -> bool {
    let ports = list(&rule["ports"]);
    ports.is_empty()
        || ports.iter().any(|port| {
            let number = port["port"].as_u64().expect("a port by number");
            number == u64::from(flow.port) && port["protocol"] == flow.protocol
        })
}

fn matches_peer(peers: &Value, own_namespace: &str, other: &Peer) -> bool {
    let peers = list(peers);
    peers.is_empty() || peers.iter().any(|peer| matches_one(peer, own_namespace, other))
}

fn matches_one(peer: &Value, own_namespace: &str, other: &Peer) -> bool {
    let fields: Vec<&str> = peer.as_object().expect("a peer").keys().map(String::as_str).collect();
    let known = ["ipBlock", "namespaceSelector", "podSelector"];
    assert!(fields.iter().all(|field| known.contains(field)), "{peer}");
    match other {
        Peer::Address(address) => peer["ipBlock"]["cidr"]
            .as_str()
            .is_some_and(|cidr| contains(cidr, *address)),
        Peer::Pod { .. } if fields.contains(&"ipBlock") => false,
        Peer::Pod {
            namespace,
            namespace_labels,
            labels,
        } => {
            let in_namespace = match peer.get("namespaceSelector") {
                Some(selector) => selects(selector, namespace_labels),
                None => namespace == own_namespace,
            };
            in_namespace && peer.get("podSelector").is_none_or(|selector| selects(selector, labels))
        }
    }
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let fields = selector.as_object().expect("a selector");
    fields.iter().all(|(name, value)| match name.as_str() {
        "matchLabels" => value
            .as_object()
            .unwrap()
            .iter()
            .all(|(label, value)| &labels[label] == value),
        "matchExpressions" => list(value).iter().all(|expression| {
            assert_eq!(expression["operator"], "In");
            let label = &labels[expression["key"].as_str().unwrap()];
            list(&expression["values"]).contains(label)
        }),
        other => panic!("unknown part of a selector: {other}"),
    })
}

fn contains(cidr: &str, address: Ipv4Addr) -> bool {
    let (network, length) = cidr.split_once('/').unwrap();
    let mask = u32::MAX.checked_shl(32 - length.parse::<u32>().unwrap()).unwrap_or(0);
    let network: Ipv4Addr = network.parse().unwrap();
    u32::from(network) & mask == u32::from(address) & mask
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
