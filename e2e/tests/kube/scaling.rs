//! Scaling while people talk: fixed numbers up and down, which goes with every run, and KEDA by the workers' real lag and the gateways'
//! real sockets, which takes minutes (and as many to build KEDA the first time) and so runs when it is asked for, as root:
//!
//! `cargo test --workspace --test kube -- --ignored --nocapture keda`

mod by_lag;
mod by_sockets;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use talkline_e2e::{Load, Run, Verdict};

use crate::{
    platform::Platform,
    record::{self, Since},
};

/// How a socket ends whose gateway hands it over. Any other end would be a cut.
const ASKED: &str = "disconnect: asked to move";
/// Questions in vain after which a scaler has had time to do the wrong thing: it asks every 15 s for the autoscaler, and every 30 s by itself.
const TRIES: usize = 6;
/// How long they may take.
const BLIND: Duration = Duration::from_secs(240);

/// From one of each to four, and back.
pub(crate) async fn fixed_numbers(platform: &Platform) -> Result<()> {
    scale(platform, 1)?;
    let (since, clock) = (Since::now(platform)?, Clock::start());
    let early = talk(platform, 20, 50, 40).await?;
    scale(platform, 4)?;
    clock.tell("4 gateways and 4 workers");
    // These people's sockets are on all four.
    let late = talk(platform, 20, 50, 30).await?;
    scale(platform, 1)?;
    clock.tell("1 gateway and 1 worker");
    all_is_there("from 1 to 4", early).await?;
    let moved = all_is_there("from 4 to 1", late).await?;
    record::moved_at_a_pace(&moved)?;
    ensure!(since.costs_were_noted()?, "nobody said who goes first");
    three_left_in_turn(&since, &moved)
}

fn scale(platform: &Platform, count: u32) -> Result<()> {
    platform.patch(&json!({ "gateway": { "replicas": count }, "worker": { "replicas": count } }))?;
    platform.scaled("worker", count)?;
    platform.scaled("gateway", count)
}

/// Has people talk for so many seconds; returns when they do.
async fn talk(platform: &Platform, users: usize, rate: u32, seconds: u64) -> Result<Run> {
    let load = Load {
        users,
        rate,
        duration: Duration::from_secs(seconds),
    };
    let mut run = load.start(&[platform.spread().await?])?;
    run.under_way().await?;
    Ok(run)
}

/// Waits until they have finished: nothing lost, doubled or out of order, and nobody's socket cut.
async fn all_is_there(what: &str, run: Run) -> Result<Verdict> {
    let verdict = run.end().await?;
    eprintln!("{what}:\n{}", verdict.report);
    let verdict = verdict.clean().with_context(|| what.to_owned())?;
    ensure!(
        verdict.troubles.keys().all(|trouble| trouble == ASKED),
        "{what}: {:?}",
        verdict.troubles
    );
    Ok(verdict)
}

/// Three gateways went, one after the other, and handed over the sockets of those who talked.
fn three_left_in_turn(since: &Since<'_>, moved: &Verdict) -> Result<()> {
    ensure!(
        moved.troubles.contains_key(ASKED),
        "nobody's gateway went: {}",
        moved.report
    );
    ensure!(since.gateways_left_in_turn()? == 3, "three were to go");
    Ok(())
}

/// Tells whoever measures when something had come about.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn tell(&self, what: &str) {
        eprintln!("{:6.1} s: {what}", self.0.elapsed().as_secs_f64());
    }
}

/// What the scaler of a role last saw of its load, a replica, in the API's own form (`1500m` are one and a half); and whether it can
/// scale, or why not.
fn seen(platform: &Platform, role: &str) -> Result<String> {
    let fields = "jsonpath={.status.currentMetrics[?(@.type==\"External\")].external.current.averageValue} a replica, CPU \
                  {.status.currentMetrics[?(@.type==\"Resource\")].resource.current.averageUtilization} %, \
                  {.status.conditions[?(@.type==\"ScalingActive\")].reason}";
    let output = format!("--output={fields}");
    platform.kubectl(&["get", &format!("hpa/keda-hpa-chat-{role}"), &output])
}

/// Waits until the autoscaler that KEDA made of a role's ScaledObject is or is not able to scale, for this reason.
fn is_able(platform: &Platform, role: &str, reason: &str) -> Result<()> {
    let autoscaler = format!("hpa/keda-hpa-chat-{role}");
    platform.kubectl(&["wait", "--for=create", "--timeout=120s", &autoscaler])?;
    let so = format!("--for=jsonpath={{.status.conditions[?(@.type==\"ScalingActive\")].reason}}={reason}");
    platform
        .kubectl(&["wait", &so, "--timeout=180s", &autoscaler])
        .map(drop)
}

/// Waits until KEDA has asked for a role's load in vain again and again, and its autoscaler knows of none. Of CPU it is told.
fn is_not_told(platform: &Platform, role: &str) -> Result<()> {
    let (before, deadline) = (complaints(platform, role)?, Instant::now() + BLIND);
    let load = "--output=jsonpath={.status.currentMetrics[?(@.type==\"External\")].external}";
    let is_blind = || -> Result<bool> {
        let load = platform.kubectl(&["get", &format!("hpa/keda-hpa-chat-{role}"), load])?;
        Ok(load.is_empty() && complaints(platform, role)? >= before + TRIES)
    };
    while !is_blind()? {
        ensure!(Instant::now() < deadline, "in {BLIND:?} KEDA does not notice");
    }
    Ok(())
}

/// How often KEDA could not be told a role's load.
fn complaints(platform: &Platform, role: &str) -> Result<usize> {
    let log = platform.kubectl(&["--namespace=keda", "logs", "deployment/keda-operator"])?;
    let name = format!("\"name\": \"chat-{role}\"");
    let is_one = |line: &&str| line.contains("ERROR") && line.contains(&name);
    Ok(log.lines().filter(is_one).count())
}
