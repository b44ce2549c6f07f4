//! Why the program ends: one clear line for a person, and an exit code for a script.

use std::{fmt::Display, io::Write, net::SocketAddr, path::Path, process::ExitCode};

/// The program cannot start, or cannot go on.
#[derive(Debug)]
pub(crate) struct Failure {
    lines: String,
    code: u8,
}

/// What somebody asked for cannot be had: mend the command, the file or the machine.
const USAGE: u8 = 2;
/// It ran, and broke.
const BROKEN: u8 = 1;

impl Failure {
    pub(crate) fn usage(line: impl Display) -> Self {
        Self {
            lines: line.to_string(),
            code: USAGE,
        }
    }

    pub(crate) fn broken(line: impl Display) -> Self {
        Self {
            lines: line.to_string(),
            code: BROKEN,
        }
    }

    pub(crate) fn runtime(error: impl Display) -> Self {
        Self::broken(format_args!("the runtime cannot start: {error}"))
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: impl Display) -> Self {
        Self::usage(format_args!("{} cannot be read: {error}", path.display()))
    }

    /// An address that cannot be bound.
    pub(crate) fn address(flag: &str, address: SocketAddr, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::AddrInUse => Self::usage(format_args!(
                "{address} is in use by another program: choose another with {flag}"
            )),
            _ => Self::usage(format_args!(
                "cannot listen on {address}: {error}; choose another with {flag}"
            )),
        }
    }

    /// Says why, each line led by the program's name.
    pub(crate) fn report(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        for line in self.lines.lines() {
            // Nobody is left to be told that standard error is closed.
            drop(writeln!(stderr, "talkline: {line}"));
        }
        ExitCode::from(self.code)
    }
}
