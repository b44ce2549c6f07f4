//! What a run leaves behind: pages, files for other programs, and figures for Prometheus.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so with a panic, its server too"
)]

mod contract_server;
mod program;

use std::{fs, time::Duration};

use contract_server::{ContractServer, Faults};
use program::{Agent, Run, end, first_line, program, read};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_stands_alone_and_a_threshold_is_a_test_case() {
    let server = ContractServer::start(Faults::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let (html, junit) = (folder.path().join("report.html"), folder.path().join("junit.xml"));
    let files = format!("--html {} --junit {}", html.display(), junit.display());
    let args = format!("--users 8 --rate 100 --duration 2 --max-p99-ms 0.0001 {files}");
    let (code, report) = Run::start(&server.url(), &args).finish().await;
    assert_eq!(code, 1, "{report:#}");
    let html = read(&html);
    for part in ["<svg", "<polyline", "delivery p99 is", "Guarantees and thresholds"] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    for part in ["<script", "<link", "src=", "url(", "@import"] {
        assert!(!html.contains(part), "{part} is in {html}");
    }
    let junit = read(&junit);
    let broken = r#"<testcase classname="threshold" name="delivery p99"><failure message="delivery p99 is"#;
    assert!(junit.contains(broken), "{junit}");
    assert!(
        junit.contains(r#"<testcase classname="guarantee" name="lost"/>"#),
        "{junit}"
    );
    let cases = junit.matches("<testcase ").count();
    assert!(
        junit.contains(&format!(r#"<testsuites tests="{cases}" failures="1">"#)),
        "{junit}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slower_server_than_the_baselines_fails_the_run_and_an_equal_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let slow = |millis| Faults {
        slow: Some([(100, millis), (0, 0), (0, 0)]),
        ..Faults::default()
    };
    let load = "--users 20 --rate 1000 --duration 1.5 --reads-per-write 0";
    let (_, before) = program::run(slow(400), load).await;
    let baseline = folder.path().join("baseline.json");
    fs::write(&baseline, before.to_string()).unwrap();
    // The server is told to be five times as slow, and half as much is too much: a busy machine may add 400 ms to what is equal, and 600 to the
    // baseline.
    let args = format!("{load} --max-regression 100 --baseline {}", baseline.display());
    let (_, equal) = program::run(slow(400), &args).await;
    let broken = |report: &Value, name: &str| {
        let checks = report["checks"].as_array().unwrap().iter();
        let mut named = checks.filter(|check| check["class"] == "baseline" && check["name"] == name);
        named.next().unwrap_or_else(|| panic!("{name}: {report:#}"))["broken"].clone()
    };
    assert_eq!(broken(&equal, "ack p99, ms"), Value::Null, "{equal:#}");
    let (code, slower) = program::run(slow(2_000), &args).await;
    assert_eq!(code, 1, "{slower:#}");
    let why = broken(&slower, "ack p99, ms");
    assert!(why.as_str().unwrap().contains("more than 100 % worse"), "{why}");
    // Another load is nothing to compare with.
    let args = format!("--users 8 --rate 10 --duration 1 --baseline {}", baseline.display());
    let server = ContractServer::start(Faults::default()).await;
    let mut other = program();
    other
        .args(["run", "chat", "--target", &server.url()])
        .args(args.split(' '));
    let (code, text) = end(other.spawn().unwrap()).await;
    assert!(code == 2 && text.contains("the baseline is of another load"), "{text}");
}

/// The value of a sample, by the beginning of its line.
fn sample(text: &str, beginning: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(beginning)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("{beginning} is not in {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_is_told_what_the_report_says() {
    // All sockets wait for the message that is lost.
    let standing = [
        ("talkline_loadtest_sockets_open", 8.0),
        ("talkline_loadtest_threads", 1.0),
    ];
    told_to_prometheus("", &standing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controller_of_agents_tells_prometheus_what_they_did_together() {
    let agents = [Agent::start().await, Agent::start().await];
    let [first, second] = agents.each_ref().map(|agent| agent.address.as_str());
    // The one that lost nothing has ended, perhaps; what it did counts.
    told_to_prometheus(&format!(" --agents {first},{second}"), &[]).await;
}

/// Runs until all but one of 100 messages has arrived, and scrapes what is shown then.
async fn told_to_prometheus(further: &str, standing: &[(&str, f64)]) {
    let server = ContractServer::start(Faults {
        duplicate: 4,
        ..Faults::default()
    })
    .await;
    let mut run = program();
    let args = format!("--users 8 --rate 100 --duration 1 --warmup 0 --settle 300 --metrics 127.0.0.1:0{further}");
    run.args(["run", "chat", "--target", &server.url()])
        .args(args.split(' '));
    // The last message is lost, so the run waits for it, and there is time to look.
    server.lose_one_after(99);
    let mut run = run.spawn().unwrap();
    let address = first_line(&mut run).await.rsplit(' ').next().unwrap().to_owned();
    server.stored(99).await;
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let scraped = async || {
        let response = client.get(format!("http://{address}/metrics")).send().await.unwrap();
        response.text().await.unwrap()
    };
    let mut text = scraped().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while sample(&text, r#"talkline_loadtest_phase{phase="settling"}"#) < 1.0
        || sample(&text, "talkline_loadtest_acknowledgements_total") < 100.0
    {
        assert!(tokio::time::Instant::now() < deadline, "{text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
        text = scraped().await;
    }
    let told = [
        ("talkline_loadtest_sends_total", 100.0),
        ("talkline_loadtest_acknowledgements_total", 100.0),
        (r#"talkline_loadtest_requests_total{kind="ack",outcome="ok"}"#, 100.0),
        (r#"talkline_loadtest_latency_seconds_count{kind="ack"}"#, 100.0),
        (r#"talkline_loadtest_findings{kind="duplicated"}"#, 4.0),
        (r#"talkline_loadtest_findings{kind="reordered"}"#, 0.0),
    ];
    for (name, value) in told.iter().chain(standing) {
        assert!((sample(&text, name) - value).abs() < 1e-9, "{name}: {text}");
    }
    assert!(sample(&text, "talkline_loadtest_cpu_seconds_total") > 0.0, "{text}");
    run.kill().await.unwrap();
}
