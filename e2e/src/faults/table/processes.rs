//! What happens to gateways and workers.

use anyhow::{Context, Result, ensure};

use super::{CALM, Fault, KILLED, LONG, RESTARTED, RESUMED, SHORT, STOPPED};
use crate::{Environment, Member, Role, Signal, faults::Stage};

pub(super) static TABLE: &[Fault] = &[
    Fault {
        name: "a worker is killed",
        does: KILLED,
        undone: RESTARTED,
        lasts: LONG,
        short: true,
        strike: |stage| Box::pin(async { worker(stage)?.kill() }),
        undo: |stage| Box::pin(async { start(worker(stage)?).await }),
        ..CALM
    },
    Fault {
        name: "every worker is killed",
        does: KILLED,
        undone: "they are started again",
        strike: |stage| Box::pin(async { stage.cluster.workers.iter_mut().try_for_each(Member::kill) }),
        undo: |stage| Box::pin(start_workers(stage)),
        ..CALM
    },
    Fault {
        name: "a worker stands still past its session",
        does: STOPPED,
        undone: "it goes on as a zombie, while others have its partitions",
        lasts: LONG,
        short: true,
        strike: |stage| Box::pin(async { worker(stage)?.signal(Signal::Stop) }),
        undo: |stage| Box::pin(async { worker(stage)?.signal(Signal::Resume) }),
        ..CALM
    },
    Fault {
        name: "a worker leaves",
        does: "SIGTERM",
        undone: RESTARTED,
        lasts: SHORT,
        strike: |stage| Box::pin(async { leave(worker(stage)?).await }),
        undo: |stage| Box::pin(async { start(worker(stage)?).await }),
        ..CALM
    },
    Fault {
        name: "workers come and go",
        does: "two more are started",
        undone: "two leave, of those who were there first (SIGTERM)",
        lasts: LONG,
        strike: |stage| Box::pin(add_workers(stage)),
        undo: |stage| Box::pin(leave_to_them(stage)),
        ..CALM
    },
    Fault {
        name: "a gateway is killed",
        does: KILLED,
        undone: RESTARTED,
        lasts: SHORT,
        short: true,
        strike: |stage| Box::pin(async { gateway(stage)?.kill() }),
        undo: |stage| Box::pin(async { start(gateway(stage)?).await }),
        ..CALM
    },
    Fault {
        name: "a gateway stands still",
        does: STOPPED,
        undone: RESUMED,
        lasts: LONG,
        strike: |stage| Box::pin(async { gateway(stage)?.signal(Signal::Stop) }),
        undo: |stage| Box::pin(async { gateway(stage)?.signal(Signal::Resume) }),
        ..CALM
    },
    Fault {
        name: "a gateway drains",
        does: "SIGTERM: unready, a grace, sockets asked to move at a pace, closed",
        undone: RESTARTED,
        strike: |stage| Box::pin(async { leave(gateway(stage)?).await }),
        undo: |stage| Box::pin(async { start(gateway(stage)?).await }),
        ..CALM
    },
];

fn worker(stage: &mut Stage) -> Result<&mut Member> {
    stage.cluster.workers.first_mut().context("no worker")
}

fn gateway(stage: &mut Stage) -> Result<&mut Member> {
    stage.cluster.gateways.last_mut().context("no gateway")
}

async fn start(member: &mut Member) -> Result<()> {
    member.start()?;
    member.ready().await
}

async fn start_workers(stage: &mut Stage) -> Result<()> {
    stage.cluster.workers.iter_mut().try_for_each(Member::start)?;
    stage.cluster.ready().await
}

/// In order: with exit code 0.
async fn leave(member: &mut Member) -> Result<()> {
    let end = member.leave().await?;
    ensure!(end.success(), "{end}: {}", member.log());
    Ok(())
}

async fn add_workers(stage: &mut Stage) -> Result<()> {
    for _ in 0..2 {
        stage.cluster.add(Role::Worker, &Environment::new())?;
    }
    stage.cluster.ready().await
}

async fn leave_to_them(stage: &mut Stage) -> Result<()> {
    for _ in 0..2 {
        let mut worker = stage.cluster.workers.remove(0);
        leave(&mut worker).await?;
    }
    Ok(())
}
