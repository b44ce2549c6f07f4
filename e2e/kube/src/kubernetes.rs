//! A Kubernetes of one test's own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::{
    audit,
    command::{bounded, output, printed, text},
    tool,
};

const SCRIPTS: &str = env!("CARGO_MANIFEST_DIR");

/// What install.sh ends with when something would have to be built or installed, and cannot be on this machine.
pub(crate) const CANNOT: i32 = 3;

/// How long anything may take that a test waits for, on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// How much of Kubernetes runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The API alone: objects are checked and kept, and nothing comes of them.
    Api,
    /// The real controllers and the scheduler too, with simulated nodes: pods turn Ready and run nothing.
    Simulated,
    /// The same, with this machine as one real node that runs containers. Needs root.
    Node,
}

/// A running Kubernetes, stopped when it is dropped.
pub struct Kubernetes {
    programs: PathBuf,
    data: TempDir,
    mode: Mode,
}

impl Kubernetes {
    /// Starts one; none when this machine lacks what it takes, after saying that `tests` did not run.
    ///
    /// # Errors
    /// When it does not start; and where everything must be there (`CI` is set), when something is missing.
    pub fn start(mode: Mode, tests: &str) -> Result<Option<Self>> {
        let Some(programs) = install(mode, tests)? else {
            return Ok(None);
        };
        let kubernetes = Self {
            programs,
            data: TempDir::new()?,
            mode,
        };
        kubernetes.resume()?;
        Ok(Some(kubernetes))
    }

    /// Starts again whatever of it has ended, on its old addresses and data, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&self) -> Result<()> {
        let mut up = script("up.sh", 300);
        up.arg(self.data.path()).arg(self.mode.name());
        printed(&mut up, "").map(drop).context("up.sh")
    }

    /// Kills one of its programs, as `kube-apiserver`; [`Self::resume`] starts it again.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self, program: &str) -> Result<()> {
        let pid = fs::read_to_string(self.data.path().join(program).with_extension("pid"))?;
        printed(bounded(10, "kill").args(["-9", pid.trim()]), "").map(drop)
    }

    /// Its folder: data, logs, `kubeconfig`.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// The kubeconfig of an administrator.
    pub fn kubeconfig(&self) -> PathBuf {
        self.data.path().join("kubeconfig")
    }

    /// kubectl, as an administrator; for what [`Self::kubectl`] does not do. It is killed after a minute and a half.
    pub fn command(&self) -> Command {
        let mut command = bounded(90, self.programs.join("kubectl"));
        command.arg("--kubeconfig").arg(self.kubeconfig());
        command.arg("--cache-dir").arg(self.data.path().join("kubectl"));
        command
    }

    /// Runs kubectl with `input`, and returns what it printed.
    ///
    /// # Errors
    /// What it complained about.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String> {
        printed(self.command().arg("--request-timeout=20s").args(arguments), input)
    }

    /// Runs kubectl until it succeeds, for at most a minute, and returns what it printed. Each try is a process, which paces the loop.
    ///
    /// # Errors
    /// What it complained about at last.
    pub fn eventually(&self, arguments: &[&str]) -> Result<String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.kubectl(arguments, "") {
                Ok(printed) => return Ok(printed),
                Err(error) if Instant::now() > deadline => bail!("in {DEADLINE:?} not: {arguments:?}: {error}"),
                Err(_) => {}
            }
        }
    }

    /// Every request that the API server has answered, in the order of its answers.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn requests(&self) -> Result<Vec<audit::Request>> {
        audit::requests(&self.data.path().join("audit.log"))
    }
}

impl Drop for Kubernetes {
    fn drop(&mut self) {
        // A failure here shows as processes that are left, which no assertion in a destructor could mend.
        drop(script("down.sh", 120).arg(self.data.path()).status());
    }
}

impl Mode {
    /// What up.sh calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Simulated => "kwok",
            Self::Node => "node",
        }
    }

    /// What install.sh has to install for it.
    fn set(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Simulated => "controllers",
            Self::Node => "node",
        }
    }
}

/// Installs what a mode needs, and returns the folder of Kubernetes' programs; none when this machine cannot, after saying that
/// `tests` did not run.
///
/// # Errors
/// When that fails, and where everything must be there (`CI` is set), when it cannot be.
pub fn install(mode: Mode, tests: &str) -> Result<Option<PathBuf>> {
    let installed = output(script("install.sh", tool::BUILD_SECONDS).arg(mode.set()), "")?;
    let complaint = text(&installed.stderr);
    if installed.status.code() == Some(CANNOT) {
        tool::lacking(tests, complaint.lines().last().unwrap_or("Kubernetes"))?;
        return Ok(None);
    }
    ensure!(installed.status.success(), "install.sh: {complaint}");
    Ok(Some(PathBuf::from(text(&installed.stdout).trim())))
}

pub(crate) fn script(name: &str, seconds: u32) -> Command {
    bounded(seconds, Path::new(SCRIPTS).join(name))
}
