//! Clients that show every byte: no library that would mend or hide what the server does.

use std::{net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

/// Longer than anything that a test waits for takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// The paths of new sessions.
pub(crate) const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
pub(crate) const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// One HTTP request on a connection of its own; `headers` with their line ends.
pub(crate) async fn http(addr: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(addr).await.expect("connects");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    // The server may answer and close before it has read a body that it does not want.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(DEADLINE, read).await.expect("an answer");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    Answer {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

pub(crate) async fn get(addr: SocketAddr, path: &str) -> Answer {
    http(addr, "GET", path, "", "").await
}

/// A long-polling session.
pub(crate) struct Poller {
    addr: SocketAddr,
    pub(crate) sid: String,
}

impl Poller {
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        let answer = get(addr, POLLING).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Self {
            addr,
            sid: sid(&answer.body),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("{POLLING}&sid={}", self.sid)
    }

    pub(crate) async fn poll(&self) -> Answer {
        get(self.addr, &self.path()).await
    }

    /// Asks, and hangs up before anything comes.
    pub(crate) async fn give_up_a_poll(&self) {
        let mut stream = TcpStream::connect(self.addr).await.expect("connects");
        let request = format!("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", self.path());
        stream.write_all(request.as_bytes()).await.expect("asked");
    }

    pub(crate) async fn post(&self, packets: &str) -> Answer {
        http(
            self.addr,
            "POST",
            &self.path(),
            "Content-Type: text/plain;charset=UTF-8\r\n",
            packets,
        )
        .await
    }

    /// Connects the namespace and reads what greets.
    pub(crate) async fn join(&self, token: &str) {
        assert_eq!(self.post(&format!("40{{\"token\":\"{token}\"}}")).await.body, "ok");
        let mut packets = Vec::new();
        while !packets
            .iter()
            .any(|packet: &String| packet.starts_with("42[\"welcome\""))
        {
            packets.extend(self.packets().await);
        }
        assert!(packets[0].starts_with("40{\"sid\""), "{packets:?}");
    }

    /// The packets of one poll.
    pub(crate) async fn packets(&self) -> Vec<String> {
        let answer = self.poll().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body.split('\x1e').map(str::to_owned).collect()
    }
}

/// The session's id in an open packet.
pub(crate) fn sid(open: &str) -> String {
    let open: Value = serde_json::from_str(open.strip_prefix('0').expect("an open packet")).expect("JSON");
    open["sid"].as_str().expect("an id").to_owned()
}

/// A WebSocket.
pub(crate) struct Ws(WebSocketStream<TcpStream>);

impl Ws {
    /// Does the handshake for `path`.
    pub(crate) async fn upgrade(addr: SocketAddr, path: &str) -> Self {
        Self::on(TcpStream::connect(addr).await.expect("connects"), path).await
    }

    /// The same with a small receive buffer, for a client that is slow to read.
    pub(crate) async fn narrow(addr: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        Self::on(socket.connect(addr).await.expect("connects"), path).await
    }

    async fn on(stream: TcpStream, path: &str) -> Self {
        let uri = format!("ws://test{path}").parse().expect("a URI");
        let client = ClientBuilder::from_uri(uri);
        let handshake = client.connect_on(stream);
        Self(
            tokio::time::timeout(DEADLINE, handshake)
                .await
                .expect("in time")
                .expect("a handshake")
                .0,
        )
    }

    /// A new session, its open packet read.
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        let mut ws = Self::upgrade(addr, WEBSOCKET).await;
        assert!(ws.text().await.starts_with("0{"));
        ws
    }

    /// A new session with the namespace connected.
    pub(crate) async fn join(addr: SocketAddr, token: &str) -> Self {
        let mut ws = Self::open(addr).await;
        ws.greet(token).await;
        ws
    }

    /// Connects the namespace and reads what greets.
    pub(crate) async fn greet(&mut self, token: &str) {
        self.send(&format!("40{{\"token\":\"{token}\"}}")).await;
        assert!(self.text().await.starts_with("40{\"sid\":"));
        assert_eq!(self.text().await, format!("42[\"welcome\",{{\"user\":\"{token}\"}}]"));
    }

    /// Sends what the server may already have stopped reading.
    pub(crate) async fn send(&mut self, text: &str) {
        let _ = self.0.send(Message::text(text.to_owned())).await;
    }

    pub(crate) async fn send_binary(&mut self, data: &'static [u8]) {
        let _ = self.0.send(Message::binary(data)).await;
    }

    /// The next text message.
    pub(crate) async fn text(&mut self) -> String {
        self.next().await.expect("a message before the end")
    }

    /// The next text message, or None at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(DEADLINE, self.0.next())
                .await
                .expect("a message in time")
            {
                Some(Ok(message)) if message.is_text() => return message.as_text().map(str::to_owned),
                Some(Ok(message)) if !message.is_close() => {}
                _ => return None,
            }
        }
    }

    /// Reads to the end; answers what still came.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Some(text) = self.next().await {
            rest.push(text);
        }
        rest
    }
}
