//! What a delivery costs when nothing is done but deliver: the floor under every gateway's fan-out.
//!
//! `cargo run --release -p talkline-gateway --example delivery_floor [ROOMS OF RATE SECONDS]`. One thread reads which room is meant and
//! writes a frame that was encoded once to each of the room's sockets: a system call a delivery, no allocation, no lookup. The
//! thread's CPU is read from `/proc`; those who read and who give the pace are threads of their own.

#![allow(
    clippy::expect_used,
    reason = "a measurement that cannot be set up has nothing to measure"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the pace is given by a thread whose cost is not measured, so that the one that is measured has none"
)]

use std::{
    env, fs, io,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use tokio::io::AsyncReadExt;

/// A WebSocket text frame as long as one `chat:receive` with a message of 68 characters.
const FRAME: [u8; 420] = [b'x'; 420];

struct Load {
    rooms: usize,
    of: usize,
    /// Messages a second, over all rooms.
    rate: usize,
    seconds: usize,
}

fn main() -> io::Result<()> {
    let given: Vec<usize> = env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let load = match given[..] {
        [rooms, of, rate, seconds] => Load {
            rooms,
            of,
            rate,
            seconds,
        },
        _ => Load {
            rooms: 4,
            of: 50,
            rate: 200,
            seconds: 10,
        },
    };
    let readers = tokio::runtime::Builder::new_multi_thread()
        .thread_name("readers")
        .enable_all()
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let connect = || pair(&listener);
    let (mut pace, told) = connect()?;
    let mut sockets = Vec::new();
    for _ in 0..load.rooms * load.of {
        let (client, server) = connect()?;
        readers.spawn(read(client));
        sockets.push(server);
    }
    let messages = load.rate * load.seconds;
    let floor = thread::Builder::new()
        .name("floor".into())
        .spawn(move || deliver(told, &sockets, load.of))?;
    let start = Instant::now();
    for message in 0..messages {
        let intended = start + Duration::from_secs_f64(message as f64 / load.rate as f64);
        thread::sleep(intended.saturating_duration_since(Instant::now()));
        pace.write_all(&[(message % load.rooms) as u8])?;
    }
    drop(pace);
    let (deliveries, cpu) = floor.join().expect("the thread that delivers")?;
    let each = cpu.as_secs_f64() * 1e6 / deliveries as f64;
    let line = format!(
        "{each:.2} µs of CPU a delivery, {deliveries} of them in {} s\n",
        load.seconds
    );
    io::stdout().write_all(line.as_bytes())
}

/// Two ends of a connection: the client's and the server's.
fn pair(listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    Ok((client, server))
}

async fn read(client: TcpStream) -> io::Result<()> {
    client.set_nonblocking(true)?;
    let mut client = tokio::net::TcpStream::from_std(client)?;
    let mut some = [0; 4_096];
    while client.read(&mut some).await? > 0 {}
    Ok(())
}

/// Delivers until nobody gives the pace any more: how often, and what it cost.
fn deliver(mut told: TcpStream, sockets: &[TcpStream], of: usize) -> io::Result<(usize, Duration)> {
    let mut deliveries = 0;
    let mut room = [0];
    while told.read(&mut room)? > 0 {
        let first = usize::from(room[0]) * of;
        for mut socket in &sockets[first..first + of] {
            socket.write_all(&FRAME)?;
        }
        deliveries += of;
    }
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    let cpu = nanos.ok_or_else(|| io::Error::other("a schedstat without numbers"))?;
    Ok((deliveries, Duration::from_nanos(cpu)))
}
