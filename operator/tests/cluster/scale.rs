//! Many ChatClusters at once, on simulated nodes: how long a reconcile takes, how long until all are ready, what the operator itself takes,
//! and that at rest it writes nothing. It prints figures and takes minutes, so it runs when it is asked for:
//!
//! `TALKLINE_CLUSTERS=100 cargo test -p talkline-operator --test cluster -- --ignored --nocapture many`

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use talkline_testbed::{Helm, Kubernetes, Mode};

use crate::operator::{Operator, writes};

/// ChatClusters, unless `TALKLINE_CLUSTERS` says how many.
const CLUSTERS: usize = 20;

/// Namespaces that they are spread over.
const NAMESPACES: usize = 10;

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
    measure(&kubernetes).unwrap();
}

fn measure(kubernetes: &Kubernetes) -> Result<()> {
    let said = std::env::var("TALKLINE_CLUSTERS").ok();
    let count = said
        .map_or(Ok(CLUSTERS), |said| said.parse())
        .context("TALKLINE_CLUSTERS")?;
    for namespace in 0..NAMESPACES {
        kubernetes.kubectl(&["create", "namespace", &format!("n{namespace}")], "")?;
    }
    let mut operator = Operator::start(kubernetes, "only")?;
    operator.until("it leads", |operator| operator.leads())?;
    let began = Instant::now();
    let all: Vec<_> = (0..count).map(cluster).collect();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": all });
    kubernetes.kubectl(&["create", "-f", "-"], &list.to_string())?;
    let created = began.elapsed();
    operator.until("all are ready", |_| {
        let ready = r#"--output=jsonpath={.items[*].status.conditions[?(@.type=="Progressing")].reason}"#;
        let said = kubernetes.kubectl(&["get", "chatclusters", "--all-namespaces", ready], "")?;
        Ok(said.split_whitespace().filter(|reason| *reason == "Settled").count() == count)
    })?;
    let ready = began.elapsed();
    eprintln!("clusters {count}: created in {created:.1?}, all settled after {ready:.1?}");
    report(&operator)?;
    rests(kubernetes, &mut operator, count)
}

/// What the operator took so far.
fn report(operator: &Operator) -> Result<()> {
    let reconciles = operator.metric("talkline_operator_reconcile_seconds_count")?;
    let within = |bound: &str| operator.metric(&format!(r#"talkline_operator_reconcile_seconds_bucket{{le="{bound}""#));
    for bound in ["0.1", "0.25", "0.5", "1.0", "2.5"] {
        let share = 100.0 * within(bound)? / reconciles;
        eprintln!("reconciles within {bound} s: {share:.2} % of {reconciles}");
    }
    eprintln!("resident: {} kB", operator.resident()?);
    Ok(())
}

/// Woken once for each ChatCluster, it writes nothing.
fn rests(kubernetes: &Kubernetes, operator: &mut Operator, count: usize) -> Result<()> {
    let mut last = -1.0;
    operator.until("it is at rest", |operator| {
        // Twice the same, a request of kubectl's apart.
        kubernetes.kubectl(&["get", "chatclusters", "--all-namespaces", "--output=name"], "")?;
        let looks = operator.metric("talkline_operator_reconcile_seconds_count")?;
        Ok(std::mem::replace(&mut last, looks) == looks)
    })?;
    let before = writes(kubernetes)?.len();
    for namespace in 0..NAMESPACES {
        let arguments = ["annotate", "deployments", "--all", "--overwrite", "example.com/round=1"];
        kubernetes.kubectl(
            &[&["--namespace", &format!("n{namespace}")], &arguments[..]].concat(),
            "",
        )?;
    }
    operator.until("it has looked at all", |operator| {
        Ok(operator.metric("talkline_operator_reconcile_seconds_count")? >= last + count as f64)
    })?;
    let after = writes(kubernetes)?;
    ensure!(after.len() == before, "{:?}", &after[before..]);
    Ok(())
}

fn cluster(index: usize) -> serde_json::Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
        "metadata": { "name": format!("chat-{index}"), "namespace": format!("n{}", index % NAMESPACES) },
        "spec": {
            "gateway": { "replicas": 5 }, "worker": { "replicas": 5 },
            "kafka": { "external": { "bootstrapServers": ["127.0.0.1:1"] } },
            "redis": { "external": { "addresses": ["127.0.0.1:1"] } },
            "mongo": { "external": { "hosts": ["127.0.0.1:1"] } },
        },
    })
}
