//! Why the program ends: clear lines for a person, and an exit code for a script.

use std::{fmt::Display, io::Write as _, path::Path, process::ExitCode};

/// The program cannot start, or cannot go on.
#[derive(Debug)]
pub(crate) struct Failure {
    lines: String,
    code: u8,
}

/// What somebody asked for cannot be had: mend the command or the file.
const USAGE: u8 = 2;
/// It ran, and broke; or it is no more the one that leads.
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

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: impl Display) -> Self {
        Self::usage(format_args!("{} cannot be read: {error}", path.display()))
    }

    /// Says why, each line led by the program's name.
    pub(crate) fn report(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        for line in self.lines.lines() {
            // Nobody is left to be told that standard error is closed.
            drop(writeln!(stderr, "talkline-operator: {line}"));
        }
        ExitCode::from(self.code)
    }
}
