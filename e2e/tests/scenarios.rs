//! The load harness's scenarios against the real program, each small: every kind of request that its mix has is made, answered
//! well and timed, and the checker finds nothing.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use talkline_e2e::{Launch, Program, in_time_of, program};
use tokio::process::Command;

/// How long a run may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// Small, and yet with something to scroll in, and with goose users enough not to be what is measured.
const SMALL: &str = "--users 24 --ramp 0.2 --warmup 1 --duration 3 --settle 20 --crew 8 --prefill 20 --rate 150";

/// Starts a chat without limits, runs the scenario against it, and reads its report.
async fn run(scenario: &str, flags: &str) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let chat = Program::start(&Launch::example("loadtest", folder.path())).await?;
    let report = folder.path().join("report.json");
    let mut command = Command::new(program("talkline-loadtest")?);
    let target = format!("http://{}", chat.public());
    command
        .args(["run", scenario, "--target", &target])
        .args(flags.split(' '));
    command.arg("--report").arg(&report).kill_on_drop(true);
    let output = in_time_of(DEADLINE, "the run ends", async { Ok(command.output().await?) }).await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(0), "{said}");
    let json = std::fs::read_to_string(report).with_context(|| said.clone())?;
    serde_json::from_str(&json).context(said)
}

/// Every kind that the mix has went well, each as often as its share asks for; none failed.
fn assert_made(report: &Value, kinds: &[&str]) {
    for kind in kinds {
        let requests = &report["requests"][kind];
        assert!(requests["ok"].as_u64() > Some(0), "{kind}: {report:#}");
        assert!(requests["p99Ms"].as_f64() > Some(0.0), "{kind}: {report:#}");
    }
    for (kind, requests) in report["requests"].as_object().into_iter().flatten() {
        assert_eq!(requests["failed"], 0, "{kind}: {:#}", report["troubles"]);
    }
    assert_eq!(report["unanswered"], 0, "{report:#}");
}

#[tokio::test]
async fn mixed_makes_every_kind_of_request_it_names() -> Result<()> {
    let report = run("mixed", &format!("{SMALL} --seed 7 --duration 5 --rate 400")).await?;
    let sockets = [
        "ack",
        "seen",
        "delivered",
        "join",
        "leave",
        "sync",
        "react",
        "edit",
        "presence-set",
        "presence-get",
    ];
    assert_made(&report, &sockets);
    let rest = [
        "history",
        "scroll",
        "conversations",
        "conversation",
        "status",
        "rest-send",
        "rest-edit",
        "rest-react",
        "details",
        "search",
        "me",
        "profile",
        "find-users",
        "user",
        "presence",
    ];
    assert_made(&report, &rest);
    assert!(report["counts"]["signals"].as_u64() > Some(0), "{report:#}");
    let share = report["requests"]["ack"]["share"].as_f64().context("a share")?;
    assert!((0.15..0.25).contains(&share), "a fifth of all are messages: {share}");
    Ok(())
}

#[tokio::test]
async fn a_day_has_reads_receipts_and_searches() -> Result<()> {
    let report = run("chat-day", SMALL).await?;
    assert_made(&report, &["ack", "history", "scroll", "delivered", "seen", "search"]);
    Ok(())
}

#[tokio::test]
async fn a_hot_room_hears_every_message_everywhere() -> Result<()> {
    let report = run(
        "hot-room",
        "--users 300 --rooms-of 300 --rate 10 --ramp 1 --warmup 0 --duration 2",
    )
    .await?;
    assert_made(&report, &["ack"]);
    assert_eq!(report["counts"]["received"], 300 * 20, "{report:#}");
    assert_eq!(report["latency"]["delivery"]["count"], 299 * 20, "{report:#}");
    Ok(())
}

#[tokio::test]
async fn storms_of_logins_and_reconnects_lose_nothing() -> Result<()> {
    let logins = run("login-storm", &format!("{SMALL} --rate 40")).await?;
    assert_made(&logins, &["login", "connect"]);
    for jitter in ["poisson", "bursts"] {
        let report = run("reconnect-storm", &format!("{SMALL} --arrivals {jitter}")).await?;
        assert_made(&report, &["connect", "ack"]);
        assert_eq!(report["counts"]["disconnects"], 0, "it left by itself: {report:#}");
    }
    Ok(())
}

#[tokio::test]
async fn people_scroll_and_a_soak_does_a_little_of_everything() -> Result<()> {
    let report = run("history-scroll", SMALL).await?;
    assert_made(&report, &["scroll", "ack"]);
    let report = run("soak", &format!("{SMALL} --seed 3")).await?;
    assert_made(&report, &["ack", "history", "seen"]);
    Ok(())
}
