//! The scheduler: lets one worker at a time through its gate, starts zombies, and kills at any point.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use talkline_core::{
    offset::Offset,
    port::{LogRecord, Recent, Store},
    suite::memory::{MemoryLog, MemoryRecent},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::{
    cached::Reading,
    gate::{Gate, Gated, Mutation, Published},
    readers::Seen,
};
use crate::{Metrics, Ports, Sequencer};

const STORM_STEPS: u32 = 3_000;
const STEP_DEADLINE: Duration = Duration::from_secs(30);

/// A store, a log, a cache, and the workers on them.
pub(super) struct World {
    pub(super) published: Published,
    rng: SmallRng,
    records: Arc<[LogRecord]>,
    store: Arc<dyn Store>,
    recent: Arc<dyn Recent>,
    mutation: Option<Mutation>,
    workers: Vec<Running>,
    seen: Seen,
    reading: Reading,
}

struct Running {
    task: JoinHandle<()>,
    arrived: mpsc::Receiver<()>,
    permits: Arc<Semaphore>,
}

impl Running {
    /// Lets it do one write, and waits until it is at the next, or done. False once it has ended.
    async fn step(&mut self) -> Result<bool, String> {
        self.permits.add_permits(1);
        match tokio::time::timeout(STEP_DEADLINE, self.arrived.recv()).await {
            Ok(arrived) => Ok(arrived.is_some()),
            Err(_) => Err("a worker hangs between two writes".to_owned()),
        }
    }

    /// Kills it where it stands, which is before a write.
    async fn kill(self) {
        self.task.abort();
        // Cancelled is what it should be; and the next worker must not start before it is gone.
        drop(self.task.await);
    }
}

impl World {
    pub(super) fn new(
        rng: SmallRng,
        records: Vec<LogRecord>,
        store: Arc<dyn Store>,
        mutation: Option<Mutation>,
    ) -> Self {
        let (published, workers, seen) = (Published::default(), Vec::new(), Seen::default());
        let recent: Arc<dyn Recent> = Arc::new(MemoryRecent::default());
        Self {
            reading: Reading::new(
                rng.clone(),
                (store.clone(), recent.clone()),
                published.clone(),
                mutation,
            ),
            published,
            rng,
            records: records.into(),
            store,
            recent,
            mutation,
            workers,
            seen,
        }
    }

    /// Random faults, until all is done or for a good while.
    pub(super) async fn storm(&mut self) -> Result<(), String> {
        self.start().await?;
        for _ in 0..STORM_STEPS {
            let fault = if self.workers.is_empty() {
                0.0
            } else {
                self.rng.random_range(0.0..1.0)
            };
            if fault < 0.03 {
                self.start().await?; // a rebalance; the old one goes on
            } else if fault < 0.05 && self.workers.len() > 1 {
                let victim = self.rng.random_range(0..self.workers.len());
                self.workers.swap_remove(victim).kill().await; // one dies, wherever it is
            } else if fault < 0.06 {
                self.kill_all().await;
                self.start().await?;
            } else if fault < 0.10 {
                self.purge().await?; // at any time, beside anybody
            }
            if self.workers.is_empty() {
                break; // whoever starts now finds nothing left to do
            }
            let chosen = self.rng.random_range(0..self.workers.len());
            if !self.workers[chosen].step().await? {
                self.workers.swap_remove(chosen).kill().await;
            }
            self.seen.look(&*self.store).await?;
            self.reading.step().await?;
        }
        self.kill_all().await;
        Ok(())
    }

    /// One worker, no faults, to the end.
    pub(super) async fn calm(&mut self) -> Result<(), String> {
        self.start().await?;
        while let Some(worker) = self.workers.first_mut() {
            if !worker.step().await? {
                self.kill_all().await;
            }
        }
        self.seen.look(&*self.store).await?;
        self.reading.finish().await
    }

    /// Removes some of what has expired.
    async fn purge(&mut self) -> Result<(), String> {
        let limit = self.rng.random_range(1..=5);
        self.store.purge(limit).await.map_err(|error| error.to_string())?;
        Ok(())
    }

    async fn kill_all(&mut self) {
        for worker in self.workers.drain(..) {
            worker.kill().await;
        }
    }

    async fn start(&mut self) -> Result<(), String> {
        let (arrived_tx, arrived) = mpsc::channel(1);
        let permits = Arc::new(Semaphore::new(0));
        let gate = Gate {
            arrived: arrived_tx,
            permits: permits.clone(),
        };
        let (documents, published) = ((self.store.clone(), self.recent.clone()), self.published.clone());
        let gated = Arc::new(Gated::new(gate, documents, published, self.mutation, self.rng.random()));
        let ports = Ports {
            log: Arc::new(MemoryLog::new(1)),
            store: gated.clone(),
            fan_out: gated.clone(),
            recent: gated,
            tracer: Default::default(),
        };
        let rng = SmallRng::from_rng(&mut self.rng);
        let task = tokio::spawn(work(ports, self.records.clone(), rng));
        let mut running = Running { task, arrived, permits };
        // It runs up to its first write; one that has nothing left to do is gone already.
        if tokio::time::timeout(STEP_DEADLINE, running.arrived.recv())
            .await
            .map_err(|_| "a worker does not start")?
            .is_some()
        {
            self.workers.push(running);
        }
        Ok(())
    }
}

async fn work(ports: Ports, records: Arc<[LogRecord]>, mut rng: SmallRng) {
    const FEW_STATES: NonZeroUsize = NonZeroUsize::new(1).unwrap();
    let metrics = Metrics::register(&mut Registry::default());
    let Ok(mut sequencer) = Sequencer::start(0, FEW_STATES, &ports, metrics).await else {
        return;
    };
    loop {
        let start = records.partition_point(|record| record.offset < sequencer.position());
        let end = records.len().min(start + rng.random_range(1..=5));
        let is_done = start == end || sequencer.position() == Offset::MAX;
        // At any time before the end: a worker may go on for as long as it likes before it marks.
        let marks = sequencer.position() > sequencer.marked() && (is_done || rng.random_bool(0.5));
        if marks && sequencer.mark().await.is_err() {
            return;
        }
        if is_done || sequencer.process(&records[start..end]).await.is_err() {
            return;
        }
    }
}
