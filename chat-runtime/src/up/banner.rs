//! What the start tells a person, on standard output.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::Path,
};

use super::demo::DemoAccount;

/// What is to be told.
pub(super) struct Banner<'a> {
    pub(super) address: SocketAddr,
    pub(super) admin: SocketAddr,
    pub(super) folder: &'a Path,
    pub(super) demo: &'a [DemoAccount],
    pub(super) ignored: &'a [String],
}

/// Tells it. A closed standard output is no reason not to run.
pub(super) fn print(banner: &Banner<'_>) {
    drop(banner.write(&mut io::stdout().lock()));
}

impl Banner<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "Talkline is up:  http://{}", self.address)?;
        writeln!(out, "  health, metrics  http://{}/readyz, /metrics", self.admin)?;
        writeln!(out, "  API              http://{}/docs", self.address)?;
        writeln!(out, "  data             {}", self.folder.display())?;
        for account in self.demo {
            writeln!(out, "  log in as        {}  {}", account.email, account.password)?;
        }
        for line in self.ignored {
            writeln!(out, "  not here         {line}")?;
        }
        out.flush()
    }
}
