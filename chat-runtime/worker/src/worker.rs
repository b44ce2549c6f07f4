//! The worker's tasks: one per partition, owned here, stopped and awaited here.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use talkline_core::{
    Error, ErrorKind, Result,
    port::{FanOut, Log, PartitionReader, Recent, Store},
    trace::Tracer,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{metrics::Metrics, retry::Backoff, sequencer::Sequencer};

/// What a worker stands on.
#[derive(Clone)]
pub struct Ports {
    /// Read from.
    pub log: Arc<dyn Log>,
    /// Written to.
    pub store: Arc<dyn Store>,
    /// Told.
    pub fan_out: Arc<dyn FanOut>,
    /// Told how long it took.
    pub tracer: Tracer,
    /// Kept fresh.
    pub recent: Arc<dyn Recent>,
}

/// How often a log that is read is looked at whether it is the same still.
const VERIFY: Duration = Duration::from_secs(60);

/// How much a worker takes on.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Records in a batch, at most. A batch is one write: larger ones cost less per record and more latency under load.
    pub max_batch: usize,
    /// The time between the beginnings of two batches of a partition, at least. A record that comes alone waits for nothing; of
    /// many, more come together.
    pub linger: Duration,
    /// How long the mark may stay behind what is done. What lies between the two is done once more after a crash, and looked at
    /// by each reader.
    pub mark: Duration,
    /// Conversations whose state is kept at hand, per partition.
    pub states: NonZeroUsize,
}

impl Default for Config {
    fn default() -> Self {
        const STATES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
        Self {
            max_batch: 512,
            linger: Duration::ZERO,
            mark: Duration::from_millis(50),
            states: STATES,
        }
    }
}

/// Takes partitions and works on them until it is told to stop.
pub struct Worker {
    config: Config,
    ports: Ports,
    metrics: Metrics,
}

impl Worker {
    /// A worker that has not started.
    pub fn new(config: Config, ports: Ports, metrics: Metrics) -> Self {
        Self { config, ports, metrics }
    }

    /// Works until `shutdown`; a batch that is under way is finished first.
    ///
    /// # Errors
    /// The log cannot be joined, or a port was closed underneath.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        let worker = Arc::new(self);
        let mut assignments = worker.ports.log.join().await?;
        let mut partitions = JoinSet::new();
        let result = loop {
            tokio::select! {
                () = shutdown.cancelled() => break Ok(()),
                reader = assignments.next() => match reader {
                    Ok(reader) => drop(partitions.spawn(worker.clone().partition(reader, shutdown.clone()))),
                    Err(error) => break Err(error),
                },
                Some(ended) = partitions.join_next() => if let Err(error) = flatten(ended) { break Err(error) },
            }
        };
        shutdown.cancel();
        while let Some(ended) = partitions.join_next().await {
            flatten(ended)?;
        }
        result
    }

    async fn partition(
        self: Arc<Self>,
        mut reader: Box<dyn PartitionReader>,
        shutdown: CancellationToken,
    ) -> Result<()> {
        let partition = reader.partition();
        let mut sequencer = Sequencer::start(partition, self.config.states, &self.ports, self.metrics.clone()).await?;
        tracing::info!(partition, position = %sequencer.position(), "partition taken");
        let mut backoff = Backoff::new();
        loop {
            // Again after every failed read: what was read and not processed is read once more.
            if let Err(error) = begin(&mut *reader, &mut sequencer).await {
                if !reader.is_held() {
                    return Ok(());
                }
                tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    waited = backoff.wait("seek", &self.metrics, error) => waited?,
                }
                continue;
            }
            match self.work(&mut *reader, &mut sequencer, &shutdown).await? {
                Pass::Ended => return Ok(()),
                Pass::ReadFailed(error) => backoff.wait("read", &self.metrics, error).await?,
            }
        }
    }

    /// Batch after batch, until the end or a failed read; and now and then the mark, and a look whether this is the same log still.
    async fn work(
        &self,
        reader: &mut dyn PartitionReader,
        sequencer: &mut Sequencer,
        shutdown: &CancellationToken,
    ) -> Result<Pass> {
        let (mut next, mut due) = (Instant::now(), Instant::now());
        let mut verify = Instant::now() + VERIFY;
        loop {
            let is_ahead = sequencer.position() > sequencer.marked();
            let reading = async {
                sleep_until(next).await;
                reader.next_batch(self.config.max_batch).await
            };
            let batch = tokio::select! {
                biased;
                () = shutdown.cancelled() => None,
                () = sleep_until(due), if is_ahead => {
                    mark(reader, sequencer).await?;
                    continue;
                }
                () = sleep_until(verify) => {
                    verify = Instant::now() + VERIFY;
                    match self::verify(reader, sequencer).await {
                        Err(error) if error.kind() == ErrorKind::Conflict => return Ok(Pass::ReadFailed(error)),
                        // Who cannot ask reads on, and asks the next time.
                        _ => continue,
                    }
                }
                batch = reading => match batch {
                    Ok(batch) => batch,
                    Err(error) => return Ok(Pass::ReadFailed(error)),
                },
            };
            let Some(batch) = batch else {
                mark(reader, sequencer).await?;
                return Ok(Pass::Ended);
            };
            let start = Instant::now();
            next = start + self.config.linger;
            if !is_ahead {
                due = start + self.config.mark;
            }
            sequencer.process(&batch).await?;
            let position = sequencer.position().number();
            let seconds = start.elapsed().as_secs_f64();
            self.metrics.batch(reader.partition(), batch.len(), position, seconds);
        }
    }
}

/// Begins to read where the worker is, in the log that it has read.
async fn begin(reader: &mut dyn PartitionReader, sequencer: &mut Sequencer) -> Result<()> {
    verify(reader, sequencer).await?;
    reader.seek(sequencer.position()).await
}

async fn verify(reader: &mut dyn PartitionReader, sequencer: &mut Sequencer) -> Result<()> {
    if let Some(anchor) = sequencer.anchor() {
        reader.verify(anchor).await?;
        sequencer.verified();
    }
    Ok(())
}

/// Moves the mark to where the worker is, and tells the log.
async fn mark(reader: &mut dyn PartitionReader, sequencer: &mut Sequencer) -> Result<()> {
    sequencer.mark().await?;
    if let Err(error) = reader.commit(sequencer.marked()).await {
        // For lag and pruning only; the mark in the store is what counts.
        tracing::warn!(%error, "commit failed");
    }
    Ok(())
}

/// How a pass over a partition ended.
enum Pass {
    /// It was taken away, or the worker stops.
    Ended,
    /// To be read again from the position.
    ReadFailed(Error),
}

fn flatten(ended: Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    match ended {
        Ok(result) => result,
        Err(panicked) => Err(Error::new(ErrorKind::Closed, "worker.partition", panicked)),
    }
}
