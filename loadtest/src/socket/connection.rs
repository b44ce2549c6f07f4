//! One connection: packets in, frames out, and next to no memory while nothing happens.
//!
//! All connections of a thread read into one buffer; a connection keeps only the beginning of a frame whose rest has
//! not come. Frames to send are collected and leave in one write.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
};

use super::{
    frame::{self, Opcode},
    packet::{self, Heartbeat, Packet},
    upgrade,
};
use crate::{source, target::Target};

/// What one read can take, in bytes: several hundred messages.
const READ: usize = 64 << 10;

/// What an idle connection may keep of an output buffer, in bytes.
const KEEP: usize = 1 << 10;

/// How long TCP, WebSocket and Socket.IO handshake may take together.
const OPENING: Duration = Duration::from_secs(10);

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Why a connection could not be opened, or is no more.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The network said so.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The server did not become a WebSocket.
    #[error("{0}")]
    Upgrade(#[from] upgrade::Error),
    /// The server broke the WebSocket protocol.
    #[error("{0}")]
    Frame(#[from] frame::Malformed),
    /// The server broke Socket.IO's protocol.
    #[error("{0}")]
    Packet(#[from] packet::Malformed),
    /// The server refused the namespace, with this message.
    #[error("refused: {0}")]
    Refused(Box<str>),
    /// The server closed it.
    #[error("closed by the server")]
    Closed,
    /// Nothing was heard for too long.
    #[error("silent for too long")]
    Silent,
    /// The server goes away, and asked to go elsewhere.
    #[error("asked to move")]
    Moved,
    /// The harness closed it itself, since its scenario says so.
    #[error("left")]
    Left,
}

/// An open Socket.IO connection in the default namespace.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    heartbeat: Heartbeat,
    /// The beginning of a frame whose rest has not arrived.
    tail: Vec<u8>,
    /// The beginning of a message that was sent in several frames.
    message: Vec<u8>,
    out: Vec<u8>,
}

impl Connection {
    /// Connects to the target, from that address if one is given, and enters the default namespace with that access token.
    ///
    /// # Errors
    /// When that fails, or takes more than 10 s.
    pub async fn open(target: &Target, source: Option<IpAddr>, token: &str) -> Result<Self, Lost> {
        tokio::time::timeout(OPENING, Self::handshake(target, source, token))
            .await
            .unwrap_or(Err(Lost::Silent))
    }

    async fn handshake(target: &Target, source: Option<IpAddr>, token: &str) -> Result<Self, Lost> {
        let stream = source::connect(target.host(), target.port(), source).await?;
        stream.set_nodelay(true)?;
        let stream = upgrade::upgrade(stream, target.socket_uri()).await?;
        let heartbeat = Heartbeat { limit: OPENING };
        let mut connection = Self {
            stream,
            heartbeat,
            tail: Vec::new(),
            message: Vec::new(),
            out: Vec::new(),
        };
        connection.heartbeat = connection
            .expect(|packet| match packet {
                Packet::Open(heartbeat) => Some(heartbeat),
                _ => None,
            })
            .await?;
        connection.send(&[br#"40{"token":""#, token.as_bytes(), br#""}"#]);
        connection.flush()?;
        connection
            .expect(|packet| match packet {
                Packet::Connected => Some(Ok(())),
                Packet::Refused(message) => Some(Err(Lost::Refused(message))),
                _ => None,
            })
            .await??;
        Ok(connection)
    }

    /// Waits for the packet of which `pick` makes something.
    async fn expect<T>(&mut self, pick: impl Fn(Packet<'_>) -> Option<T>) -> Result<T, Lost> {
        let mut picked = None;
        while picked.is_none() {
            self.receive(|packet| picked = picked.take().or_else(|| pick(packet)))
                .await?;
        }
        picked.ok_or(Lost::Closed)
    }

    /// How long the server may be silent.
    #[must_use]
    pub fn silence_limit(&self) -> Duration {
        self.heartbeat.limit
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.out.len()
    }

    /// Queues one packet, given in parts; [`flush`](Self::flush) sends it.
    pub fn send(&mut self, parts: &[&[u8]]) {
        frame::put(&mut self.out, Opcode::Text, parts, rand::random());
    }

    /// Writes what is queued as far as the network takes it now; [`receive`](Self::receive) goes on with the rest.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn flush(&mut self) -> Result<(), Lost> {
        while !self.out.is_empty() {
            match self.stream.try_write(&self.out) {
                Ok(written) => self.written(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn written(&mut self, bytes: usize) {
        if bytes == self.out.len() && self.out.capacity() > KEEP {
            self.out = Vec::new();
        } else {
            self.out.drain(..bytes);
        }
    }

    /// Waits until something was read, and hands every complete packet over; pings are answered here, and handed over too.
    ///
    /// # Errors
    /// When the connection is lost. Safe to cancel: bytes read are always processed in the same step.
    pub async fn receive(&mut self, mut on: impl FnMut(Packet<'_>)) -> Result<(), Lost> {
        poll_fn(|cx| self.poll_receive(cx, &mut on)).await
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>, on: &mut impl FnMut(Packet<'_>)) -> Poll<Result<(), Lost>> {
        while !self.out.is_empty() && self.stream.poll_write_ready(cx)?.is_ready() {
            self.flush()?;
        }
        BUFFER.with_borrow_mut(|buffer| {
            let start = self.tail.len();
            buffer.resize(buffer.len().max(start + READ), 0);
            buffer[..start].copy_from_slice(&self.tail);
            let mut read = ReadBuf::new(&mut buffer[start..]);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Err(Lost::Closed));
            }
            let end = start + read.filled().len();
            let used = self.process(&buffer[..end], on)?;
            self.tail = buffer[used..end].to_vec();
            Poll::Ready(Ok(()))
        })
    }

    /// Handles the complete frames of `bytes`, and says how many bytes they are.
    fn process(&mut self, bytes: &[u8], on: &mut impl FnMut(Packet<'_>)) -> Result<usize, Lost> {
        let mut used = 0;
        while let Some((frame, length)) = frame::parse(&bytes[used..])? {
            used += length;
            match (frame.opcode, frame.fin) {
                (Opcode::Text, true) => self.deliver(frame.payload, on)?,
                (Opcode::Text | Opcode::Continuation, _) => {
                    self.message.extend_from_slice(frame.payload);
                    if frame.fin {
                        let message = std::mem::take(&mut self.message);
                        self.deliver(&message, on)?;
                    }
                }
                (Opcode::Ping, _) => frame::put(&mut self.out, Opcode::Pong, &[frame.payload], rand::random()),
                (Opcode::Pong, _) => {}
                (Opcode::Close, _) => return Err(Lost::Closed),
                (Opcode::Binary, _) => return Err(frame::Malformed("binary data").into()),
            }
        }
        Ok(used)
    }

    fn deliver(&mut self, text: &[u8], on: &mut impl FnMut(Packet<'_>)) -> Result<(), Lost> {
        match packet::parse(text)? {
            Packet::Ping => {
                self.send(&[packet::PONG]);
                on(Packet::Ping);
            }
            Packet::Noop => {}
            Packet::Close | Packet::Disconnected => return Err(Lost::Closed),
            packet => on(packet),
        }
        Ok(())
    }
}
