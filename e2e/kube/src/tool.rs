//! What a test needs beyond Rust: the scripts of `e2e/tools` find it, install it, or say what is missing.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::command::{bounded, output, text};

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools");

/// Building a program from source takes minutes the first time, and much longer beside other builds.
pub(crate) const BUILD_SECONDS: u32 = 3_600;

/// The path of the tool that `NAME.sh` prints; none if this machine lacks it, after saying that `tests` did not run.
///
/// # Errors
/// When the tool is missing where everything must be there (`CI` is set), or nobody can be told that it is missing.
pub fn find(name: &str, tests: &str) -> Result<Option<PathBuf>> {
    let script = Path::new(TOOLS).join(name).with_extension("sh");
    let output = output(&mut bounded(BUILD_SECONDS, script), "")?;
    if output.status.success() {
        return Ok(Some(PathBuf::from(text(&output.stdout).trim_end())));
    }
    lacking(tests, text(&output.stderr).lines().last().unwrap_or(name))?;
    Ok(None)
}

/// Says that `tests` did not run, for want of `what`: on standard error, and in the file that `TALKLINE_SKIPPED` names.
///
/// # Errors
/// Where everything must be there (`CI` is set), or when nobody can be told.
pub fn lacking(tests: &str, what: &str) -> Result<()> {
    let line = format!("SKIPPED: {tests}: needs {what}");
    ensure!(std::env::var_os("CI").is_none(), "{line}");
    if let Some(record) = std::env::var_os("TALKLINE_SKIPPED") {
        let file = File::options().append(true).create(true).open(&record);
        writeln!(file.with_context(|| format!("{record:?}"))?, "{line}")?;
    }
    writeln!(std::io::stderr(), "{line}")?;
    Ok(())
}
