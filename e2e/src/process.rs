//! A program as a process: started, killed, stopped and resumed, asked to end, and never left behind.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    binary,
    waiting::{again_and_again, in_time},
};

/// A started program; killed when it is dropped.
///
/// It writes into files and not into pipes, so that it never waits for a test to read.
pub struct Process {
    child: Child,
    output: PathBuf,
    /// The folder of `output`, where it is nobody else's: it goes with the process.
    own: Option<TempDir>,
}

/// What a process can be told.
#[derive(Clone, Copy, Debug)]
pub enum Signal {
    /// Stand still, whatever you do: SIGSTOP.
    Stop,
    /// Go on: SIGCONT.
    Resume,
    /// End, please: SIGTERM.
    Terminate,
}

impl Process {
    /// Starts `talkline` with these arguments. Its output is kept as long as it is.
    ///
    /// # Errors
    /// When it is not built, or cannot be started.
    pub fn start(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<Self> {
        let mut command = binary::talkline()?;
        command.args(arguments);
        Self::start_owned(command)
    }

    /// Starts a program. Its output is kept as long as it is.
    pub(crate) fn start_owned(command: Command) -> Result<Self> {
        let own = tempfile::tempdir()?;
        let mut process = Self::start_in(command, own.path())?;
        process.own = Some(own);
        Ok(process)
    }

    /// Starts a program, and leaves its output in `folder`, which is made, in the files `stdout` and `stderr`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_in(mut command: Command, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("stdout"))?)
            .stderr(File::create(folder.join("stderr"))?)
            .spawn()?;
        Ok(Self {
            child,
            output: folder.to_owned(),
            own: None,
        })
    }

    /// What it has printed so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stdout(&self) -> Result<String> {
        Ok(fs::read_to_string(self.output.join("stdout"))?)
    }

    /// What it has complained or logged so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stderr(&self) -> Result<String> {
        Ok(fs::read_to_string(self.output.join("stderr"))?)
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

    /// Tells it something.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        ensure!(!self.has_ended()?, "it had ended by itself: {}", self.stderr()?);
        // The id is still its own: a process keeps it until somebody has asked how it ended.
        tell(self.child.id(), signal.name())
    }

    /// Asks it to stop, with SIGTERM.
    ///
    /// # Errors
    /// When it had ended before.
    pub fn terminate(&mut self) -> Result<()> {
        self.signal(Signal::Terminate)
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
        in_time("the program ends", self.wait()).await
    }

    /// Waits until it has ended by itself, for as long as the caller likes.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus> {
        again_and_again(async || Ok(self.child.try_wait()?)).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that is gone, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Signal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Resume => "CONT",
            Self::Terminate => "TERM",
        }
    }
}

/// Sends a signal to a process of that id.
pub(crate) fn tell(pid: u32, signal: &str) -> Result<()> {
    let told = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", signal, &pid.to_string()])
        .status()
        .context("sh")?;
    ensure!(told.success(), "kill -s {signal} {pid}: {told}");
    Ok(())
}
