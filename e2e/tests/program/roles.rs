//! The roles of a cluster where there is no cluster: they wait, visibly and not for ever.

use std::{fs, net::SocketAddr};

use anyhow::{Result, bail};
use talkline_e2e::{Api, Process, eventually};
use tempfile::TempDir;

/// Nobody listens there: it is a port that only the system may open.
const NOWHERE: [&str; 6] = [
    "--kafka",
    "127.0.0.1:1",
    "--mongo",
    "mongodb://127.0.0.1:1",
    "--redis",
    "redis://127.0.0.1:1",
];
const EVERY_PORT: [&str; 2] = ["--admin", "127.0.0.1:0"];

/// Starts a role that reaches no server, and waits for so many seconds at most.
async fn start(role: &str, seconds: &str, root: &TempDir) -> Result<Process> {
    let mut arguments = vec![role, "--start-seconds", seconds];
    arguments.extend(NOWHERE.iter().chain(&EVERY_PORT));
    let keys = root.path().join("keys.json").display().to_string();
    if role == "gateway" {
        let mut made = Process::start(["keys"])?;
        made.ended().await?;
        fs::write(&keys, made.stdout()?)?;
        arguments.extend(["--jwt-keys", &keys, "--listen", "127.0.0.1:0"]);
    }
    Process::start(arguments)
}

/// Where it can be asked how it is.
async fn admin(process: &mut Process) -> Result<SocketAddr> {
    eventually("it says where to ask", async || {
        let text = process.stdout()?;
        let found = text.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        match found {
            Some((address, _)) => Ok(Some(address.parse()?)),
            None if process.has_ended()? => bail!("it ended: {}", process.stderr()?),
            None => Ok(None),
        }
    })
    .await
}

#[tokio::test]
async fn one_clear_line_when_a_server_never_comes() -> Result<()> {
    for role in ["gateway", "worker"] {
        let root = tempfile::tempdir()?;
        let mut process = start(role, "1", &root).await?;
        assert_eq!(process.ended().await?.code(), Some(1), "{role}");
        let complaint = process.stderr()?;
        let last = complaint.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("talkline: Kafka was not reached in 1 s: "),
            "{role}: {complaint}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn meanwhile_it_lives_is_not_ready_and_can_be_stopped() -> Result<()> {
    for role in ["gateway", "worker"] {
        let root = tempfile::tempdir()?;
        let mut process = start(role, "600", &root).await?;
        let admin = Api::new(admin(&mut process).await?)?;
        admin.get("/livez", None).await?.expect(200)?;
        let ready = admin.get("/readyz", None).await?.expect(503)?.json()?;
        assert_eq!(ready["status"], "starting", "{role}");
        admin.get("/metrics", None).await?.expect(200)?;
        process.terminate()?;
        assert_eq!(process.ended().await?.code(), Some(0), "{role}: {}", process.stderr()?);
    }
    Ok(())
}

#[tokio::test]
async fn a_role_says_all_that_it_lacks() -> Result<()> {
    let mut process = Process::start(["gateway"])?;
    assert_eq!(process.ended().await?.code(), Some(2));
    let complaint = process.stderr()?;
    for (line, key) in complaint
        .lines()
        .zip(["kafka.brokers", "mongo.url", "redis.url", "jwtKeys"])
    {
        assert!(
            line.starts_with(&format!("talkline: {key} is missing: ")),
            "{complaint}"
        );
    }
    assert_eq!(complaint.lines().count(), 4, "{complaint}");
    Ok(())
}
