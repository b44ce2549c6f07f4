//! Programs that end by themselves, and are ended when they do not.

use std::{
    ffi::OsStr,
    io::Write,
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result, bail};

/// A command that is killed after so many seconds.
pub(crate) fn bounded(seconds: u32, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(seconds.to_string()).arg(program);
    command
}

/// Runs it with `input`, and returns whatever it said.
pub(crate) fn output(command: &mut Command, input: &str) -> Result<Output> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let mut stdin = child.stdin.take().context("it has no input")?;
    std::thread::scope(|scope| {
        // A program may write before it has read everything, or end without reading: what it says of that is in its output.
        scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
        Ok(child.wait_with_output()?)
    })
}

/// Runs it with `input`, and returns what it printed.
///
/// # Errors
/// What it complained about, when it failed.
pub(crate) fn printed(command: &mut Command, input: &str) -> Result<String> {
    let output = output(command, input)?;
    if !output.status.success() {
        bail!("{}: {}", output.status, text(&output.stderr));
    }
    Ok(text(&output.stdout))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
