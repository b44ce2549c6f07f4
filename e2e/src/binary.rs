//! The project's own programs, as they were built: where they are, and an environment that says nothing to them.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

/// `talkline`, with nothing of the caller's environment that would change what it does.
///
/// # Errors
/// When it is not built.
pub(crate) fn talkline() -> Result<Command> {
    let path = program("talkline")?;
    let mut command = Command::new(path);
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name == "RUST_LOG" || name.to_string_lossy().starts_with("TALKLINE_")) {
        command.env_remove(name);
    }
    Ok(command)
}

/// `talkline-loadtest`.
///
/// # Errors
/// When it is not built.
pub(crate) fn loadtest() -> Result<Command> {
    Ok(Command::new(program("talkline-loadtest")?))
}

/// One of the project's programs: the one that `TALKLINE_BIN` names or one beside it, else where this program was built.
///
/// # Errors
/// When it is not built.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = match std::env::var_os("TALKLINE_BIN").map(PathBuf::from) {
        Some(talkline) if name == "talkline" => Some(talkline),
        Some(talkline) => Some(talkline.with_file_name(name)),
        None => {
            let ours = std::env::current_exe()?;
            // Tests lie one folder below the programs.
            let mut built = ours.ancestors().skip(1).take(2).map(|folder| folder.join(name));
            built.find(|path| path.is_file())
        }
    };
    let path = path.filter(|path| path.is_file());
    path.with_context(|| format!("{name} is missing; build it first: cargo build -p {name}"))
}
