//! The gateways: their HTTP, their sockets, how they go away. What the ChatCluster says too has its name and its bounds.

use crate::config::{
    field::{list, number},
    key::Key,
    role::Role,
};

pub(super) fn keys() -> Vec<Key> {
    let keys = http().into_iter().chain(sockets()).chain(drain());
    keys.map(|key| key.of(&[Role::Gateway])).collect()
}

fn http() -> [Key; 2] {
    [
        Key::new(
            "gateway.origins",
            "Origins of web pages that may use the API and the socket, besides the gateway's own; * allows any.",
            list("an origin as https://chat.example.com, or *", is_origin, |s| {
                &mut s.spec.gateway.origins
            }),
        ),
        Key::new(
            "gateway.trustedProxies",
            "Networks of proxies whose X-Forwarded-For is believed.",
            list("a network as 10.0.0.0/8", is_network, |s| {
                &mut s.spec.gateway.trusted_proxies
            }),
        ),
    ]
}

fn sockets() -> [Key; 6] {
    [
        Key::new(
            "sockets.maxPerReplica",
            "Sockets that a gateway holds at most; past it, handshakes are refused with 503 and Retry-After.",
            number(1..=1_000_000, |s| &mut s.spec.gateway.sockets.max_per_replica),
        ),
        Key::new(
            "sockets.backlogBytes",
            "Bytes waiting for a slow socket; past it, the socket gets chat:resync instead of what waits.",
            number(16_384..=67_108_864, |s| &mut s.spec.gateway.sockets.backlog_bytes),
        ),
        Key::new(
            "sockets.maxPayloadBytes",
            "The largest frame or polling body accepted from a client, in bytes.",
            number(1_024..=16_777_216, |s| &mut s.spec.gateway.sockets.max_payload_bytes),
        ),
        Key::new(
            "sockets.pingIntervalSeconds",
            "Seconds between two pings of the server.",
            number(1..=300, |s| &mut s.spec.gateway.sockets.ping_interval_seconds),
        ),
        Key::new(
            "sockets.pingTimeoutSeconds",
            "Seconds that a client has to answer a ping.",
            number(1..=300, |s| &mut s.spec.gateway.sockets.ping_timeout_seconds),
        ),
        Key::new(
            "sockets.connectTimeoutSeconds",
            "Seconds that a transport may stay open without joining the namespace, i.e. without a token.",
            number(1..=300, |s| &mut s.spec.gateway.sockets.connect_timeout_seconds),
        ),
    ]
}

fn drain() -> [Key; 3] {
    [
        Key::new(
            "drain.acceptSeconds",
            "Seconds that an unready gateway still accepts connections, until every proxy has learnt that it is going.",
            number(0..=120, |s| &mut s.spec.gateway.drain.accept_seconds),
        ),
        Key::new(
            "drain.socketsPerMinute",
            "Sockets that are asked to move per minute, at most.",
            number(60..=10_000_000, |s| &mut s.spec.gateway.drain.sockets_per_minute),
        ),
        Key::new(
            "drain.maxSeconds",
            "Seconds after which what is left is closed at once; below the pod's grace period.",
            number(10..=7_200, |s| &mut s.spec.gateway.drain.max_seconds),
        ),
    ]
}

fn is_origin(text: &str) -> bool {
    let place = |rest: &str| !rest.is_empty() && !rest.contains(['/', '@', ' ']);
    text == "*"
        || text
            .split_once("://")
            .is_some_and(|(scheme, rest)| ["http", "https"].contains(&scheme) && place(rest))
}

fn is_network(text: &str) -> bool {
    text.parse::<ipnet::IpNet>().is_ok()
}
