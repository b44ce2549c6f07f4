//! What happens to the servers: the brokers, MongoDB, Redis.

use anyhow::{Context, Result};

use super::{CALM, Fault, KILLED, LONG, RESTARTED, RESUMED, SHORT, STOPPED};
use crate::{
    Signal,
    faults::{Stage, Step},
    servers::{Server, flush_redis, kafka_leader, mongo_primary, step_down},
};

const MEND: Step = |stage| Box::pin(stage.servers.mend());
const RESUME: Step = |stage| Box::pin(async { struck(stage)?.signal(Signal::Resume) });

pub(super) static TABLE: &[Fault] = &[
    Fault {
        name: "the broker that leads is killed",
        does: KILLED,
        undone: RESTARTED,
        lasts: LONG,
        short: true,
        strike: |stage| Box::pin(async { leader(stage).await?.kill().await }),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "the broker that leads is restarted",
        does: "SIGTERM",
        undone: RESTARTED,
        strike: |stage| Box::pin(async { leader(stage).await?.end().await }),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "the broker that leads stands still",
        does: STOPPED,
        undone: RESUMED,
        lasts: LONG,
        strike: |stage| Box::pin(async { leader(stage).await?.signal(Signal::Stop) }),
        undo: RESUME,
        ..CALM
    },
    Fault {
        name: "the disk of the broker that leads is full",
        does: "its writes fail, which ends it",
        undone: "there is room again, and it is started",
        lasts: LONG,
        strike: |stage| Box::pin(async { leader(stage).await?.fill_disk().await }),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "MongoDB's primary is killed",
        does: KILLED,
        undone: RESTARTED,
        lasts: LONG,
        short: true,
        strike: |stage| Box::pin(async { primary(stage).await?.kill().await }),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "MongoDB's primary steps down",
        does: "replSetStepDown",
        undone: "another one is elected",
        lasts: SHORT,
        strike: |stage| Box::pin(step_down(&stage.servers)),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "MongoDB's primary stands still",
        does: STOPPED,
        undone: RESUMED,
        lasts: LONG,
        strike: |stage| Box::pin(async { primary(stage).await?.signal(Signal::Stop) }),
        undo: RESUME,
        ..CALM
    },
    Fault {
        name: "Redis forgets everything",
        does: "FLUSHALL",
        short: true,
        strike: |stage| Box::pin(flush_redis(&stage.servers)),
        ..CALM
    },
    Fault {
        name: "Redis is killed",
        does: KILLED,
        undone: RESTARTED,
        lasts: SHORT,
        strike: |stage| Box::pin(async { redis(stage).kill().await }),
        undo: MEND,
        ..CALM
    },
    Fault {
        name: "Redis stands still",
        does: STOPPED,
        undone: RESUMED,
        lasts: LONG,
        strike: |stage| Box::pin(async { redis(stage).signal(Signal::Stop) }),
        undo: RESUME,
        ..CALM
    },
];

/// The broker that leads the first partition of commands, kept in mind.
async fn leader(stage: &mut Stage) -> Result<Server<'_>> {
    let leader = kafka_leader(&stage.servers, &stage.cluster.commands()).await?;
    Ok(keep(stage, leader))
}

/// MongoDB's primary, kept in mind.
async fn primary(stage: &mut Stage) -> Result<Server<'_>> {
    let primary = mongo_primary(&stage.servers).await?;
    Ok(keep(stage, primary))
}

fn redis(stage: &mut Stage) -> Server<'_> {
    keep(stage, "redis-1".to_owned())
}

fn keep(stage: &mut Stage, name: String) -> Server<'_> {
    stage.servers.server(stage.struck.insert(name))
}

fn struck(stage: &Stage) -> Result<Server<'_>> {
    let name = stage.struck.as_deref().context("nobody was struck")?;
    Ok(stage.servers.server(name))
}
