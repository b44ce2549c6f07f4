//! `talkline config`: what holds, where it comes from, and everything that is wrong with it.

use std::fs;

use anyhow::{Result, ensure};
use talkline_e2e::Process;

/// What it printed, if it ended well.
async fn told(arguments: &[&str]) -> Result<String> {
    let mut process = Process::start(arguments)?;
    let status = process.ended().await?;
    ensure!(status.success(), "{status}: {}", process.stderr()?);
    process.stdout()
}

#[tokio::test]
async fn the_check_says_what_holds_and_why() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("talkline.yaml");
    fs::write(&file, "kafka: { brokers: [a:1, b:2] }\nworker: { drainSeconds: 7 }\n")?;
    let file = file.display().to_string();
    let text = told(&[
        "config",
        "check",
        "--config",
        &file,
        "worker",
        "--mongo",
        "mongodb://a:1",
        "--redis",
        "redis://a:1",
    ])
    .await?;
    let line = |key: &str| {
        text.lines()
            .find(|line| line.starts_with(&format!("{key} ")))
            .unwrap_or_default()
    };
    assert!(
        line("kafka.brokers").contains("a:1,b:2") && line("kafka.brokers").contains("talkline.yaml: line 1"),
        "{text}"
    );
    assert!(line("worker.drainSeconds").contains(" 7 "), "{text}");
    assert!(line("mongo.url").ends_with("--mongo-url"), "{text}");
    assert!(line("kafka.lingerMillis").ends_with("default"), "{text}");
    assert_eq!(line("limits.messagesPerMinute"), "", "a worker has no use for it");
    Ok(())
}

#[tokio::test]
async fn the_check_says_all_that_is_wrong() -> Result<()> {
    let mut process = Process::start([
        "config",
        "check",
        "gateway",
        "--listen",
        "here",
        "--kafka-linger-millis",
        "soon",
    ])?;
    assert_eq!(process.ended().await?.code(), Some(2));
    let complaint = process.stderr()?;
    let lines: Vec<_> = complaint.lines().collect();
    assert_eq!(lines.len(), 2, "{complaint}");
    assert!(lines[0].starts_with("talkline: --listen: "), "{complaint}");
    assert!(lines[1].starts_with("talkline: --kafka-linger-millis: "), "{complaint}");
    Ok(())
}

#[tokio::test]
async fn the_defaults_are_a_file_to_start_from() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("talkline.yaml");
    fs::write(&file, told(&["config", "defaults"]).await?)?;
    told(&["config", "check", "up", "--config", &file.display().to_string()]).await?;
    Ok(())
}
