//! What the official Socket.IO and Engine.IO protocol test suites expect of a server, over the gateway's transport.
//!
//! The suites (folders `test-suite` of `socketio/socket.io-protocol` and `socketio/engine.io-protocol`) talk to port
//! 3000. They want a Socket.IO server with binary echoes in two namespaces, and an Engine.IO server without Socket.IO.
//! Neither is a chat; so this program puts them, and not the chat, behind the engine's transport, which is what the
//! suites judge: handshakes, long-polling, upgrades, pings, ends.
//!
//! `cargo run -p talkline-gateway --example protocol_suite`; `PORT` is another port.

use std::{env, io, sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use engineioxide::{
    DisconnectReason, Socket, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
    ser::SerializeTuple,
};
use socketioxide::{
    SocketIo,
    extract::{AckSender, Data, SocketRef},
};
use talkline_gateway::engine::{Config, Engine, Server, transport::Protocol};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the suites check for.
const PING_INTERVAL: Duration = Duration::from_millis(300);
const PING_TIMEOUT: Duration = Duration::from_millis(200);
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1000);
const MAX_PAYLOAD: u32 = 1_000_000;

/// The Socket.IO suite listens for one packet, and for the next one after that. What comes with the same read is lost
/// on it, so what follows a packet at once has to wait until the client has read that; the server cannot see when.
const ONE_PACKET_A_READ: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(
        Server::new(listener, Router::new(), engine("/socket.io/", socket_io()))
            .mount(engine("/engine.io/", engine_io()))
            .run(shutdown.clone()),
    );
    tokio::signal::ctrl_c().await?;
    shutdown.cancel();
    serving.await.map_err(io::Error::other)
}

fn engine(path: &'static str, protocol: impl Protocol) -> Engine {
    Engine::with_protocol(
        protocol,
        Config {
            path,
            max_payload: MAX_PAYLOAD as usize,
            ..Config::default()
        },
    )
}

fn socket_io() -> impl Protocol {
    let (service, io) = SocketIo::builder()
        .req_path("/socket.io/")
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_payload(MAX_PAYLOAD.into())
        .build_svc();
    for namespace in ["/", "/custom"] {
        io.ns(
            namespace,
            async |socket: SocketRef, Data(auth): Data<serde_json::Value>| {
                socket.on(
                    "message",
                    async |socket: SocketRef, Data(arguments): Data<Arguments>| {
                        report(socket.emit("message-back", &arguments));
                    },
                );
                socket.on(
                    "message-with-ack",
                    async |Data(arguments): Data<Arguments>, ack: AckSender| {
                        report(ack.send(&arguments));
                    },
                );
                tokio::time::sleep(ONE_PACKET_A_READ).await;
                report(socket.emit("auth", &auth));
            },
        );
    }
    service
}

/// A suite closes its sockets whenever it has seen enough, so an answer that goes nowhere is no failure.
fn report<E: std::fmt::Display>(sent: Result<(), E>) {
    if let Err(error) = sent {
        eprintln!("not sent: {error}");
    }
}

fn engine_io() -> impl Protocol {
    let config = EngineIoConfig::builder()
        .req_path("/engine.io/")
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .max_payload(MAX_PAYLOAD.into())
        .build();
    EngineIoService::with_config(Arc::new(Echo), config)
}

/// Sends back what it gets.
#[derive(Debug)]
struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        report(socket.emit(message));
    }

    fn on_binary(self: &Arc<Self>, data: Bytes, socket: Arc<Socket<()>>) {
        report(socket.emit_binary(data));
    }
}

/// All arguments of an event: a tuple to the protocol library, of any length.
struct Arguments(Vec<Argument>);

/// JSON comes first: it cannot hold bytes, whereas bytes can be read from a JSON string.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Argument {
    Json(serde_json::Value),
    Binary(Bytes),
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Arguments;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an event's arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Arguments, A::Error> {
                let mut arguments = Vec::new();
                while let Some(argument) = sequence.next_element()? {
                    arguments.push(argument);
                }
                Ok(Arguments(arguments))
            }
        }
        deserializer.deserialize_tuple(0, Any)
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for argument in &self.0 {
            tuple.serialize_element(argument)?;
        }
        tuple.end()
    }
}
