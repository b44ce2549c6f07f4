//! A running `talkline up`, found by the addresses that it prints.

use std::{net::SocketAddr, process::ExitStatus};

use anyhow::{Context, Result, bail};

use crate::{Api, launch::Launch, process::Process, waiting::eventually};

/// A program that is up; killed when it is dropped.
pub struct Program {
    process: Process,
    public: SocketAddr,
    admin: SocketAddr,
}

impl Program {
    /// Starts it, and waits until it has said where it listens.
    ///
    /// # Errors
    /// When it is not built, or ends instead.
    pub async fn start(launch: &Launch) -> Result<Self> {
        let mut process = launch.start()?;
        let (public, admin) = eventually("the program is up", async || match addresses(&process.stdout()?)?[..] {
            [public, admin, ..] => Ok(Some((public, admin))),
            _ if process.has_ended()? => bail!("it did not start: {}", process.stderr()?),
            _ => Ok(None),
        })
        .await?;
        Ok(Self { process, public, admin })
    }

    /// Where clients connect.
    #[must_use]
    pub fn public(&self) -> SocketAddr {
        self.public
    }

    /// Where health and metrics are asked for.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// A client of its REST routes.
    ///
    /// # Errors
    /// When there can be no HTTP client here.
    pub fn api(&self) -> Result<Api> {
        Api::new(self.public)
    }

    /// The process that it is.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// `kill -9`; returns when it is gone.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn kill(self) -> Result<()> {
        self.process.kill()
    }

    /// SIGTERM; returns when it has ended, and with what.
    ///
    /// # Errors
    /// When it had ended before, or does not end.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.process.terminate()?;
        self.process.ended().await
    }
}

/// The addresses in the whole lines of `text`, in their order.
fn addresses(text: &str) -> Result<Vec<SocketAddr>> {
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let parts = whole.lines().filter_map(|line| line.split_once("http://"));
    let parse = |(_, rest): (&str, &str)| {
        let end = rest.find(['/', ' ']).unwrap_or(rest.len());
        rest[..end].parse().with_context(|| format!("an address in {text:?}"))
    };
    parts.map(parse).collect()
}
