//! What of an operator's settings the driver is told, and what holds whatever they say.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use mongodb::{
    Client,
    options::{
        Acknowledgment, ClientOptions, Credential, ReadConcern, ReadPreference, SelectionCriteria, Tls as DriverTls,
        TlsOptions, WriteConcern,
    },
};
use talkline_core::{Error, ErrorKind, Result};
use tempfile::NamedTempFile;

use super::{Config, error::Failure};
use crate::{Identity, Tls};

/// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// A client as the settings want it. Nothing is asked of a server yet.
pub(super) async fn client(config: &Config) -> Result<Client> {
    const OPERATION: &str = "mongo.connect";
    let invalid = |cause: mongodb::error::Error| Failure::from(cause).in_operation(OPERATION);
    let mut options = ClientOptions::parse(config.url.reveal()).await.map_err(invalid)?;
    settings(&mut options, config);
    // The driver reads the file of certificate and key while it is made, and never again.
    let _identity = tls(&mut options, config.tls.as_ref())
        .map_err(|cause| Error::new(ErrorKind::Invalid, OPERATION, format_args!("TLS: {cause}")))?;
    Client::with_options(options).map_err(invalid)
}

/// What holds whatever the connection string says: writes are on a majority's disks, reads are of what a majority has.
fn settings(options: &mut ClientOptions, config: &Config) {
    options.app_name.get_or_insert_with(|| "talkline".to_owned());
    options.max_pool_size = Some(config.max_pool_size);
    options.connect_timeout = Some(config.timeout);
    // Before the deadline of the call: the driver knows why no server can be had, and whoever gives up on the driver does not.
    options.server_selection_timeout = Some(config.timeout * 4 / 5);
    options.retry_writes = Some(true);
    options.retry_reads = Some(true);
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.write_concern = Some(
        WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .w_timeout(config.timeout)
            .build(),
    );
    if let (Some(credentials), None) = (&config.credentials, &options.credential) {
        let credential = Credential::builder()
            .username(credentials.username.clone())
            .password(credentials.password.reveal().to_owned());
        options.credential = Some(credential.build());
    }
}

/// Adds the encryption that is asked for; the file that comes back must be there until the client is made.
fn tls(options: &mut ClientOptions, tls: Option<&Tls>) -> std::io::Result<Option<NamedTempFile>> {
    let Some(tls) = tls else { return Ok(None) };
    let identity = tls.identity.as_ref().map(joined).transpose()?;
    let mut wanted = TlsOptions::default();
    wanted.ca_file_path = tls.ca.clone().or_else(system_authorities);
    wanted.cert_key_file_path = identity.as_ref().map(|file| file.path().to_owned());
    options.tls = Some(DriverTls::Enabled(wanted));
    Ok(identity)
}

/// The driver wants certificate and key in one file: this one is its owner's alone.
fn joined(identity: &Identity) -> std::io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    for part in [&identity.certificate, &identity.key] {
        file.write_all(&std::fs::read(part)?)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(file)
}

/// The system's authorities; none where it has no such file, and Mozilla's count.
fn system_authorities() -> Option<PathBuf> {
    let file = SYSTEM_AUTHORITIES.iter().map(Path::new).find(|path| path.is_file());
    file.map(Path::to_owned)
}
