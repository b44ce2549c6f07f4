//! The program as a process: started, killed, asked to stop, and never left behind.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::waiting::eventually;

/// A started `talkline`; killed when it is dropped.
///
/// It writes into files and not into pipes, so that it never waits for a test to read.
pub struct Process {
    child: Child,
    output: TempDir,
}

impl Process {
    /// Starts it, with nothing of the caller's environment that would change what it does.
    ///
    /// # Errors
    /// When it is not built, or cannot be started.
    pub fn start(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<Self> {
        let output = tempfile::tempdir()?;
        let mut command = Command::new(binary()?);
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name == "RUST_LOG" || name.to_string_lossy().starts_with("TALKLINE_")) {
            command.env_remove(name);
        }
        let child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(output.path().join("stdout"))?)
            .stderr(File::create(output.path().join("stderr"))?)
            .spawn()?;
        Ok(Self { child, output })
    }

    /// What it has printed so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stdout(&self) -> Result<String> {
        Ok(fs::read_to_string(self.output.path().join("stdout"))?)
    }

    /// What it has complained or logged so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stderr(&self) -> Result<String> {
        Ok(fs::read_to_string(self.output.path().join("stderr"))?)
    }

    /// `kill -9`; returns when it is gone.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn kill(mut self) -> Result<()> {
        ensure!(!self.has_ended()?, "it had ended by itself: {}", self.stderr()?);
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, with SIGTERM.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn terminate(&mut self) -> Result<()> {
        ensure!(!self.has_ended()?, "it had ended by itself: {}", self.stderr()?);
        // The id is still its own: a process keeps it until somebody has asked how it ended.
        let pid = self.child.id().to_string();
        let told = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &pid])
            .status()
            .context("sh")?;
        ensure!(told.success(), "kill: {told}");
        Ok(())
    }

    /// Whether it runs no more.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it has not by the deadline.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        eventually("the program ends", async || Ok(self.child.try_wait()?)).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that is gone, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program under test: `TALKLINE_BIN`, else the one that was built beside this test.
fn binary() -> Result<PathBuf> {
    let path = match std::env::var_os("TALKLINE_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = std::env::current_exe()?;
            let profile = test.parent().and_then(|deps| deps.parent());
            profile.context("the test lies in no build folder")?.join("talkline")
        }
    };
    ensure!(
        path.is_file(),
        "{} is missing; build it first: cargo build -p talkline",
        path.display()
    );
    Ok(path)
}
