//! One command from nothing to a chat on Kubernetes: the operator, gateways and workers are containers on a real node, installed by the
//! charts and one ChatCluster. The official client chats through the Service, and the load harness's checker judges while pods are
//! killed, images rolled and numbers changed. A ChatLoadTest has its verdict.
//!
//! One platform for all of it: there is one real node a machine, and it takes most of a minute to start.

mod edge;
mod loadtest;
mod managed;
mod platform;
mod record;
mod scaling;

use std::{fmt::Display, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Result, ensure};
use platform::Platform;
use talkline_e2e::{Load, Verdict, in_time, tool};
use tokio::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

const LOAD: Load = Load {
    users: 20,
    rate: 50,
    duration: Duration::from_secs(30),
};
/// The same for longer than two gateways take to be replaced, one after the other: half a minute each, and on a busy machine nearly a whole one.
const LONG: Load = Load {
    duration: Duration::from_secs(120),
    ..LOAD
};

#[tokio::test]
async fn a_chat_runs_on_kubernetes() -> Result<()> {
    let Some(mut platform) = Platform::up("a chat on Kubernetes").await? else {
        return Ok(());
    };
    for transport in ["websocket", "polling"] {
        the_official_client_chats(platform.address(), transport).await?;
    }
    loadtest::has_a_verdict_and_one_report(&platform).await?;
    // A minute or two after its pods are ready, it says what they carry.
    let sockets = "--for=jsonpath={.status.gateway.sockets}";
    platform.kubectl(&["wait", sockets, "--timeout=120s", "chatcluster/chat"])?;
    nothing_is_lost(
        &platform,
        LOAD,
        "a gateway's pod is killed",
        &["delete", "pod", "--now", "GATEWAY"],
    )
    .await?;
    nothing_is_lost(
        &platform,
        LOAD,
        "a worker's pod is killed",
        &["delete", "pod", "--now", "WORKER"],
    )
    .await?;
    let rolled = [
        "patch",
        "chatcluster/chat",
        "--type=merge",
        "--patch",
        r#"{"spec": {"podTemplate": {"metadata": {"annotations": {"rolled": "once"}}}}}"#,
    ];
    let verdict = nothing_is_lost(&platform, LONG, "all pods are rolled", &rolled).await?;
    let asked: u64 = verdict.asked_to_move.iter().sum();
    ensure!(
        asked >= LONG.users as u64,
        "{asked} were asked to move: {}",
        verdict.report
    );
    record::moved_at_a_pace(&verdict)?;
    scaling::fixed_numbers(&platform).await?;
    platform.down().await
}

async fn the_official_client_chats(address: SocketAddr, transport: &str) -> Result<()> {
    let Some(node) = tool::find("node", "socket.io-client through the Service")? else {
        return Ok(());
    };
    tool::install_packages(Path::new(CLIENTS))?;
    let mut command = Command::new(node);
    command.arg(Path::new(CLIENTS).join("socket_io_client.mjs"));
    command
        .arg(format!("http://{address}"))
        .arg(transport)
        .kill_on_drop(true);
    let output = in_time(transport, async { Ok(command.output().await?) }).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && said.contains("ok: "),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Keeps people talking through the Service while kubectl does something, and asks the checker what it saw.
async fn nothing_is_lost(platform: &Platform, load: Load, what: &str, arguments: &[&str]) -> Result<Verdict> {
    nothing_is_lost_through(platform.address(), platform, load, what, arguments).await
}

/// The same through another way in.
async fn nothing_is_lost_through(
    way: impl Display,
    platform: &Platform,
    load: Load,
    what: &str,
    arguments: &[&str],
) -> Result<Verdict> {
    let mut run = load.start(&[way])?;
    run.under_way().await?;
    let (gateway, worker) = (platform.pod("gateway")?, platform.pod("worker")?);
    let named = arguments.iter().map(|argument| match *argument {
        "GATEWAY" => gateway.as_str(),
        "WORKER" => worker.as_str(),
        other => other,
    });
    platform.kubectl(&named.collect::<Vec<_>>())?;
    let verdict = run.end().await?.clean();
    let verdict = verdict.map_err(|error| error.context(what.to_owned()))?;
    ensure!(verdict.acknowledged > 0, "{what}: {}", verdict.report);
    // The next one begins with all pods in place.
    platform.settled()?;
    Ok(verdict)
}
