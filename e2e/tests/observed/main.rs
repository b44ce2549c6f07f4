//! What a person sees in Grafana while a chat lives and while things break: every query of every dashboard, asked of a real
//! Prometheus that scrapes real gateways and workers on real servers.

mod person;
mod view;

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use talkline_e2e::{Load, Member, Servers, Signal, eventually, faults::Stage, tool};
use view::View;

const TESTS: &str = "the dashboards over a live chat";

/// Enough for every panel, and longer than the test: it is ended with it.
const LOAD: Load = Load {
    users: 20,
    rate: 60,
    duration: Duration::from_secs(300),
};

/// What these are for is in `dashboards/`; here they are names on a screen.
const OVERVIEW: &str = "Talkline / Overview";
const STORE: &str = "Talkline / Store and cache";
const WORKER: &str = "Talkline / Worker and log";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_shows_a_live_chat_and_what_strikes_it() -> Result<()> {
    if testbed_lacks()? || !tool::servers(TESTS)? {
        return Ok(());
    }
    let mut stage = Stage::set(&["kafka=1", "mongo=1", "redis=1"]).await?;
    let mut load = LOAD.start(&stage.cluster.addresses())?;
    let view = View::over(&stage.cluster, &load, TESTS)?;
    load.under_way().await?;
    person::reads_and_searches(&stage.cluster).await?;

    calm(&view).await?;
    servers_are_lost(&view, &stage.servers).await?;
    the_log_is_lost(&view, &stage.servers).await?;
    processes_are_killed(&view, &mut stage).await?;
    view.has_shown_everything()
}

/// Built first: what comes after it are servers that wait.
fn testbed_lacks() -> Result<bool> {
    Ok(talkline_testbed::promtool(TESTS)?.is_none())
}

async fn calm(view: &View) -> Result<()> {
    for dependency in ["log", "store", "bus"] {
        view.comes_to(OVERVIEW, "Servers that answer", dependency, |up| up == 1.0)
            .await?;
    }
    for role in ["gateway", "worker"] {
        view.comes_to(OVERVIEW, "Processes", role, |processes| processes == 2.0)
            .await?;
    }
    view.comes_to(OVERVIEW, "Messages sent", "ok", |rate| rate > 10.0)
        .await?;
    view.comes_to(OVERVIEW, "Delivery", "p99", |seconds| seconds > 0.0)
        .await?;
    view.comes_to(OVERVIEW, "Lag", "records", |records| records < 100.0)
        .await
}

/// Redis dies, and MongoDB stands still: each is seen as itself, and messages wait.
async fn servers_are_lost(view: &View, servers: &Servers) -> Result<()> {
    servers.server("redis-1").kill().await?;
    servers.server("mongo-1").signal(Signal::Stop)?;
    view.comes_to(STORE, "Servers that answer", "bus", |up| up == 0.0)
        .await?;
    view.comes_to(STORE, "Servers that answer", "store", |up| up == 0.0)
        .await?;
    view.comes_to(OVERVIEW, "Lag", "records", |records| records > 100.0)
        .await?;
    view.is_pending("TalklineDependencyDown").await?;

    servers.server("mongo-1").signal(Signal::Resume)?;
    servers.mend().await?;
    for dependency in ["bus", "store"] {
        view.comes_to(STORE, "Servers that answer", dependency, |up| up == 1.0)
            .await?;
    }
    view.comes_to(OVERVIEW, "Lag", "records", |records| records < 100.0)
        .await
}

async fn the_log_is_lost(view: &View, servers: &Servers) -> Result<()> {
    servers.server("kafka-1").kill().await?;
    view.comes_to(STORE, "Servers that answer", "log", |up| up == 0.0)
        .await?;
    view.comes_to_any(WORKER, "Errors that clients report", |rate| rate > 0.0)
        .await?;
    servers.mend().await?;
    view.comes_to(STORE, "Servers that answer", "log", |up| up == 1.0)
        .await?;
    view.comes_to(OVERVIEW, "Accepted and stored", "stored", |rate| rate > 10.0)
        .await
}

/// A gateway, and then every worker.
async fn processes_are_killed(view: &View, stage: &mut Stage) -> Result<()> {
    stage.cluster.gateways[1].kill()?;
    view.comes_to(OVERVIEW, "Processes", "gateway", |processes| processes == 1.0)
        .await?;
    stage.cluster.gateways[1].start()?;
    view.comes_to(OVERVIEW, "Processes", "gateway", |processes| processes == 2.0)
        .await?;

    stage.cluster.workers.iter_mut().try_for_each(Member::kill)?;
    eventually("nobody works any more", async || {
        Ok(view.now(OVERVIEW, "Processes", "worker")?.is_none().then_some(()))
    })
    .await?;
    view.comes_to(OVERVIEW, "Messages sent", "ok", |rate| rate > 10.0)
        .await?;
    view.is_pending("TalklineNoWorker").await?;
    stage.cluster.workers.iter_mut().try_for_each(Member::start)?;
    view.comes_to(OVERVIEW, "Processes", "worker", |processes| processes == 2.0)
        .await?;
    view.comes_to(OVERVIEW, "Accepted and stored", "stored", |rate| rate > 10.0)
        .await
}

/// The rules that Prometheus is to evaluate are the committed ones.
fn rules() -> Result<&'static Path> {
    let rules = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus/rules.yaml"));
    ensure!(rules.is_file(), "{}", rules.display());
    Ok(rules)
}
