//! What a test does to servers of its own: kills them, stops them, fills their disks, and brings them back.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use tokio::task::spawn_blocking;

use super::{Servers, script};
use crate::{
    process::{Signal, tell},
    waiting::eventually,
};

/// What a process may write to at most once its disk is full: the first page of each file.
const FULL: &str = "--fsize=4096";

/// One server of a set of one's own.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    servers: &'a Servers,
    name: &'a str,
}

impl Servers {
    /// A member such as `kafka-1`.
    #[must_use]
    pub fn server<'a>(&'a self, name: &'a str) -> Server<'a> {
        Server { servers: self, name }
    }

    /// Starts what does not run, with its data, and returns when the whole set serves.
    ///
    /// # Errors
    /// When the set is not one's own, or does not serve.
    pub async fn mend(&self) -> Result<()> {
        self.must_be_own()?;
        let (folder, members) = (self.folder.clone(), self.own.clone());
        let script = move || {
            let members: Vec<_> = members.iter().map(String::as_str).collect();
            script("up.sh", &folder, &members)
        };
        spawn_blocking(script).await.context("up.sh")?
    }

    fn must_be_own(&self) -> Result<()> {
        ensure!(!self.own.is_empty(), "these servers are others', too");
        Ok(())
    }
}

impl Server<'_> {
    /// `kill -9`; returns when it is gone.
    ///
    /// # Errors
    /// When the set is not one's own, or the server does not run.
    pub async fn kill(self) -> Result<()> {
        tell(self.pid()?, "KILL")?;
        self.gone().await
    }

    /// Asks it to end, with SIGTERM; returns when it has.
    ///
    /// # Errors
    /// When the set is not one's own, or the server does not end.
    pub async fn end(self) -> Result<()> {
        self.signal(Signal::Terminate)?;
        self.gone().await
    }

    /// Tells it something.
    ///
    /// # Errors
    /// When the set is not one's own, or the server does not run.
    pub fn signal(self, signal: Signal) -> Result<()> {
        tell(self.pid()?, signal.name())
    }

    /// From now on it can write nowhere past the first page of a file, as if its disk were full; returns when it has ended
    /// of it.
    ///
    /// # Errors
    /// When the set is not one's own, the system has no `prlimit`, or the server goes on.
    pub async fn fill_disk(self) -> Result<()> {
        let mut command = Command::new("prlimit");
        command.args(["--pid", &self.pid()?.to_string(), FULL]);
        let filled = command.status().context("prlimit")?;
        ensure!(filled.success(), "prlimit: {filled}");
        self.gone().await
    }

    fn pid(self) -> Result<u32> {
        self.servers.must_be_own()?;
        self.servers.pid(self.name)
    }

    async fn gone(self) -> Result<()> {
        let stat = format!("/proc/{}/stat", self.pid()?);
        // What nobody collects stays as a zombie, and is as gone as can be.
        eventually("a server is gone", async || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            let state = stat.rsplit_once(") ").map_or("Z", |(_, state)| state);
            Ok(state.starts_with(['Z', 'X']).then_some(()))
        })
        .await
    }
}
