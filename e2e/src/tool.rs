//! What a test needs beyond Rust: the scripts of `e2e/tools` find it, install it, or say what is missing.

use std::{
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};

pub use talkline_testbed::tool::{find, lacking};

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");

/// Whether real servers can be had here, for tests that start their own; if not, after saying that `tests` did not run.
///
/// # Errors
/// Where everything must be there (`CI` is set), or when nobody can be told.
pub fn servers(tests: &str) -> Result<bool> {
    let output = run("../servers/install.sh", &[])?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        lacking(tests, complaint.lines().last().unwrap_or("real servers"))?;
    }
    Ok(output.status.success())
}

/// Installs the npm packages that a folder has locked.
///
/// # Errors
/// When that fails.
pub fn install_packages(folder: &Path) -> Result<()> {
    let output = run("npm-ci.sh", &[folder])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", folder.display());
    Ok(())
}

fn run(script: &str, arguments: &[&Path]) -> Result<Output> {
    let script = Path::new(TOOLS).join(script);
    let output = Command::new(&script).args(arguments).output();
    output.with_context(|| script.display().to_string())
}
