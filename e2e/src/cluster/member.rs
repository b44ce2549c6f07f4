//! One process of a cluster over all its lives: it comes back to the same addresses, with the same settings.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, ExitStatus},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    Api, binary, ports,
    process::{Process, Signal},
    waiting::eventually,
};

/// Variables, by their names.
pub type Environment = BTreeMap<&'static str, String>;

/// Lines of its log that are shown of each life.
const SHOWN: usize = 60;

/// What a process of the cluster does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Talks with clients.
    Gateway,
    /// Numbers and stores.
    Worker,
}

/// A gateway or a worker; killed when it is dropped.
pub struct Member {
    role: Role,
    public: SocketAddr,
    admin: SocketAddr,
    environment: Environment,
    /// Of its outputs, one folder for each life.
    folder: PathBuf,
    lives: usize,
    process: Option<Process>,
}

impl Role {
    /// Its command of `talkline`.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Worker => "worker",
        }
    }
}

impl Member {
    pub(super) fn new(role: Role, folder: PathBuf, environment: Environment) -> Result<Self> {
        Ok(Self {
            role,
            public: ports::free()?,
            admin: ports::free()?,
            environment,
            folder,
            lives: 0,
            process: None,
        })
    }

    /// Starts it, for the first time or again. Does not wait until it is ready.
    ///
    /// # Errors
    /// When it runs, or cannot be started.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "{} runs", self.folder.display());
        self.lives += 1;
        self.process = Some(Process::start_in(self.command()?, &self.life(self.lives))?);
        Ok(())
    }

    /// Whether it was started, and not killed or asked to end.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.process.is_some()
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// When it ends instead, or does not by the deadline: with what it has logged.
    pub async fn ready(&mut self) -> Result<()> {
        let admin = Api::new(self.admin)?;
        let process = self.process.as_mut().context("it was not started")?;
        let ready = eventually("it is ready", async || {
            if process.has_ended()? {
                bail!("it has ended");
            }
            // Nobody listens yet: not ready.
            let answer = admin.get("/readyz", None).await;
            Ok(answer.is_ok_and(|answer| answer.status == 200).then_some(()))
        });
        ready.await.with_context(|| self.log())
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("it was not started")?.kill()
    }

    /// Tells it something.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        self.process.as_mut().context("it was not started")?.signal(signal)
    }

    /// SIGTERM; returns when it has ended, and with what.
    ///
    /// # Errors
    /// When it had ended before, or does not end.
    pub async fn leave(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::Terminate)?;
        self.ended().await
    }

    /// Waits until it has ended, as it was told to.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let mut process = self.process.take().context("it was not started")?;
        process.ended().await.with_context(|| self.log())
    }

    /// Where clients connect, if it is a gateway.
    #[must_use]
    pub fn public(&self) -> SocketAddr {
        self.public
    }

    /// Where health and metrics are asked for.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The newest of what it has logged, in each of its lives.
    #[must_use]
    pub fn log(&self) -> String {
        let mut text = String::new();
        for life in 1..=self.lives {
            let file = self.life(life).join("stderr");
            let log = std::fs::read_to_string(&file).unwrap_or_else(|error| error.to_string());
            let lines: Vec<_> = log.lines().collect();
            let newest = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            // Writing to a string does not fail.
            _ = writeln!(text, "--- {}\n{newest}", file.display());
        }
        text
    }

    fn life(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }

    fn command(&self) -> Result<Command> {
        let mut command = binary::talkline()?;
        command
            .arg(self.role.command())
            .args(["--admin", &self.admin.to_string()])
            .envs(&self.environment);
        if self.role == Role::Gateway {
            command.args(["--listen", &self.public.to_string()]);
        }
        Ok(command)
    }
}
