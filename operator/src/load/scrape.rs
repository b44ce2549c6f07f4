//! One pod's page of metrics.

use std::{net::IpAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// The admin port of gateways and workers.
const PORT: u16 = 9090;
/// How long a pod may take.
const DEADLINE: Duration = Duration::from_millis(500);
/// The longest page that is read.
const LONGEST: u64 = 1 << 20;

/// The page of a pod; none if it does not answer in time, or not well.
pub(super) async fn page(address: &str) -> Option<String> {
    let address: IpAddr = address.parse().ok()?;
    timeout(DEADLINE, fetch(address, PORT)).await.ok()?
}

async fn fetch(address: IpAddr, port: u16) -> Option<String> {
    let mut stream = TcpStream::connect((address, port)).await.ok()?;
    // HTTP/1.0: the answer ends with the connection, and is in one piece.
    let request = b"GET /metrics HTTP/1.0\r\naccept: application/openmetrics-text\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer).await.ok()?;
    let (head, page) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?;
    (status == "200").then(|| page.to_owned())
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
        let read = fetch(address.ip(), address.port()).await.unwrap();
        assert_eq!(page::sum(&read, "talkline_gateway_sockets_open"), 7);
        serving.abort();
    }
}
