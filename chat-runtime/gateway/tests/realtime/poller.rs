//! A client that polls: as much of one as it takes to be let in and to leave.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::DEADLINE;

/// A connected client.
pub(crate) struct Poller {
    http: reqwest::Client,
    session: String,
}

impl Poller {
    /// Connects, or answers the `message` of the refusal.
    pub(crate) async fn connect(addr: SocketAddr, token: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
        let path = format!("http://{addr}/socket.io/?EIO=4&transport=polling");
        let open = http.get(&path).send().await.unwrap().text().await.unwrap();
        let open: Value = serde_json::from_str(open.strip_prefix('0').expect("an open packet")).unwrap();
        let session = format!("{path}&sid={}", open["sid"].as_str().expect("an id"));
        let client = Self { http, session };
        client.post(format!("40{}", json!({ "token": token }))).await;
        loop {
            for packet in client.poll().await.split('\x1e') {
                if packet.starts_with("40") {
                    return Ok(client);
                }
                if let Some(refusal) = packet.strip_prefix("44") {
                    let refusal: Value = serde_json::from_str(refusal).unwrap();
                    return Err(refusal["message"].as_str().expect("a message").to_owned());
                }
            }
        }
    }

    /// Ends the session.
    pub(crate) async fn leave(self) {
        self.post("1".to_owned()).await;
    }

    async fn poll(&self) -> String {
        self.http.get(&self.session).send().await.unwrap().text().await.unwrap()
    }

    async fn post(&self, packets: String) {
        let answer = self.http.post(&self.session).body(packets).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}
