//! TLS to a server: whom to trust, and who we are. The server's certificate and name are always checked.

use std::path::PathBuf;

/// Files of PEM. `Default` trusts the authorities of the system and shows no certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities to trust, instead of the system's.
    pub ca: Option<PathBuf>,
    /// What this side shows.
    pub identity: Option<Identity>,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}
