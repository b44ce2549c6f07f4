//! The addresses that sockets come from: each has its own 28,000 or so ports toward a server, so more of them allow more sockets.

use std::{
    fmt::{self, Display},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use tokio::net::{TcpSocket, TcpStream};

/// Addresses in a range at most: a /16.
const MOST: u32 = 1 << 16;

/// One IPv4 address, or a range of them, as `127.0.0.2-127.0.0.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sources {
    first: Ipv4Addr,
    last: Ipv4Addr,
}

impl Sources {
    /// The address of that turn.
    #[must_use]
    pub fn of(self, turn: usize) -> IpAddr {
        let first = u32::from(self.first);
        let count = u32::from(self.last) - first + 1;
        let step = u32::try_from(turn % count as usize).unwrap_or(0);
        Ipv4Addr::from(first + step).into()
    }
}

impl FromStr for Sources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let address = |text: &str| text.parse().map_err(|_| format!("{text} is no IPv4 address"));
        let (first, last): (Ipv4Addr, Ipv4Addr) = (address(first)?, address(last)?);
        let length = u32::from(last).checked_sub(u32::from(first));
        match length.ok_or("the range ends before it begins")? < MOST {
            true => Ok(Self { first, last }),
            false => Err(format!("a range has at most {MOST} addresses")),
        }
    }
}

impl TryFrom<String> for Sources {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Sources> for String {
    fn from(sources: Sources) -> Self {
        sources.to_string()
    }
}

impl Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Connects to an address of `host`, from that source if one is given. Where a name has several addresses, as that of a headless Service has
/// one for each pod, the first to be tried is any of them, so that connections spread over all.
///
/// # Errors
/// When none answers, or the source address is not this machine's.
pub async fn connect(host: &str, port: u16, source: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let mut addresses: Vec<_> = found.filter(|it| source.is_none() || it.is_ipv4()).collect();
    if addresses.len() > 1 {
        let first = rand::random_range(0..addresses.len());
        addresses.rotate_left(first);
    }
    let mut last = None;
    for address in addresses {
        match connect_to(address, source).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other(format!("{host} has no address that can be used"))))
}

async fn connect_to(address: SocketAddr, source: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let Some(source) = source else {
        return TcpStream::connect(address).await;
    };
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    socket.connect(address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_walked_round() {
        let sources: Sources = "127.0.0.254-127.0.1.0".parse().unwrap();
        let walked = [0, 1, 2, 3].map(|turn| sources.of(turn).to_string());
        assert_eq!(walked, ["127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.0.254"]);
        let one: Sources = "127.0.0.7".parse().unwrap();
        assert_eq!(one.of(5).to_string(), "127.0.0.7");
        assert_eq!(one.to_string().parse(), Ok(one));
        for bad in ["", "::1", "127.0.0.9-127.0.0.2", "10.0.0.0-11.0.0.0", "x-y"] {
            assert!(bad.parse::<Sources>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_connection_comes_from_the_address_asked_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let source = "127.0.0.77".parse().unwrap();
        let stream = connect("127.0.0.1", port, Some(source)).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!((peer.ip(), stream.local_addr().unwrap().ip()), (source, source));
        let foreign = "192.0.2.1".parse().unwrap();
        assert!(connect("127.0.0.1", port, Some(foreign)).await.is_err());
    }
}
