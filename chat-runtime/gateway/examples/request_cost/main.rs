//! What a request costs a gateway, in CPU: a page of history by where it comes from, and a message sent.
//!
//! `cargo run --release -p talkline-gateway --example request_cost [-- ADDRESS PID]`. Without arguments of a whole gateway on the
//! embedded adapters in this process, its threads named: workers, and the thread that writes to SQLite, are not in it. With
//! them of the gateway that listens there, limits off, and all of whose process is counted. It is asked over HTTP/1.1 on
//! connections that stay: on one, where each answer is waited for and each request wakes the gateway, and on 32 that ask
//! together.

#![allow(
    clippy::expect_used,
    reason = "a measurement that cannot be set up has nothing to measure"
)]

mod client;
mod scene;
mod threads;

use std::{
    env,
    io::{self, Write},
    time::Instant,
};

use client::{Client, Conversation, Request};
use scene::Scene;
use threads::Threads;

/// The allocator of the program that runs the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARMUP: usize = 2_000;
const REQUESTS: usize = 20_000;
/// How many connections ask together.
const CONNECTIONS: [usize; 2] = [1, 32];

const NEWEST: Request = Request::History("?limit=50");
const OLDER: Request = Request::History("?limit=50&beforeSeq=55");

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => embedded(),
        [address, pid] => running(address, pid),
        _ => Err(io::Error::other("usage: request_cost [ADDRESS PID]")),
    }
}

fn embedded() -> io::Result<()> {
    let cases = [
        ("nothing but HTTP, the token and the edge", Request::Nothing, true),
        ("the newest 50, from memory", NEWEST, true),
        ("the newest 1, from memory", Request::History("?limit=1"), true),
        ("the newest 50, from the shared cache in this process", NEWEST, false),
        ("50 older ones, from SQLite", OLDER, true),
        ("a message sent, acknowledged by SQLite's log", Request::Send, true),
    ];
    for (what, request, in_memory) in cases {
        for connections in CONNECTIONS {
            let scene = Scene::set(in_memory);
            let conversation = Conversation::begin(scene.address)?;
            // Nothing is delivered to the sender's only connection, so that sending alone is counted.
            let listens = !matches!(request, Request::Send);
            let _socket = listens.then(|| conversation.socket()).transpose()?;
            ask(what, &mut conversation.client(request, connections)?, &scene.threads)?;
        }
    }
    Ok(())
}

fn running(address: &str, pid: &str) -> io::Result<()> {
    let threads = Threads::all_of(pid.parse().map_err(io::Error::other)?);
    let conversation = Conversation::begin(address.parse().map_err(io::Error::other)?)?;
    let cases = [
        ("nothing but HTTP, the token and the edge", Request::Nothing),
        ("the newest 50", NEWEST),
        ("50 older ones", OLDER),
        ("a message sent, acknowledged by the log", Request::Send),
    ];
    for (what, request) in cases {
        for connections in CONNECTIONS {
            ask(what, &mut conversation.client(request, connections)?, &threads)?;
        }
    }
    Ok(())
}

/// Asks, and prints what each request took.
fn ask(what: &str, client: &mut Client, gateway: &Threads) -> io::Result<()> {
    client.ask(WARMUP)?;
    let (before, begun) = (gateway.cpu()?, Instant::now());
    let bytes = client.ask(REQUESTS)?;
    let each = (gateway.cpu()? - before).as_secs_f64() * 1e6 / REQUESTS as f64;
    let rate = REQUESTS as f64 / begun.elapsed().as_secs_f64();
    let connections = client.connections();
    let line = format!("{each:6.1} µs a request on {connections:2}, {bytes:6} bytes, {rate:6.0}/s: {what}\n");
    io::stdout().write_all(line.as_bytes())
}
