//! Opens connections: plain or encrypted, and with whose name.

use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    ProtocolVersion, RedisConnectionInfo, RedisResult, TlsCertificates,
    aio::{AsyncPushSender, MultiplexedConnection},
};
use talkline_core::{Error, ErrorKind, Result};

use crate::{
    Credentials, Tls,
    redis::{Config, Metrics, Mode},
};

/// Requests of one connection that wait to be written at most.
const WAITING: usize = 1_024;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    host: Arc<str>,
    port: u16,
}

impl Address {
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// From `host:port`; an IPv6 address stands in brackets, or not, as in Redis' redirects.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then(|| Self::new(host, port))
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// See the module.
pub(super) struct Dialer {
    server: RedisConnectionInfo,
    sentinel: RedisConnectionInfo,
    place: ConnectionAddr,
    timeout: Duration,
    metrics: Metrics,
}

impl Dialer {
    /// Reads the files of certificates.
    pub(super) async fn new(config: &Config, metrics: Metrics) -> Result<Self> {
        let sentinel = match &config.mode {
            Mode::Sentinel(sentinel) => sentinel.credentials.as_ref(),
            Mode::Standalone | Mode::Cluster => None,
        };
        let place = match &config.tls {
            Some(tls) => encrypted(tls).await?,
            None => ConnectionAddr::Tcp(String::new(), 0),
        };
        Ok(Self {
            server: login(config.credentials.as_ref()).set_db(config.database.into()),
            sentinel: login(sentinel),
            place,
            timeout: config.timeout,
            metrics,
        })
    }

    /// A connection for commands.
    pub(super) async fn open(&self, address: &Address) -> RedisResult<MultiplexedConnection> {
        self.dial(address, self.server.clone(), self.settings()).await
    }

    /// A connection whose pushes go to `receiver`, in the library's own task: it must not block.
    pub(super) async fn listen(
        &self,
        address: &Address,
        receiver: impl AsyncPushSender,
    ) -> RedisResult<MultiplexedConnection> {
        let settings = self.settings().set_push_sender(receiver);
        self.dial(address, self.server.clone(), settings).await
    }

    /// A connection to a sentinel.
    pub(super) async fn ask(&self, sentinel: &Address) -> RedisResult<MultiplexedConnection> {
        self.dial(sentinel, self.sentinel.clone(), self.settings()).await
    }

    async fn dial(
        &self,
        address: &Address,
        login: RedisConnectionInfo,
        settings: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let place = at(address, self.place.clone());
        let info = place.into_connection_info()?.set_redis_settings(login);
        let connection = Client::open(info)?
            .get_multiplexed_async_connection_with_config(&settings)
            .await?;
        self.metrics.connected();
        Ok(connection)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    fn settings(&self) -> AsyncConnectionConfig {
        // Answers are waited for by whoever asked, with its own deadline.
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(WAITING)
    }
}

fn login(credentials: Option<&Credentials>) -> RedisConnectionInfo {
    let login = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_lib_name("talkline", env!("CARGO_PKG_VERSION"));
    match credentials {
        None => login,
        Some(Credentials { username, password }) => login.set_username(username).set_password(password.reveal()),
    }
}

/// A place like `like`, at another address.
fn at(address: &Address, like: ConnectionAddr) -> ConnectionAddr {
    let (host, port) = (address.host.to_string(), address.port);
    match like {
        ConnectionAddr::TcpTls { tls_params, .. } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params,
        },
        _ => ConnectionAddr::Tcp(host, port),
    }
}

/// A place with certificates: the library reads them only for a client of some place.
async fn encrypted(tls: &Tls) -> Result<ConnectionAddr> {
    // Whoever else is in the process may have chosen one before; any will do.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let root_cert = match &tls.ca {
        None => None,
        Some(path) => Some(read(path).await?),
    };
    let client_tls = match &tls.identity {
        None => None,
        Some(identity) => Some(ClientTlsConfig {
            client_cert: read(&identity.certificate).await?,
            client_key: read(&identity.key).await?,
        }),
    };
    let somewhere = ConnectionAddr::TcpTls {
        host: "localhost".into(),
        port: 6379,
        insecure: false,
        tls_params: None,
    };
    let certificates = TlsCertificates { client_tls, root_cert };
    let client = somewhere
        .into_connection_info()
        .and_then(|info: ConnectionInfo| Client::build_with_tls(info, certificates))
        .map_err(|cause| Error::new(ErrorKind::Invalid, "redis.connect", cause))?;
    Ok(client.get_connection_info().addr().clone())
}

async fn read(path: &Path) -> Result<Vec<u8>> {
    let named = |cause: io::Error| {
        let cause = format!("{}: {cause}", path.display());
        Error::new(ErrorKind::Invalid, "redis.connect", cause)
    };
    tokio::fs::read(path).await.map_err(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_and_ports() {
        for text in ["redis-1:6379", "127.0.0.1:7000"] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Address::parse("[::1]:6379"), Some(Address::new("::1", 6379)));
        assert_eq!(Address::parse("::1:6379"), Some(Address::new("::1", 6379)));
        for bad in ["", "redis", ":6379", "redis:", "redis:0", "redis:70000"] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }
}
