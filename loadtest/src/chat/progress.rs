//! The run second by second: into its books, and to whoever watches.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use super::load::{Load, Phase};
use crate::{
    measure::{Counted, Latencies, Open, Point, process::Usage},
    metrics::{Reading, Source},
};

/// Makes a point each second, until the run verifies or is aborted.
pub(super) async fn watch(load: Arc<Load>, watcher: mpsc::Sender<Point>) {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second.tick().await;
    let mut phase = load.phase.subscribe();
    let mut since = Since::now(&load);
    loop {
        tokio::select! {
            () = load.aborted.cancelled() => return,
            _ = phase.wait_for(|phase| *phase == Phase::Verifying) => return,
            _ = second.tick() => {}
        }
        let Some(point) = since.point(&load) else { return };
        if load.phase.borrow().sending().is_some() {
            let mut timeline = load.timeline.lock().unwrap_or_else(PoisonError::into_inner);
            timeline.push(point.clone());
        }
        // Who does not keep up misses it; the books have it.
        drop(watcher.try_send(point));
    }
}

/// What was there when the last point was made.
struct Since {
    at: Instant,
    counts: Counted,
    cpu: Duration,
}

impl Since {
    fn now(load: &Load) -> Self {
        Self {
            at: Instant::now(),
            counts: load.meter.counters.read(),
            cpu: cpu(),
        }
    }

    /// What has happened since then. None where there is no memory for it.
    fn point(&mut self, load: &Load) -> Option<Point> {
        let now = Self::now(load);
        let latencies = load.meter.interval(Latencies::new().ok()?);
        let point = Point {
            open: open(load),
            cpu_seconds: now.cpu.saturating_sub(self.cpu).as_secs_f64(),
            ..Point::new(
                (now.at - self.at).as_secs_f64(),
                load.phase.borrow().name(),
                now.counts.since(&self.counts),
                &latencies,
            )
        };
        *self = now;
        Some(point)
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
