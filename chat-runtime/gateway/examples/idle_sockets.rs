//! What an idle socket costs in memory, and one that is sent much and never reads: opens many against a server and reads what
//! the server's process grew by; of those that never read also what the kernel holds for them.
//!
//! `cargo run --release -p talkline-gateway --example idle_sockets [COUNT]`. The clients run in a process of their own
//! (this program again), so that only the server is measured. Each socket needs a file descriptor in both processes.

use std::{
    env, io,
    io::Write,
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::Router;
use serde_json::{json, value::RawValue};
use talkline_gateway::engine::{Chat, Config, Engine, Event, Frame, Handle, Peer, Refusal, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_util::sync::CancellationToken;

/// The allocator of the program that runs the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Enough that what the process needs anyhow does not count.
const DEFAULT_COUNT: usize = 5_000;
/// Sockets that a client opens at once.
const AT_ONCE: usize = 100;
/// Sockets that are sent to, and what each is sent in bytes: more than the kernel and a backlog take.
const FLOODED: usize = 100;
const FLOOD: usize = 24 * 1024 * 1024;
/// What one message has. Each socket has its own, so that none is shared.
const MESSAGE: usize = 16 * 1024;
/// How long all of them together may take.
const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let count = arguments
        .first()
        .and_then(|count| count.parse().ok())
        .unwrap_or(DEFAULT_COUNT);
    match arguments.get(1).map(|addr| addr.parse()) {
        Some(Ok(addr)) => hold(addr, count).await,
        Some(Err(error)) => Err(io::Error::other(error)),
        None => measure(count).await,
    }
}

/// The server's part.
async fn measure(count: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let handles = Handles::default();
    let config = Config {
        resync: Some(Frame::event("chat:resync", &json!({}))?),
        ..Config::default()
    };
    let bound = config.max_backlog;
    let engine = Engine::new(Quiet(Arc::clone(&handles)), config);
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(Server::new(listener, Router::new(), engine.clone()).run(shutdown.clone()));
    hold(addr, AT_ONCE).await?;
    let before = resident()?;
    let mut clients = Command::new(env::current_exe()?)
        .args([count.to_string(), addr.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut connected = [0];
    let output = clients.stdout.as_mut().ok_or_else(|| io::Error::other("no output"))?;
    tokio::time::timeout(DEADLINE, output.read_exact(&mut connected)).await??;
    let grown = resident()?.saturating_sub(before);
    let sockets = engine.metrics().sockets_open.get();
    let each = grown as f64 / 1024.0 / sockets as f64;
    say(format!("{sockets} idle sockets: {} KB, {each:.1} KB each\n", grown / 1024).as_bytes())?;
    let flooded = flood(&handles)?;
    say(format!("{flooded}, {} KB of them allowed to wait here\n", bound / 1024).as_bytes())?;
    clients.kill().await?;
    shutdown.cancel();
    serving.await.map_err(io::Error::other)
}

/// Sends to the newest sockets, whose clients do not read, and says what that took, a socket.
fn flood(handles: &Handles) -> io::Result<String> {
    let before = (resident()?, in_kernel()?);
    let handles = handles.lock().unwrap_or_else(PoisonError::into_inner);
    let handles = &handles[handles.len().saturating_sub(FLOODED)..];
    for _ in 0..FLOOD / MESSAGE {
        for handle in handles {
            handle.emit(&Frame::event("chat:receive", &json!({ "text": "x".repeat(MESSAGE) }))?);
        }
    }
    let each = |after: u64, before: u64| after.saturating_sub(before) / 1024 / handles.len() as u64;
    let (own, kernel) = (each(resident()?, before.0), each(in_kernel()?, before.1));
    let sent = FLOOD / 1024;
    Ok(format!(
        "sockets that were sent {sent} KB and read nothing: {own} KB each, {kernel} KB of the kernel's"
    ))
}

/// The clients' part: opens `count` sockets, says so with one line, and keeps them until its input ends.
async fn hold(addr: SocketAddr, count: usize) -> io::Result<()> {
    let mut sockets = Vec::new();
    while sockets.len() < count {
        let some = (0..AT_ONCE.min(count - sockets.len())).map(|_| connect(addr));
        sockets.extend(futures::future::try_join_all(some).await?);
    }
    if env::args().len() > 2 {
        say(b"!\n")?;
        tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    }
    Ok(())
}

/// A WebSocket whose namespace is connected.
async fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr).await?;
    let handshake = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: idle\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(handshake.as_bytes()).await?;
    // The namespace's connect packet `40`, as a text message masked with zeros.
    stream.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'4', b'0']).await?;
    let mut seen = Vec::new();
    while !contains(&seen, b"welcome") {
        if stream.read_buf(&mut seen).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(stream)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Writes a line to the standard output.
fn say(line: &[u8]) -> io::Result<()> {
    io::stdout().write_all(line)
}

/// The resident memory of this process in bytes.
fn resident() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes
        .map(|kb: u64| kb * 1024)
        .ok_or_else(|| io::Error::other("no VmRSS in /proc/self/status"))
}

/// What the kernel holds for all TCP connections of this machine, in bytes.
fn in_kernel() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/net/sockstat")?;
    let tcp = status.lines().find(|line| line.starts_with("TCP:"));
    let pages = tcp.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    pages
        .map(|pages: u64| pages * 4_096)
        .ok_or_else(|| io::Error::other("no mem of TCP in /proc/net/sockstat"))
}

/// The sockets that are connected, in their order.
type Handles = Arc<Mutex<Vec<Handle>>>;

/// A chat in which no client says anything.
struct Quiet(Handles);

impl Chat for Quiet {
    type Session = ();

    async fn connect(&self, _: &RawValue, _: &Peer) -> Result<(), Refusal> {
        Ok(())
    }

    fn connected(&self, _: &Arc<()>, handle: &Handle) {
        if let Ok(welcome) = Frame::event("welcome", &json!({})) {
            handle.emit(&welcome);
        }
        let mut handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        handles.push(handle.clone());
    }

    async fn event(&self, _: &Arc<()>, _: &Handle, _: Event<'_>) -> Option<Box<RawValue>> {
        None
    }

    fn disconnected(&self, _: &Arc<()>, _: &Handle) {}
}
