//! The run second by second: into its books, and to whoever watches.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use super::load::{Load, Phase};
use crate::{
    measure::{Counted, Detail, Kind, Latencies, Open, Outcome, Point, process::Usage},
    metrics::{Reading, Source},
};

/// Makes a point each second, and a last one when the run verifies; none any more when it is aborted.
pub(super) async fn watch(load: Arc<Load>, watcher: mpsc::Sender<Point>) {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second.tick().await;
    let mut phase = load.phase.subscribe();
    let mut since = Since::now(&load);
    loop {
        let over = tokio::select! {
            () = load.aborted.cancelled() => return,
            _ = phase.wait_for(|phase| *phase == Phase::Verifying) => true,
            _ = second.tick() => false,
        };
        let Some(point) = since.point(&load) else { return };
        if load.phase.borrow().sending().is_some() {
            let mut timeline = load.timeline.lock().unwrap_or_else(PoisonError::into_inner);
            timeline.push(point.clone());
        }
        // Who does not keep up misses it; the books have it.
        drop(watcher.try_send(point));
        if over {
            return;
        }
    }
}

/// What was there when the last point was made.
struct Since {
    at: Instant,
    counts: Counted,
    outcomes: BTreeMap<Kind, Outcome>,
    cpu: Duration,
}

impl Since {
    fn now(load: &Load) -> Self {
        Self {
            at: Instant::now(),
            counts: load.meter.counters.read(),
            outcomes: load.meter.outcomes.read(),
            cpu: cpu(),
        }
    }

    /// What has happened since then. None where there is no memory for it.
    fn point(&mut self, load: &Load) -> Option<Point> {
        let now = Self::now(load);
        let phase = *load.phase.borrow();
        // Before the sending there are no times, and the memory for them would count as the sockets'.
        let latencies = match phase {
            Phase::Connecting => None,
            _ => Some(load.meter.interval(Latencies::new().ok()?)),
        };
        let seconds = (now.at - self.at).as_secs_f64();
        let counts = now.counts.since(&self.counts);
        let point = Point {
            open: open(load),
            cpu_seconds: now.cpu.saturating_sub(self.cpu).as_secs_f64(),
            detail: latencies
                .as_ref()
                .map(|latencies| Box::new(self.detail(load, &now, latencies))),
            ..Point::new(seconds, phase.name(), counts, latencies.as_ref())
        };
        *self = now;
        Some(point)
    }

    /// The same, kind by kind.
    fn detail(&self, load: &Load, now: &Self, latencies: &Latencies) -> Detail {
        let before = |kind| self.outcomes.get(kind).copied().unwrap_or_default();
        let outcomes = now.outcomes.iter();
        Detail {
            latencies: latencies.iter().map(|(kind, it)| (kind, it.pack())).collect(),
            outcomes: outcomes.map(|(kind, it)| (*kind, it.since(before(kind)))).collect(),
            findings: load.findings_so_far(),
            threads: load.threads as u64,
        }
    }
}

fn cpu() -> Duration {
    Usage::read(None).map_or(Duration::ZERO, |usage| usage.cpu)
}

fn open(load: &Load) -> Open {
    let options = &load.options;
    Open {
        accounts: (options.users - load.registering.left()) as u64,
        conversations: (options.rooms() - load.opening.left()) as u64,
        sockets: load.sockets.get(),
    }
}

impl Source for Load {
    fn read(&self) -> Reading {
        let phase = *self.phase.borrow();
        let sending = matches!(phase, Phase::Sending(sending) if self.meter.now() >= sending.start);
        Reading {
            counts: self.meter.counters.read(),
            outcomes: self.meter.outcomes.read(),
            failed_traces: self.meter.outcomes.failed_traces(),
            findings: match phase {
                Phase::Verifying if self.verifying.left() == 0 => self.findings(),
                _ => self.findings_so_far(),
            },
            phase: phase.name(),
            sockets: self.sockets.get(),
            offered: if sending { self.options.rate } else { 0.0 },
            cpu_seconds: cpu().as_secs_f64(),
            threads: self.threads as u64,
        }
    }
}
