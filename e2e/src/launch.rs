//! How the program is to be started: which YAML, where it listens, where its data lies.

use std::{
    ffi::OsStr,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{Backend, binary, process::Process};

/// Any free port of this machine alone.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The arguments of `talkline up`.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The ChatCluster's YAML.
    pub cluster: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where health and metrics are asked for.
    pub admin: SocketAddr,
}

impl Launch {
    /// Of `examples/NAME.yaml`, on any free ports, with its data in the folder `data`.
    #[must_use]
    pub fn example(name: &str, data: &Path) -> Self {
        let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
        Self {
            cluster: examples.join(name).with_extension("yaml"),
            data: data.to_owned(),
            listen: ANY_PORT,
            admin: ANY_PORT,
        }
    }

    /// Starts it. Does not wait until it is up, which it may never be.
    ///
    /// # Errors
    /// When it is not built, or cannot be started.
    pub fn start(&self) -> Result<Process> {
        let (listen, admin) = (self.listen.to_string(), self.admin.to_string());
        let arguments: [&OsStr; 8] = [
            "up".as_ref(),
            self.cluster.as_ref(),
            "--data".as_ref(),
            self.data.as_ref(),
            "--listen".as_ref(),
            listen.as_ref(),
            "--admin".as_ref(),
            admin.as_ref(),
        ];
        let mut command = binary::talkline()?;
        command
            .args(arguments)
            .envs(Backend::of_this_run()?.environment(&self.data)?);
        Process::start_owned(command)
    }
}
