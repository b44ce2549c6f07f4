//! What is told on standard output: that a role is up, what can be set, new keys.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};

use talkline_gateway::auth::Keyring;

use crate::{cli, config, failure::Failure, measures};

/// `talkline config …`: what was asked for.
///
/// # Errors
/// The settings to be checked are wrong.
pub(crate) fn config(command: cli::Config) -> Result<(), Failure> {
    let text = match command {
        cli::Config::Check(check) => config::resolve(check.role, &check.flags)?.listing(check.role),
        cli::Config::Defaults => config::defaults(),
        cli::Config::Reference => config::reference(),
    };
    print(&text);
    Ok(())
}

/// `talkline keys`: a new set.
///
/// # Errors
/// Never in practice.
pub(crate) fn keys() -> Result<(), Failure> {
    print(&format!("{}\n", Keyring::generate().map_err(Failure::broken)?));
    Ok(())
}

/// `talkline metrics`: what is measured.
///
/// # Errors
/// Never in practice.
pub(crate) fn metrics() -> Result<(), Failure> {
    print(&measures::reference().map_err(Failure::broken)?);
    Ok(())
}

/// A reader that has seen enough closes the pipe.
pub(crate) fn print(text: &str) {
    drop(io::stdout().lock().write_all(text.as_bytes()));
}

/// Says where to ask how a role is, before it is up. A closed standard output is no reason not to run.
pub(crate) fn starting(who: &str, admin: SocketAddr) {
    print(&format!(
        "{who}: health and metrics at http://{admin}/readyz, /metrics\n"
    ));
}

/// Says that it is up, and where clients connect.
pub(crate) fn up(who: &str, address: Option<SocketAddr>) {
    match address {
        Some(address) => print(&format!("{who} is up:  http://{address}\n")),
        None => print(&format!("{who} is up\n")),
    }
}
