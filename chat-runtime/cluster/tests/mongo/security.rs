//! Who MongoDB lets in, and over what: TLS with an authority of one's own, and a user.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use talkline_cluster::{Credentials, Secret, Tls, mongo::Config};
use talkline_core::{Error, ErrorKind, suite};
use talkline_e2e::Servers;

use crate::database::{config, connect};

/// How long a refusal may take, the driver's own search for a server that suits it included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A server of one's own. It goes with the test, also with one that fails.
struct Secure {
    servers: Servers,
    _folder: tempfile::TempDir,
}

impl Secure {
    /// None where no servers can be installed; the shared ones say so.
    fn start() -> Option<Self> {
        Servers::shared("MongoDB with TLS and credentials").unwrap()?;
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path(), &["mongo=secure"]).unwrap();
        Some(Self {
            servers,
            _folder: folder,
        })
    }

    /// As an operator has it who does everything right.
    fn config(&self) -> Config {
        let (url, ca) = self.servers.mongo_secure().unwrap();
        Config {
            credentials: Some(credentials("sesame")),
            tls: Some(trusting(ca)),
            timeout: TIMEOUT,
            ..config(url, 1)
        }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        if let Err(error) = self.servers.stop() {
            eprintln!("a server was left behind: {error}");
        }
    }
}

fn credentials(password: &str) -> Credentials {
    Credentials {
        username: "talkline".to_owned(),
        password: Secret::new(password),
    }
}

fn trusting(ca: &Path) -> Tls {
    Tls {
        ca: Some(ca.to_owned()),
        identity: None,
    }
}

/// Why not; within what a call may take, and a little for the processes around it.
async fn refused(config: &Config) -> Error {
    let start = Instant::now();
    let error = connect(config).await.err().expect("it was let in");
    let took = start.elapsed();
    assert!(took < 2 * TIMEOUT, "{error}: after {took:?}");
    error
}

#[tokio::test]
async fn only_who_it_knows_is_let_in_and_only_over_tls() {
    let Some(secure) = Secure::start() else { return };
    let right = secure.config();
    let mongo = connect(&right).await.unwrap();
    mongo.ping().await.unwrap();
    suite::accounts::accounts(&*mongo.accounts()).await;
    mongo.close().await;

    let wrong_password = Config {
        credentials: Some(credentials("wrong-guess")),
        ..right.clone()
    };
    let error = refused(&wrong_password).await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(!error.to_string().contains("wrong-guess"), "{error}");

    let nobody = Config {
        credentials: None,
        ..right.clone()
    };
    let error = refused(&nobody).await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("Unauthorized"), "{error}");

    // The system's authorities have never heard of it.
    let stranger = Config {
        tls: Some(Tls::default()),
        ..right.clone()
    };
    let error = refused(&stranger).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");

    let plain = Config { tls: None, ..right };
    assert_eq!(refused(&plain).await.kind(), ErrorKind::Unavailable);
}
