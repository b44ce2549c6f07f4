//! A server in this process, and the small chat that it serves.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use serde_json::{json, value::RawValue};
use talkline_gateway::engine::{Chat, Config, Engine, Event, Frame, Handle, Peer, Refusal, Server};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::client::DEADLINE;

/// The ping times of the official suites: short, yet long enough for a loaded machine.
pub(crate) const PING_INTERVAL: Duration = Duration::from_millis(300);
pub(crate) const PING_TIMEOUT: Duration = Duration::from_millis(200);

/// A running server; it stops when the test ends.
pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) engine: Engine,
    pub(crate) chat: Arc<Log>,
    pub(crate) shutdown: CancellationToken,
    running: Option<JoinHandle<()>>,
}

/// What the chat saw.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) connected: Mutex<Vec<Handle>>,
    pub(crate) disconnected: Mutex<Vec<u64>>,
    pub(crate) handled: Mutex<Vec<String>>,
    pub(crate) peers: Mutex<Vec<Peer>>,
}

pub(crate) fn config() -> Config {
    Config {
        ping_interval: PING_INTERVAL,
        ping_timeout: PING_TIMEOUT,
        connect_timeout: Duration::from_millis(500),
        resync: Some(Frame::event("chat:resync", &json!({})).expect("encodes")),
        ..Config::default()
    }
}

/// For tests that are not about pings.
pub(crate) fn patient() -> Config {
    Config {
        ping_interval: Duration::from_secs(25),
        ping_timeout: Duration::from_secs(20),
        ..config()
    }
}

impl TestServer {
    pub(crate) async fn start(config: Config) -> Self {
        let chat = Arc::new(Log::default());
        let gate = Semaphore::new(0);
        let engine = Engine::new(
            TestChat {
                log: chat.clone(),
                gate,
            },
            config,
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("bound");
        let router = Router::new().route("/rest", get(async || "rest"));
        let shutdown = CancellationToken::new();
        let server = Server::new(listener, router, engine.clone());
        let running = Some(tokio::spawn(server.run(shutdown.clone())));
        Self {
            addr,
            engine,
            chat,
            shutdown,
            running,
        }
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        if let Some(running) = self.running.take() {
            running.await.expect("no panic");
        }
    }

    /// The newest socket, once there are `count`.
    pub(crate) async fn handle(&self, count: usize) -> Handle {
        eventually("a connected socket", || {
            self.chat.connected.lock().unwrap().len() == count
        })
        .await;
        self.chat.connected.lock().unwrap().last().cloned().expect("connected")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never came: {what}"));
}

/// A chat whose tokens and events are named after what they do.
struct TestChat {
    log: Arc<Log>,
    /// What `hold` waits for and `release` gives.
    gate: Semaphore,
}

impl Chat for TestChat {
    type Session = String;

    async fn connect(&self, auth: &RawValue, peer: &Peer) -> Result<String, Refusal> {
        #[derive(serde::Deserialize)]
        struct Auth {
            token: Option<String>,
        }
        self.log.peers.lock().unwrap().push(peer.clone());
        let auth: Auth = serde_json::from_str(auth.get()).map_err(|_| Refusal::Unauthenticated)?;
        match auth.token.as_deref() {
            None | Some("bad") => Err(Refusal::Unauthenticated),
            Some("expired") => Err(Refusal::TokenExpired),
            Some("panic") => panic!("as asked"),
            Some("never") => std::future::pending().await,
            Some(user) => Ok(user.to_owned()),
        }
    }

    fn connected(&self, session: &Arc<String>, handle: &Handle) {
        handle.emit(&Frame::event("welcome", &json!({"user": **session})).expect("encodes"));
        self.log.connected.lock().unwrap().push(handle.clone());
    }

    async fn event(&self, _: &Arc<String>, handle: &Handle, event: Event<'_>) -> Option<Box<RawValue>> {
        self.log.handled.lock().unwrap().push(event.name.clone().into_owned());
        match event.name.as_ref() {
            "echo" => Some(event.payload.to_owned()),
            "back" => {
                handle.emit(&Frame::event("back", event.payload).expect("encodes"));
                None
            }
            "hold" => {
                self.gate.acquire().await.expect("never closed").forget();
                None
            }
            "release" => {
                self.gate.add_permits(1);
                None
            }
            "panic" => panic!("as asked"),
            "close" => {
                handle.close();
                None
            }
            _ => None,
        }
    }

    fn disconnected(&self, _: &Arc<String>, handle: &Handle) {
        self.log.disconnected.lock().unwrap().push(handle.id());
    }
}
