//! The official Socket.IO clients do the contract's core against a program that runs: `clients` has a script for each,
//! which prints what it has checked.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use talkline_e2e::{Chat, in_time, tool};
use tokio::{process::Command, sync::OnceCell};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

/// Runs `SCRIPT URL TRANSPORT` against a chat of its own.
#[expect(clippy::print_stdout, reason = "what was checked belongs into the test's output")]
async fn check(interpreter: &Path, script: &str, transport: &str) -> Result<()> {
    let chat = Chat::start().await?;
    let mut command = Command::new(interpreter);
    command
        .arg(Path::new(SCRIPTS).join(script))
        .arg(format!("http://{}", chat.address()))
        .arg(transport)
        .kill_on_drop(true);
    let output = in_time(script, async { Ok(command.output().await?) }).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    println!("{script} {transport}\n{said}");
    ensure!(output.status.success(), "{said}{complaint}");
    ensure!(said.contains("ok: "), "nothing was checked: {complaint}");
    Ok(())
}

/// The official client for JavaScript; its packages are installed once, whichever test comes first.
async fn socket_io_client(transport: &str) -> Result<()> {
    static NODE: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let node = NODE.get_or_try_init(async || {
        let node = tool::find("node", "socket.io-client against the program")?;
        if node.is_some() {
            tool::install_packages(Path::new(SCRIPTS))?;
        }
        anyhow::Ok(node)
    });
    match node.await? {
        Some(node) => check(node, "socket_io_client.mjs", transport).await,
        None => Ok(()),
    }
}

/// The client for Python; its environment is made once, whichever test comes first.
async fn python_socketio(transport: &str) -> Result<()> {
    static PYTHON: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let python = PYTHON.get_or_try_init(async || tool::find("python", "python-socketio against the program"));
    match python.await? {
        Some(python) => check(python, "python_socketio_client.py", transport).await,
        None => Ok(()),
    }
}

#[tokio::test]
async fn socket_io_client_over_a_websocket() -> Result<()> {
    socket_io_client("websocket").await
}

#[tokio::test]
async fn socket_io_client_over_long_polling() -> Result<()> {
    socket_io_client("polling").await
}

#[tokio::test]
async fn socket_io_client_that_upgrades() -> Result<()> {
    socket_io_client("upgrade").await
}

#[tokio::test]
async fn python_socketio_over_a_websocket() -> Result<()> {
    python_socketio("websocket").await
}

#[tokio::test]
async fn python_socketio_over_long_polling() -> Result<()> {
    python_socketio("polling").await
}

#[tokio::test]
async fn python_socketio_that_upgrades() -> Result<()> {
    python_socketio("upgrade").await
}
