//! One line a second on standard error, for whoever waits.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use super::load::{Load, Phase};
use crate::measure::Counted;

/// Prints until the run verifies or is aborted.
pub(super) async fn show(load: Arc<Load>) {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second.tick().await;
    let mut phase = load.phase.subscribe();
    let mut before = load.meter.counters.read();
    loop {
        tokio::select! {
            () = load.aborted.cancelled() => return,
            _ = phase.wait_for(|phase| *phase == Phase::Verifying) => return,
            _ = second.tick() => {}
        }
        let now = load.meter.counters.read();
        let line = line(&load, &before, &now);
        before = now;
        // Nobody to read it is no reason to stop.
        drop(writeln!(io::stderr(), "{line}"));
    }
}

fn line(load: &Load, before: &Counted, now: &Counted) -> String {
    let users = load.options.users;
    let phase = *load.phase.borrow();
    if phase == Phase::Connecting {
        let (accounts, rooms) = (
            users - load.registering.left(),
            load.options.rooms() - load.opening.left(),
        );
        let sockets = users - load.connecting.left();
        return format!("preparing: {accounts} accounts, {rooms} conversations, {sockets} sockets of {users} users");
    }
    let (ack, delivery) = load.meter.interval();
    let name = if matches!(phase, Phase::Settling(_)) {
        "settling"
    } else {
        "sending"
    };
    format!(
        "{name}: {} sent/s, {} acked/s, {} received/s; p99 ack {:.1} ms, delivery {:.1} ms; \
         {} waiting, {} lost connections, {} late",
        now.sent - before.sent,
        now.acked - before.acked,
        now.received - before.received,
        ack.p99_ms,
        delivery.p99_ms,
        now.sent.saturating_sub(now.acked + now.refused),
        now.disconnects,
        now.late,
    )
}
