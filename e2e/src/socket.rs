//! A small Socket.IO client over a WebSocket. It hides nothing: what comes is kept until a test asks for it, and a
//! lost connection stays lost.

use std::{collections::VecDeque, fmt, net::SocketAddr};

use anyhow::{Context, Result, anyhow, bail};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Error, Message, WebSocketStream};

use crate::waiting::in_time;

/// An open connection, in the default namespace.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// What came while something else was waited for.
    kept: VecDeque<Packet>,
    next_ack: u64,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// Its name and its payload.
    Event(String, Value),
    /// The number of the acknowledged event, and the answer.
    Ack(u64, Value),
}

/// The transport ended, as it does when the server is killed.
#[derive(Clone, Copy, Debug)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is lost")
    }
}

impl std::error::Error for Lost {}

impl Socket {
    /// Connects with an access token.
    ///
    /// # Errors
    /// [`Lost`]; the refusal; and whatever breaks the protocol.
    pub async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        in_time("a socket opens", Self::handshake(address, token)).await
    }

    async fn handshake(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.map_err(|_| Lost)?;
        stream.set_nodelay(true)?;
        let uri = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let builder = ClientBuilder::new().uri(&uri)?;
        let (stream, _) = builder.connect_on(stream).await.map_err(lost_or_broken)?;
        let mut socket = Self {
            stream,
            kept: VecDeque::new(),
            next_ack: 0,
        };
        let open = socket.text().await?;
        anyhow::ensure!(open.starts_with('0'), "an open packet was expected: {open}");
        socket.write(format!("40{}", json!({ "token": token }))).await?;
        let answer = socket.text().await?;
        match answer.strip_prefix("44") {
            Some(refusal) => bail!("refused: {refusal}"),
            None if answer.starts_with("40") => Ok(socket),
            None => bail!("a connect packet was expected: {answer}"),
        }
    }

    /// Sends an event that asks for an acknowledgement; the number that the acknowledgement will have.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn emit(&mut self, event: &str, payload: &Value) -> Result<u64> {
        let number = self.next_ack;
        self.next_ack += 1;
        self.write(format!("42{number}{}", json!([event, payload]))).await?;
        Ok(number)
    }

    /// Sends an event, and waits for its acknowledgement.
    ///
    /// # Errors
    /// [`Lost`]; that nothing comes in time.
    pub async fn ask(&mut self, event: &str, payload: &Value) -> Result<Value> {
        let number = self.emit(event, payload).await?;
        let pick = |packet: &Packet| matches!(packet, Packet::Ack(at, _) if *at == number);
        match self.wait(event, pick).await? {
            Packet::Ack(_, answer) | Packet::Event(_, answer) => Ok(answer),
        }
    }

    /// The payload of the next event of this name; what else comes is kept.
    ///
    /// # Errors
    /// [`Lost`]; that nothing comes in time.
    pub async fn event(&mut self, name: &str) -> Result<Value> {
        let pick = |packet: &Packet| matches!(packet, Packet::Event(event, _) if event == name);
        match self.wait(name, pick).await? {
            Packet::Event(_, payload) | Packet::Ack(_, payload) => Ok(payload),
        }
    }

    /// The next packet. Safe to cancel.
    ///
    /// # Errors
    /// [`Lost`]; whatever breaks the protocol; that nothing comes in time.
    pub async fn receive(&mut self) -> Result<Packet> {
        match self.kept.pop_front() {
            Some(packet) => Ok(packet),
            None => in_time("something comes", self.packet()).await,
        }
    }

    async fn wait(&mut self, what: &str, pick: impl Fn(&Packet) -> bool) -> Result<Packet> {
        if let Some(found) = self.kept.iter().position(&pick) {
            return self.kept.remove(found).context("it was there");
        }
        let waiting = async {
            loop {
                let packet = self.packet().await?;
                match pick(&packet) {
                    true => return Ok(packet),
                    false => self.kept.push_back(packet),
                }
            }
        };
        in_time(what, waiting).await
    }

    async fn packet(&mut self) -> Result<Packet> {
        let text = self.text().await?;
        let malformed = || format!("no packet: {text}");
        if let Some(event) = text.strip_prefix("42") {
            let (name, payload) = serde_json::from_str(event).with_context(malformed)?;
            return Ok(Packet::Event(name, payload));
        }
        // Nothing else may come: a disconnect packet would keep a client from connecting again by itself.
        let ack = text.strip_prefix("43").with_context(malformed)?;
        let json = ack.find('[').with_context(malformed)?;
        let (answer,) = serde_json::from_str(&ack[json..]).with_context(malformed)?;
        Ok(Packet::Ack(ack[..json].parse().with_context(malformed)?, answer))
    }

    /// The next text that is no ping.
    async fn text(&mut self) -> Result<String> {
        loop {
            let message = self.stream.next().await.ok_or(Lost)?.map_err(lost_or_broken)?;
            match message.as_text() {
                Some("2") => self.write("3".to_owned()).await?,
                Some(text) => return Ok(text.to_owned()),
                None if message.is_close() => bail!(Lost),
                None => {}
            }
        }
    }

    async fn write(&mut self, text: String) -> Result<()> {
        self.stream.send(Message::text(text)).await.map_err(lost_or_broken)
    }
}

fn lost_or_broken(error: Error) -> anyhow::Error {
    match error {
        Error::Io(_) | Error::AlreadyClosed => anyhow!(Lost),
        error => anyhow!(error),
    }
}
