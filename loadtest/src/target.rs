//! A server under load, as a URL on the command line names it.

use std::time::Duration;

use reqwest::Url;
use tokio::net::TcpStream;

/// How long the first connection may take.
const PROBE: Duration = Duration::from_secs(15);

/// A target that can not be used, in one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No target at all.
    #[error("--target is missing")]
    Missing,
    /// No `http://host:port`.
    #[error("--target {url}: {why}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing answers there.
    #[error("--target {url}: cannot connect: {why}")]
    Unreachable {
        /// As given.
        url: String,
        /// What the network said.
        why: String,
    },
}

/// Where the server listens.
#[derive(Debug, Clone)]
pub struct Target {
    base: String,
    host: String,
    port: u16,
    socket_uri: String,
}

impl Target {
    /// Reads an `http` URL without a path. TLS ends in front of the gateways, so there is none here.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::Url {
            url: url.to_owned(),
            why: why.to_owned(),
        };
        let parsed = Url::parse(url).map_err(|error| refuse(&error.to_string()))?;
        if parsed.scheme() != "http" {
            return Err(refuse("only http:// is supported"));
        }
        if parsed.path() != "/" || parsed.query().is_some() {
            return Err(refuse("give it without a path"));
        }
        let host = parsed.host_str().ok_or_else(|| refuse("it has no host"))?;
        let port = parsed.port_or_known_default().ok_or_else(|| refuse("it has no port"))?;
        Ok(Self {
            base: format!("http://{host}:{port}"),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            socket_uri: format!("ws://{host}:{port}/socket.io/?EIO=4&transport=websocket"),
        })
    }

    /// Connects once, to fail early and in one line.
    ///
    /// # Errors
    /// When nothing accepts a connection within 15 s: a question to a name server that was lost is asked again after five.
    pub async fn probe(&self) -> Result<(), Error> {
        let connect = TcpStream::connect((self.host(), self.port));
        let why = match tokio::time::timeout(PROBE, connect).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", PROBE.as_secs()),
        };
        Err(Error::Unreachable {
            url: self.base.clone(),
            why,
        })
    }

    /// `http://host:port`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the Socket.IO endpoint is.
    #[must_use]
    pub fn socket_uri(&self) -> &str {
        &self.socket_uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_plain_http_address() {
        let target = Target::parse("http://[::1]:8080/").unwrap();
        assert_eq!(
            (target.host(), target.port(), target.base()),
            ("::1", 8080, "http://[::1]:8080")
        );
        assert_eq!(
            target.socket_uri(),
            "ws://[::1]:8080/socket.io/?EIO=4&transport=websocket"
        );
        for bad in ["127.0.0.1:8080", "https://x", "http://x/api", "http://x?y", ""] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_is_said_in_one_line() {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let error = Target::parse(&format!("http://{free}"))
            .unwrap()
            .probe()
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&free.to_string()) && error.lines().count() == 1,
            "{error}"
        );
    }
}
