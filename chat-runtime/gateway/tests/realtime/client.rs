//! A small Socket.IO client that hides nothing: every event that comes is kept until a test asks for it.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::Instant};
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

/// Longer than anything that a test waits for takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// How long a test listens to be sure that nothing comes. What would come wrongly comes with what comes rightly,
/// so tests first wait for that.
pub(crate) const SILENCE: Duration = Duration::from_millis(150);

const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// A connected client.
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    /// What came and was not asked for yet.
    pub(crate) events: VecDeque<(String, Value)>,
    acks: VecDeque<(u64, Value)>,
    next_ack: u64,
    ended: bool,
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr, token: &str) -> Self {
        Self::try_connect(addr, json!({ "token": token }))
            .await
            .expect("let in")
    }

    /// Connects, or answers the `message` of the refusal.
    pub(crate) async fn try_connect(addr: SocketAddr, auth: Value) -> Result<Self, String> {
        let stream = TcpStream::connect(addr).await.expect("connects");
        let uri = format!("ws://test{PATH}").parse().expect("a URI");
        let (socket, _) = ClientBuilder::from_uri(uri)
            .connect_on(stream)
            .await
            .expect("a handshake");
        let mut client = Self {
            socket,
            events: VecDeque::new(),
            acks: VecDeque::new(),
            next_ack: 1,
            ended: false,
        };
        assert!(client.packet().await.starts_with('0'), "an open packet");
        client.send(format!("40{auth}")).await;
        let answer = client.packet().await;
        match answer.strip_prefix("44") {
            Some(refusal) => {
                let refusal: Value = serde_json::from_str(refusal).expect("JSON");
                Err(refusal["message"].as_str().expect("a message").to_owned())
            }
            None => {
                assert!(answer.starts_with("40"), "{answer}");
                Ok(client)
            }
        }
    }

    /// Sends an event and waits for its acknowledgement.
    pub(crate) async fn ask(&mut self, event: &str, payload: Value) -> Value {
        let id = self.begin(event, payload).await;
        self.answer(id).await
    }

    /// The same, for an event that must succeed.
    pub(crate) async fn ok(&mut self, event: &str, payload: Value) -> Value {
        let answer = self.ask(event, payload).await;
        assert_eq!(answer["ok"], true, "{event}: {answer}");
        answer
    }

    /// Sends an event and answers the number of its acknowledgement.
    pub(crate) async fn begin(&mut self, event: &str, payload: Value) -> u64 {
        let id = self.next_ack;
        self.next_ack += 1;
        self.send(format!("42{id}{}", json!([event, payload]))).await;
        id
    }

    /// Waits for an acknowledgement.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.acks.iter().position(|(number, _)| *number == id) {
                return self.acks.remove(at).expect("there").1;
            }
            assert!(self.pump(until).await, "no acknowledgement of {id}");
        }
    }

    /// An acknowledgement that has come and that nobody has waited for.
    pub(crate) fn acknowledged(&mut self) -> Option<(u64, Value)> {
        self.acks.pop_front()
    }

    /// Sends an event that has no acknowledgement.
    pub(crate) async fn emit(&mut self, event: &str, payload: Value) {
        self.send(format!("42{}", json!([event, payload]))).await;
    }

    /// The next event of this name; others stay.
    pub(crate) async fn wait(&mut self, event: &str) -> Value {
        self.wait_for(event, |_| true).await
    }

    /// The next event of this name with such a payload; others stay.
    pub(crate) async fn wait_for(&mut self, event: &str, mut is_it: impl FnMut(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            let place = self
                .events
                .iter()
                .position(|(name, payload)| name == event && is_it(payload));
            if let Some(place) = place {
                return self.events.remove(place).expect("there").1;
            }
            let came = self.pump(until).await;
            assert!(came, "no {event}; there are {:?}", self.events);
        }
    }

    /// Everything of this name that comes until nothing has come for some time.
    pub(crate) async fn drain(&mut self, event: &str) -> Vec<Value> {
        while self.pump(Instant::now() + SILENCE).await {}
        let (wanted, rest): (Vec<_>, Vec<_>) = self.events.drain(..).partition(|(name, _)| name == event);
        self.events = rest.into();
        wanted.into_iter().map(|(_, payload)| payload).collect()
    }

    /// Waits until the server has ended the socket, and says how long that took.
    pub(crate) async fn ended(&mut self) -> Duration {
        let start = Instant::now();
        while self.pump(start + DEADLINE).await {}
        assert!(self.ended, "the socket is still open");
        start.elapsed()
    }

    async fn send(&mut self, text: String) {
        // A socket that the server has ended takes nothing, which a test then sees by what does not come.
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Takes in the next packet: whether one came in time.
    pub(crate) async fn pump(&mut self, until: Instant) -> bool {
        if self.ended {
            return false;
        }
        match tokio::time::timeout_at(until, self.socket.next()).await {
            Err(_) => false,
            Ok(Some(Ok(message))) if message.is_text() => {
                let text = message.as_text().expect("text").to_owned();
                self.take(&text).await;
                true
            }
            Ok(Some(Ok(message))) if !message.is_close() => true,
            Ok(_) => {
                self.ended = true;
                false
            }
        }
    }

    async fn take(&mut self, text: &str) {
        if text == "2" {
            return self.send("3".to_owned()).await;
        }
        if let Some(event) = text.strip_prefix("42") {
            let (name, payload): (String, Value) = serde_json::from_str(event).expect("an event");
            self.events.push_back((name, payload));
        } else if let Some(ack) = text.strip_prefix("43") {
            let json = ack.find('[').expect("arguments");
            let (answer,): (Value,) = serde_json::from_str(&ack[json..]).expect("an acknowledgement");
            self.acks.push_back((ack[..json].parse().expect("a number"), answer));
        } else if text.starts_with("41") {
            panic!("a disconnect packet: the client would not reconnect by itself");
        }
    }

    async fn packet(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next())
                .await
                .expect("in time");
            let message = next.expect("open").expect("a message");
            match message.as_text() {
                Some("2") => self.send("3".to_owned()).await,
                Some(text) => return text.to_owned(),
                None => {}
            }
        }
    }
}
