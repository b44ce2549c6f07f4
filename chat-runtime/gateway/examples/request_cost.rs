//! What a request costs the gateway, in CPU: a page of history by where it comes from, and a message sent.
//!
//! `cargo run --release -p talkline-gateway --example request_cost`. A whole gateway on the embedded adapters, asked over
//! HTTP/1.1 on connections that stay: on one, where each answer is waited for and each request wakes the gateway, and on 32
//! that ask together. The gateway's threads are named, and their CPU is read from `/proc/self/task/*/schedstat`. The client's
//! is not in it, nor the worker's, nor that of the thread that writes to SQLite.

#![allow(
    clippy::expect_used,
    reason = "a measurement that cannot be set up has nothing to measure"
)]

use std::{
    fs, io,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use talkline_core::{id::ConversationId, port::Store};
use talkline_embedded::{Embedded, Options};
use talkline_gateway::{
    Gateway, Ports, Settings, auth::Keyring, clock::SystemClock, config::Config, engine, web::Site,
};
use talkline_worker::Worker;
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;

/// The allocator of the program that runs the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MESSAGES: usize = 60;
const WARMUP: usize = 2_000;
const REQUESTS: usize = 20_000;
/// How many connections ask together.
const CONNECTIONS: [usize; 2] = [1, 32];
/// The threads that are measured. Names in `/proc` have 15 characters at most.
const THREADS: &str = "measured";

/// What is asked for.
#[derive(Clone, Copy)]
enum Request {
    /// A path that there is not.
    Nothing,
    /// A page of history, by its query.
    History(&'static str),
    /// A message of 100 characters.
    Send,
}

fn main() -> io::Result<()> {
    let cases = [
        ("nothing but HTTP, the token and the edge", Request::Nothing, true),
        ("the newest 50, from memory", Request::History("?limit=50"), true),
        ("the newest 1, from memory", Request::History("?limit=1"), true),
        (
            "the newest 50, from the shared cache in this process",
            Request::History("?limit=50"),
            false,
        ),
        (
            "50 older ones, from SQLite",
            Request::History("?limit=50&beforeSeq=55"),
            true,
        ),
        ("a message sent, acknowledged by SQLite's log", Request::Send, true),
    ];
    for (what, request, in_memory) in cases {
        for connections in CONNECTIONS {
            let scene = Scene::set(request, in_memory);
            let mut client = scene.client(request, connections)?;
            client.ask(WARMUP)?;
            let (before, begun) = (measured()?, Instant::now());
            let bytes = client.ask(REQUESTS)?;
            let each = (measured()? - before).as_secs_f64() * 1e6 / REQUESTS as f64;
            let rate = REQUESTS as f64 / begun.elapsed().as_secs_f64();
            let line = format!("{each:6.1} µs a request on {connections:2}, {bytes:6} bytes, {rate:6.0}/s: {what}\n");
            io::stdout().write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

/// A gateway with a conversation and, unless somebody sends, a socket of a member on it, so that its events are heard.
struct Scene {
    runtime: Runtime,
    _worker: Runtime,
    address: SocketAddr,
    token: String,
    conversation: ConversationId,
    _socket: Option<TcpStream>,
    _folder: tempfile::TempDir,
    _gateway: Gateway,
}

impl Scene {
    fn set(request: Request, in_memory: bool) -> Self {
        let runtime = |name: &str| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.thread_name(name).enable_all().build().expect("a runtime")
        };
        let (runtime, worker) = (runtime(THREADS), runtime("worker"));
        let folder = tempfile::tempdir().expect("a folder");
        let main = runtime.spawn(Self::start(folder.path().to_owned(), in_memory));
        let (gateway, ports) = runtime.block_on(main).expect("started");
        worker.spawn(work(ports.clone()));
        let address = gateway.address();
        let (_, token) = register(address, "ann").expect("registered");
        let (bob, _) = register(address, "bob").expect("registered");
        let id = converse(address, &token, &bob).expect("a conversation");
        let conversation = id.parse().expect("an id");
        runtime.block_on(stored(&*ports.store, conversation));
        // Nothing is delivered to the sender's only connection, so that sending alone is counted.
        let listens = !matches!(request, Request::Send);
        let socket = listens.then(|| socket(address, &token).expect("a socket"));
        Self {
            runtime,
            _worker: worker,
            address,
            token,
            conversation,
            _socket: socket,
            _folder: folder,
            _gateway: gateway,
        }
    }

    async fn start(folder: std::path::PathBuf, in_memory: bool) -> (Gateway, Ports) {
        let embedded = Embedded::open(&folder, Options::default()).await.expect("adapters");
        let ports = Ports {
            log: embedded.log(),
            store: embedded.store(),
            search: embedded.search(),
            accounts: embedded.accounts(),
            fan_out: embedded.fan_out(),
            limits: embedded.limits(),
            presence: embedded.presence(),
            recent: embedded.recent(),
            clock: Arc::new(SystemClock),
            tracer: Default::default(),
        };
        let mut config = Config::default();
        config.limits.api.permits = 0;
        config.limits.messages.permits = 0;
        if !in_memory {
            config.history.memory_bytes = 0;
        }
        let settings = Settings {
            name: "gateway".into(),
            config,
            engine: engine::Config::default(),
            keys: Keyring::parse(&Keyring::generate().expect("keys")).expect("a keyring"),
            site: Site::missing(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = Gateway::start(settings, ports.clone(), listener, &mut Registry::default())
            .await
            .expect("a gateway");
        (gateway, ports)
    }

    fn client(&self, request: Request, connections: usize) -> io::Result<Client> {
        // Whatever the runtime has to do beside the requests goes on.
        let _entered = self.runtime.enter();
        let connect = |_| {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        Ok(Client {
            connections: (0..connections).map(connect).collect::<io::Result<_>>()?,
            request,
            conversation: self.conversation,
            head: format!("Host: here\r\nAuthorization: Bearer {}\r\n", self.token),
            asked: 0,
        })
    }
}

/// The worker beside a gateway.
async fn work(ports: Ports) {
    let of_worker = talkline_worker::Ports {
        log: ports.log,
        store: ports.store,
        fan_out: ports.fan_out,
        recent: ports.recent,
        tracer: Default::default(),
    };
    let metrics = talkline_worker::Metrics::register(&mut Registry::default());
    let worker = Worker::new(Default::default(), of_worker, metrics);
    worker.run(CancellationToken::new()).await.expect("a worker");
}

struct Client {
    connections: Vec<TcpStream>,
    request: Request,
    conversation: ConversationId,
    head: String,
    asked: usize,
}

impl Client {
    /// Asks so often, on all connections together, and returns the length of the last body.
    fn ask(&mut self, times: usize) -> io::Result<usize> {
        let mut length = 0;
        for _ in 0..times / self.connections.len() {
            for connection in 0..self.connections.len() {
                let request = self.next();
                self.connections[connection].write_all(request.as_bytes())?;
            }
            for connection in &mut self.connections {
                length = body(connection)?.len();
            }
        }
        Ok(length)
    }

    fn next(&mut self) -> String {
        let Self { conversation, head, .. } = self;
        self.asked += 1;
        match self.request {
            Request::Nothing => format!("GET /api/v1/nowhere HTTP/1.1\r\n{head}\r\n"),
            Request::History(query) => {
                format!("GET /api/v1/messages/conversation/{conversation}{query} HTTP/1.1\r\n{head}\r\n")
            }
            Request::Send => {
                let name = format!("measured-{}", self.asked);
                let text = "x".repeat(100);
                let message =
                    json!({ "conversationId": conversation, "clientMessageId": name, "text": text }).to_string();
                let length = message.len();
                format!(
                    "POST /api/v1/chat/send HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{message}"
                )
            }
        }
    }
}

/// The body of an answer that says its length.
fn body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut seen, mut some) = (Vec::new(), [0; 65_536]);
    loop {
        let read = stream.read(&mut some)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&some[..read]);
        let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let whole = end + 4 + length.unwrap_or(0_usize);
        if seen.len() >= whole {
            return Ok(seen.split_off(end + 4));
        }
    }
}

/// Somebody who is registered: their id and token.
fn register(address: SocketAddr, name: &str) -> io::Result<(String, String)> {
    let person = json!({ "email": format!("{name}@example.org"), "password": "correct horse", "name": name });
    let answer = post(address, "auth/register", "", &person)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok((text(&answer["user"]["id"]), text(&answer["accessToken"])))
}

/// A direct conversation with messages of 100 characters, accepted.
fn converse(address: SocketAddr, token: &str, partner: &str) -> io::Result<String> {
    let direct = json!({ "type": "direct", "members": [partner] });
    let made = post(address, "conversations", token, &direct)?;
    let id = made["id"].as_str().unwrap_or_default();
    for n in 0..MESSAGES {
        let name = format!("message-{n}");
        let message = json!({ "conversationId": id, "clientMessageId": name, "text": "x".repeat(100) });
        post(address, "chat/send", token, &message)?;
    }
    Ok(id.to_owned())
}

fn post(address: SocketAddr, path: &str, token: &str, sent: &Value) -> io::Result<Value> {
    let (sent, mut stream) = (sent.to_string(), TcpStream::connect(address)?);
    let authorization = match token {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    let head = format!(
        "POST /api/v1/{path} HTTP/1.1\r\nHost: here\r\n{authorization}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        sent.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(sent.as_bytes())?;
    Ok(serde_json::from_slice(&body(&mut stream)?)?)
}

/// Waits until everything that was accepted is stored.
async fn stored(store: &dyn Store, conversation: ConversationId) {
    while store.heads(&[conversation]).await.expect("heads")[0].seq < MESSAGES as u64 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A socket in the namespace.
fn socket(address: SocketAddr, token: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )?;
    // A text message masked with zeros, its length in two bytes.
    let connect = format!(r#"40{{"token":"{token}"}}"#);
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend_from_slice(&(connect.len() as u16).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(connect.as_bytes());
    stream.write_all(&frame)?;
    let (mut seen, mut some) = (Vec::new(), [0; 1_024]);
    while !seen.windows(5).any(|window| window == b"40{\"s") {
        let read = stream.read(&mut some)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&some[..read]);
    }
    Ok(stream)
}

/// The CPU that the gateway's threads have used.
fn measured() -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == THREADS {
            let stat = fs::read_to_string(task.join("schedstat"))?;
            nanos += stat
                .split(' ')
                .next()
                .and_then(|nanos| nanos.parse().ok())
                .unwrap_or(0_u64);
        }
    }
    Ok(Duration::from_nanos(nanos))
}
