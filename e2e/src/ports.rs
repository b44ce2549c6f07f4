//! Ports for programs that are killed and come back to the same address.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result};

/// Below what outgoing connections take (from 32,768 on Linux): while a program is away, nobody else gets its port, and no
/// client that knocks there is connected to itself.
const RANGE: std::ops::Range<u16> = 16_384..32_000;
const ATTEMPTS: usize = 100;

/// A free address of this machine.
pub(crate) fn free() -> Result<SocketAddr> {
    let candidates = (0..ATTEMPTS).map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, rand::random_range(RANGE))));
    let mut free = candidates.filter(|address| TcpListener::bind(address).is_ok());
    free.next().context("no free port")
}
