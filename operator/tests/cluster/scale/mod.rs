//! A fleet that grows, on simulated nodes: how long a reconcile takes, how long until a ChatCluster is ready, what the operator itself takes,
//! and that at rest it writes nothing. It prints rows of a table and takes minutes, so it runs when it is asked for:
//!
//!     NODES=25 CONTROLLER_MANAGER_FLAGS='--horizontal-pod-autoscaler-sync-period 60s' TALKLINE_CLUSTERS=10,100,1000 \
//!     TALKLINE_OPERATOR=$PWD/target/release/talkline-operator TALKLINE_CONCURRENCY=4 \
//!     cargo test --workspace --test cluster -- --ignored --nocapture many

mod figures;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::{Helm, Kubernetes, Mode};

use crate::operator::{ACCOUNT, Operator, writes};
use figures::{Reading, Wait};

/// How many ChatClusters there are, step by step, unless `TALKLINE_CLUSTERS` says so.
const STEPS: &str = "20";
/// Namespaces that they are spread over.
const NAMESPACES: usize = 10;
/// How long a step may take.
const DEADLINE: Duration = Duration::from_secs(1_800);
/// Between two looks at all of them, which cost the API server as much as many reconciles.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the operator is watched at rest.
const REST: Duration = Duration::from_secs(120);

#[test]
#[ignore = "takes minutes and prints figures"]
fn many_chatclusters() {
    let name = "many_chatclusters";
    let Some(helm) = Helm::find(name).unwrap() else {
        return;
    };
    let Some(kubernetes) = Kubernetes::start(Mode::Simulated, name).unwrap() else {
        return;
    };
    Operator::install(&kubernetes).unwrap();
    Operator::entitle(&kubernetes, &helm, "talkline", &[]).unwrap();
    grow(&kubernetes).unwrap();
}

fn grow(kubernetes: &Kubernetes) -> Result<()> {
    for namespace in 0..NAMESPACES {
        kubernetes.kubectl(&["create", "namespace", &format!("n{namespace}")], "")?;
    }
    let steps = std::env::var("TALKLINE_CLUSTERS").unwrap_or_else(|_| STEPS.to_owned());
    let concurrency = std::env::var("TALKLINE_CONCURRENCY").unwrap_or_else(|_| "16".to_owned());
    let arguments = format!("--concurrency={concurrency}");
    let mut operator = Operator::start_as(kubernetes, "only", ACCOUNT, &[&arguments])?;
    operator.until("it leads", |operator| operator.leads())?;
    eprintln!("concurrency {concurrency}\n{}", figures::HEAD);
    let mut there = 0;
    for step in steps.split(',') {
        let count = step.parse().context("TALKLINE_CLUSTERS")?;
        let made = make(kubernetes, &mut operator, there..count)?;
        let rest = rest(kubernetes, &mut operator)?;
        eprintln!("| {count} | {made} | {rest} |");
        there = count;
    }
    Ok(())
}

/// Makes some more at once, and says what that took.
fn make(kubernetes: &Kubernetes, operator: &mut Operator, more: std::ops::Range<usize>) -> Result<String> {
    let (before, count) = (Reading::of(operator)?, more.end);
    let all: Vec<Value> = more.clone().map(cluster).collect();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": all });
    kubernetes.kubectl(&["create", "-f", "-"], &list.to_string())?;
    operator.until_in(DEADLINE, PAUSE, "all are settled", |_| {
        let progress = r#"--output=jsonpath={.items[*].status.conditions[?(@.type=="Progressing")].reason}"#;
        let said = kubernetes.kubectl(&["get", "chatclusters", "--all-namespaces", progress], "")?;
        Ok(said.split_whitespace().filter(|reason| *reason == "Settled").count() == count)
    })?;
    let made = Reading::of(operator)?.since(&before);
    let names: Vec<String> = more.map(|index| format!("chat-{index}")).collect();
    let said = kubernetes.kubectl(&["get", "chatclusters", "--all-namespaces", "--output=json"], "")?;
    let wait = Wait::of(&serde_json::from_str(&said)?, &names)?;
    Ok(format!("{made} | {wait}"))
}

/// Watches it while nothing happens. It writes nothing, also when a stranger's annotation wakes it for each ChatCluster.
fn rest(kubernetes: &Kubernetes, operator: &mut Operator) -> Result<String> {
    quiet(operator)?;
    let written = writes(kubernetes)?.len();
    let (began, before) = (Instant::now(), Reading::of(operator)?);
    operator.until_in(REST * 2, PAUSE, "the time is over", |_| Ok(began.elapsed() >= REST))?;
    let rested = Reading::of(operator)?.since(&before).at_rest(began.elapsed());
    for namespace in 0..NAMESPACES {
        let namespace = format!("--namespace=n{namespace}");
        let round = format!("example.com/round={:?}", began.elapsed().as_millis());
        kubernetes.kubectl(
            &[&namespace, "annotate", "deployments", "--all", "--overwrite", &round],
            "",
        )?;
    }
    quiet(operator)?;
    let after = writes(kubernetes)?;
    ensure!(after.len() == written, "{:?}", &after[written..]);
    Ok(format!("{rested} | 0 | {} MB", operator.resident()? / 1_000))
}

/// Waits until no ChatCluster waits to be looked at: those that come by the clock alone are few.
fn quiet(operator: &mut Operator) -> Result<()> {
    let mut last = Reading::of(operator)?;
    operator.until_in(DEADLINE, PAUSE, "it is at rest", |operator| {
        let now = Reading::of(operator)?;
        let looks = now.since(&std::mem::replace(&mut last, now.clone())).reconciles();
        Ok(looks <= PAUSE.as_secs_f64() * operator.metric("talkline_operator_clusters")? / 30.0)
    })
}

fn cluster(index: usize) -> Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
        "metadata": { "name": format!("chat-{index}"), "namespace": format!("n{}", index % NAMESPACES) },
        "spec": {
            "gateway": { "autoscaling": { "minReplicas": 5, "maxReplicas": 9 } }, "worker": { "replicas": 5 },
            "kafka": { "external": { "bootstrapServers": ["127.0.0.1:1"] } },
            "redis": { "external": { "addresses": ["127.0.0.1:1"] } },
            "mongo": { "external": { "hosts": ["127.0.0.1:1"] } },
        },
    })
}
