//! nginx with the configuration that is shipped, in front of two real gateways: the official client chats through it, over
//! polling and over WebSockets, and a gateway that dies takes nobody's chat away.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use talkline_e2e::{Api, Cluster, Process, Servers, eventually, in_time, tool};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/nginx");
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");
const TESTS: &str = "the chat through nginx";

/// The shipped configuration, with the addresses of this test in the three files that hold addresses.
fn configured(folder: &Path, listen: SocketAddr, gateways: &[SocketAddr]) -> Result<PathBuf> {
    fs::copy(Path::new(SHIPPED).join("nginx.conf"), folder.join("nginx.conf"))?;
    fs::write(
        folder.join("process.conf"),
        format!("pid {};\n", folder.join("nginx.pid").display()),
    )?;
    fs::write(folder.join("listen.conf"), format!("listen {listen};\n"))?;
    let shipped = fs::read_to_string(Path::new(SHIPPED).join("upstreams.conf"))?;
    let named = gateways.iter().zip(1..).fold(shipped, |text, (gateway, number)| {
        text.replace(&format!("gateway-{number}:8080"), &gateway.to_string())
    });
    fs::write(folder.join("upstreams.conf"), named)?;
    Ok(folder.join("nginx.conf"))
}

fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The official client does the contract's core against `address`.
async fn chat(node: &Path, address: SocketAddr, transport: &str) -> Result<()> {
    let mut client = tokio::process::Command::new(node);
    client
        .arg(Path::new(CLIENTS).join("socket_io_client.mjs"))
        .arg(format!("http://{address}"))
        .arg(transport)
        .kill_on_drop(true);
    let output = in_time("the client", async { Ok(client.output().await?) }).await?;
    let (said, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    ensure!(
        output.status.success() && said.contains("ok: "),
        "{transport}: {said}{complaint}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_chats_through_nginx() -> Result<()> {
    let (Some(nginx), Some(node)) = (tool::find("nginx", TESTS)?, tool::find("node", TESTS)?) else {
        return Ok(());
    };
    let Some(servers) = Servers::shared(TESTS)? else {
        return Ok(());
    };
    tool::install_packages(Path::new(CLIENTS))?;
    let mut cluster = Cluster::start(&servers, 2, 1).await?;
    let (folder, address) = (tempfile::tempdir()?, free()?);
    let file = configured(folder.path(), address, &cluster.addresses())?;

    let checked = Command::new(&nginx).arg("-t").arg("-c").arg(&file).output()?;
    ensure!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let mut command = Command::new(&nginx);
    command.arg("-c").arg(&file).args(["-g", "daemon off;"]);
    let mut proxy = Process::start_in(command, &folder.path().join("output"))?;
    let api = Api::new(address)?;
    eventually("nginx passes requests on", async || {
        let answer = api.get("/api/v1/me", None).await;
        Ok(answer.is_ok_and(|answer| answer.status == 401).then_some(()))
    })
    .await?;

    for transport in ["polling", "websocket"] {
        chat(&node, address, transport).await?;
    }
    cluster.gateways[0].kill()?;
    chat(&node, address, "websocket").await?;
    proxy.terminate()?;
    proxy.ended().await?;
    Ok(())
}
