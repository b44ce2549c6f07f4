//! What a test needs beyond Rust: the scripts of `e2e/tools` find it, install it, or say what is missing.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");

/// The path of the tool that `NAME.sh` prints; none if this machine lacks it, after saying that `tests` did not run.
///
/// # Errors
/// When the tool is missing where everything must be there (`CI` is set), or nobody can be told that it is missing.
pub fn find(name: &str, tests: &str) -> Result<Option<PathBuf>> {
    let output = run(name, [])?;
    if output.status.success() {
        return Ok(Some(PathBuf::from(String::from_utf8(output.stdout)?.trim_end())));
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lacks = complaint.lines().last().unwrap_or(name);
    lacking(tests, lacks)?;
    Ok(None)
}

/// Whether real servers can be had here, for tests that start their own; if not, after saying that `tests` did not run.
///
/// # Errors
/// Where everything must be there (`CI` is set), or when nobody can be told.
pub fn servers(tests: &str) -> Result<bool> {
    let install = Path::new(TOOLS).join("../servers/install.sh");
    let output = Command::new(&install)
        .output()
        .with_context(|| install.display().to_string())?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        lacking(tests, complaint.lines().last().unwrap_or("real servers"))?;
    }
    Ok(output.status.success())
}

/// Says that `tests` did not run, for want of `what`.
///
/// # Errors
/// Where everything must be there (`CI` is set), or when nobody can be told.
pub fn lacking(tests: &str, what: &str) -> Result<()> {
    skip(&format!("SKIPPED: {tests}: needs {what}"))
}

/// Installs the npm packages that a folder has locked.
///
/// # Errors
/// When that fails.
pub fn install_packages(folder: &Path) -> Result<()> {
    let output = run("npm-ci", [folder])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", folder.display());
    Ok(())
}

fn run<const N: usize>(name: &str, arguments: [&Path; N]) -> Result<Output> {
    let script = Path::new(TOOLS).join(name).with_extension("sh");
    let output = Command::new(&script).args(arguments).output();
    output.with_context(|| script.display().to_string())
}

fn skip(line: &str) -> Result<()> {
    ensure!(std::env::var_os("CI").is_none(), "{line}");
    if let Some(record) = std::env::var_os("TALKLINE_SKIPPED") {
        writeln!(File::options().append(true).create(true).open(record)?, "{line}")?;
    }
    writeln!(std::io::stderr(), "{line}")?;
    Ok(())
}
