//! One pod's page of metrics.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use crate::http;

/// The admin port of gateways and workers.
const PORT: u16 = 9090;
/// How long a pod may take.
const DEADLINE: Duration = Duration::from_millis(500);
/// The longest page that is read.
const LONGEST: u64 = 1 << 20;

/// The page of a pod; none if it does not answer in time, or not well.
pub(super) async fn page(address: &str) -> Option<String> {
    let address: IpAddr = address.parse().ok()?;
    fetch((address, PORT).into()).await
}

async fn fetch(address: SocketAddr) -> Option<String> {
    let (status, page) = http::ask(address, "GET /metrics", LONGEST, DEADLINE).await.ok()?;
    (status == 200).then_some(page)
}

#[cfg(test)]
mod tests {
    use prometheus_client::{metrics::gauge::Gauge, registry::Registry};

    use super::*;
    use crate::{admin::Admin, load::page};

    #[tokio::test]
    async fn a_page_is_read_from_a_real_server() {
        let mut registry = Registry::default();
        let sockets: Gauge = Gauge::default();
        sockets.set(7);
        registry.register("talkline_gateway_sockets_open", "Sockets", sockets);
        let admin = Admin::bind(([127, 0, 0, 1], 0).into(), registry).await.ok().unwrap();
        let address = admin.address().unwrap();
        let serving = tokio::spawn(admin.serve());
        let read = fetch(address).await.unwrap();
        assert_eq!(page::sum(&read, "talkline_gateway_sockets_open"), 7);
        serving.abort();
    }
}
