//! A ChatLoadTest on the real node: three load pods against two gateways, a verdict, one report of all of them, and the dashboard filled
//! meanwhile.

use std::{fs, net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_dashboards::{
    board,
    grafana::{Asked, Question},
};
use talkline_e2e::{again_and_again, in_time_of, program, tool};
use talkline_testbed::{Prometheus, Target};

use crate::platform::Platform;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const NAME: &str = "evening";
const IMAGE: &str = "local/talkline-loadtest:up-kube";
const BOARD: &str = "Talkline / Load test";
const BOARD_TEST: &str = "the dashboard of a load test on Kubernetes";

const AGENTS: usize = 3;
const USERS: u64 = 30;
/// Messages a second.
const RATE: u64 = 60;
/// Seconds of warming up.
const WARMUP: u64 = 2;
/// Seconds that are measured.
const MEASURED: u64 = 8;

/// Longer than a run, on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);
/// More than the board looks back, in seconds.
const ALL: u32 = 180;

pub(crate) async fn has_a_verdict_and_one_report(platform: &Platform) -> Result<()> {
    make_image(platform)?;
    // Now, since it is built the first time: the load test would be over before that.
    tool::find("prometheus", BOARD_TEST)?;
    let file = platform.kubernetes().join("loadtest.json");
    fs::write(&file, test().to_string())?;
    platform.kubectl(&["apply", "--filename", &file.display().to_string()])?;
    let prometheus = in_time_of(DEADLINE, "the agents run", watch(platform)).await?;
    let test = in_time_of(DEADLINE, "the load test ends", end(platform)).await?;
    let status = &test["status"];
    ensure!(
        status["phase"] == "Succeeded" && status["verdict"] == "Passed",
        "{status}"
    );
    ensure!(
        status["figures"]["acknowledged"] == RATE * (WARMUP + MEASURED),
        "{status}"
    );
    ensure!(
        status["figures"]["deliveryP99Micros"].as_u64().unwrap_or(0) > 0,
        "{status}"
    );
    the_report_is_of_all_agents(platform, status)?;
    if let Some(prometheus) = prometheus {
        the_board_is_filled(&prometheus)?;
    }
    platform
        .kubectl(&["delete", "chatloadtest", NAME, "--wait=true"])
        .map(drop)
}

/// What is asked for. The thresholds are those of a node whose programs are not optimised.
fn test() -> Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1",
        "kind": "ChatLoadTest",
        "metadata": { "name": NAME, "namespace": "talkline" },
        "spec": {
            "scenario": "chat",
            "target": { "chatCluster": "chat" },
            "users": USERS,
            "ratePerSecond": RATE,
            "rampSeconds": 1,
            "warmupSeconds": WARMUP,
            "durationSeconds": MEASURED,
            "settleSeconds": 30,
            "parallelism": AGENTS,
            "thresholds": { "deliveryP99Millis": 10_000 },
            "image": { "repository": "local/talkline-loadtest", "tag": "up-kube", "pullPolicy": "Never" },
            "resources": { "requests": { "cpu": "50m", "memory": "64Mi" } },
        },
    })
}

/// Gives the node an image of the harness as it was built.
fn make_image(platform: &Platform) -> Result<()> {
    let made = Command::new(Path::new(ROOT).join("e2e/kube/image.sh"))
        .arg(platform.kubernetes())
        .arg(IMAGE)
        .arg(program("talkline-loadtest")?)
        .output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

/// A Prometheus over the agents and the gateways, once all agents run; none if this machine cannot have one.
async fn watch(platform: &Platform) -> Result<Option<Prometheus>> {
    let agents = again_and_again(async || {
        let agents = targets(platform, "agent")?;
        Ok((agents.len() == AGENTS).then_some(agents))
    })
    .await?;
    let targets = [agents, targets(platform, "gateway")?].concat();
    let rules = Path::new(ROOT).join("deploy/prometheus/rules.yaml");
    Prometheus::start(BOARD_TEST, &rules, &targets)
}

/// The pods of a component that have an address, under the labels that a PodMonitor gives them.
fn targets(platform: &Platform, component: &str) -> Result<Vec<Target>> {
    let selector = format!("--selector=app.kubernetes.io/component={component}");
    let pods = "--output=jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{\"\\n\"}{end}";
    let pods = platform.kubectl(&["get", "pods", &selector, pods])?;
    let placed = pods
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, address)| !address.is_empty());
    placed
        .map(|(pod, address)| {
            let labels = [("namespace", "talkline"), ("pod", pod), ("role", component)];
            Ok(Target {
                address: SocketAddr::new(address.parse()?, 9090),
                labels: labels.map(|(name, value)| (name, value.to_owned())).to_vec(),
            })
        })
        .collect()
}

/// The load test, once it has ended.
async fn end(platform: &Platform) -> Result<Value> {
    again_and_again(async || {
        let test: Value = serde_json::from_str(&platform.kubectl(&["get", "chatloadtest", NAME, "--output=json"])?)?;
        let is_over = test["status"]["completionTime"].is_string();
        Ok(is_over.then_some(test))
    })
    .await
}

/// The report has every agent's part, and adds up to what the status says.
fn the_report_is_of_all_agents(platform: &Platform, status: &Value) -> Result<()> {
    let name = status["report"]["configMap"]
        .as_str()
        .with_context(|| status.to_string())?;
    let text = platform.kubectl(&["get", "configmap", name, "--output=json"])?;
    ensure!(text.len() < 1 << 20, "{} bytes", text.len());
    let files: Value = serde_json::from_str(&text)?;
    let page = files["data"]["report.html"].as_str().unwrap_or_default();
    ensure!(page.contains("Guarantees and thresholds"), "{page}");
    let report: Value = serde_json::from_str(files["data"]["report.json"].as_str().unwrap_or_default())?;
    let agents = report["agents"].as_array().context("no agents")?;
    let users: u64 = agents.iter().filter_map(|agent| agent["users"].as_u64()).sum();
    ensure!(agents.len() == AGENTS && users == USERS, "{agents:?}");
    ensure!(agents.iter().all(|agent| agent["lost"].is_null()), "{agents:?}");
    ensure!(
        report["counts"]["acked"] == status["figures"]["acknowledged"],
        "{}",
        report["counts"]
    );
    // Merged without loss: each message of the measured window is in the histogram.
    let timed = |kind: &str| report["latency"][kind]["count"].as_u64().unwrap_or(0);
    ensure!(
        timed("ack") == RATE * MEASURED && timed("delivery") > 0,
        "{}",
        report["latency"]
    );
    Ok(())
}

/// Every panel had something to show, and sockets were open on each gateway.
fn the_board_is_filled(prometheus: &Prometheus) -> Result<()> {
    let boards = board::all();
    let board = boards.iter().find(|board| board.title == BOARD).context("no board")?;
    let mut empty = Vec::new();
    for Question { from, asked, .. } in board.questions("5s") {
        let is_answered = match &asked {
            Asked::Query { expression, .. } => !prometheus.history(expression, ALL)?.is_empty(),
            Asked::Values { label, selector } => !prometheus.values_of(label, selector)?.is_empty(),
        };
        if !is_answered {
            empty.push((from, asked));
        }
    }
    ensure!(empty.is_empty(), "{empty:#?}");
    let most = format!("max_over_time(talkline_gateway_sockets_open{{role=\"gateway\"}}[{ALL}s]) > 0");
    let gateways = prometheus.query(&most)?;
    ensure!(gateways.len() == 2, "{gateways:?}");
    Ok(())
}
