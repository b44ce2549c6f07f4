//! What is too old goes: one task per worker, at its leisure.
//!
//! It decides by the clock, and so may not decide alone: that messages expire is a record of the log, which every worker
//! judges in its place. What it does itself is to remove what nobody sees or needs any more. Any number of these tasks
//! can run beside each other. How long things are kept is for the composition root to say.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use talkline_core::{
    Result,
    conversation::Record,
    port::{Clock, Due, Log, Store},
    time::Timestamp,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{metrics::Metrics, retry::until_done};

/// Conversations that are looked at in one question.
const CONVERSATIONS: usize = 500;
/// Documents that are removed in one write: some milliseconds, which the messages behind it wait.
const DOCUMENTS: usize = 200;
/// Between two such writes, so that nobody waits for more than one.
const BREATH: Duration = Duration::from_millis(50);
/// How long the workers get to bring in expiries before their documents are removed. What they have not come to by then
/// goes the next time.
const SETTLE: Duration = Duration::from_secs(5);

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Messages, with their changes; none: for ever.
    pub messages: Option<Duration>,
    /// Rejections of accepted messages.
    pub rejections: Duration,
    /// Records that could not be decoded.
    pub dead_letters: Duration,
    /// How often it is looked for what is older. Nothing goes before its time; it may go so much later.
    pub every: Duration,
}

impl Default for Kept {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            messages: None,
            rejections: DAY * 7,
            dead_letters: DAY * 30,
            every: Duration::from_secs(60 * 60),
        }
    }
}

/// The task.
pub struct Retention {
    kept: Kept,
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
}

impl Retention {
    /// A task that has not started.
    pub fn new(kept: Kept, ports: &crate::Ports, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        Self {
            kept,
            log: ports.log.clone(),
            store: ports.store.clone(),
            clock,
            metrics,
        }
    }

    /// Works until `shutdown`. All that is under way can be left at any point and done again.
    ///
    /// # Errors
    /// A port was closed underneath.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        shutdown.run_until_cancelled(self.work()).await.unwrap_or(Ok(()))
    }

    async fn work(&self) -> Result<()> {
        // Workers that start together do not look at the same moment.
        let mut pause = self.kept.every.mul_f64(rand::random_range(0.0..0.1));
        loop {
            sleep(pause).await;
            pause = match self.pass().await? {
                true => SETTLE,
                false => self.kept.every.mul_f64(rand::random_range(0.9..1.1)),
            };
        }
    }

    /// Looks at everything once; says whether there was more than one look takes in.
    async fn pass(&self) -> Result<bool> {
        let now = self.clock.now();
        let more = match self.kept.messages {
            Some(kept) => self.expire(earlier(now, kept), now).await?,
            None => false,
        };
        self.purge().await?;
        let (store, log) = (&self.store, &self.log);
        let before = earlier(now, self.kept.rejections);
        self.forget("rejection", || store.forget_rejections(before, DOCUMENTS))
            .await?;
        let before = earlier(now, self.kept.dead_letters);
        self.forget("dead_letter", || log.forget_buried(before, DOCUMENTS))
            .await?;
        Ok(more)
    }

    /// Says into the log which messages are too old.
    async fn expire(&self, before: Timestamp, now: Timestamp) -> Result<bool> {
        let (store, mut after, mut more) = (&self.store, None, false);
        loop {
            let found = until_done("overdue", &self.metrics, async || {
                store.overdue(before, after, CONVERSATIONS).await
            })
            .await?;
            for due in &found.conversations {
                self.append(due, now).await?;
                more |= due.more;
            }
            after = found.next;
            if after.is_none() {
                break;
            }
            sleep(BREATH).await;
        }
        sleep(SETTLE.min(self.kept.every)).await;
        Ok(more)
    }

    async fn append(&self, due: &Due, now: Timestamp) -> Result<()> {
        let record = Bytes::from(Record::expire(due.conversation, due.through, now).encode()?);
        until_done("expire", &self.metrics, || {
            self.log.append(due.conversation, record.clone(), None)
        })
        .await?;
        Ok(())
    }

    /// Removes what has expired.
    async fn purge(&self) -> Result<()> {
        loop {
            let purged = until_done("purge", &self.metrics, || self.store.purge(DOCUMENTS)).await?;
            self.metrics.removed("message", purged.messages);
            self.metrics.removed("change", purged.changes);
            if !purged.more {
                return Ok(());
            }
            sleep(BREATH).await;
        }
    }

    /// Calls `step`, which removes and counts, until it finds little.
    async fn forget<F>(&self, kind: &'static str, mut step: impl FnMut() -> F) -> Result<()>
    where
        F: Future<Output = Result<usize>> + Send,
    {
        loop {
            let count = until_done("forget", &self.metrics, &mut step).await?;
            self.metrics.removed(kind, count);
            if count < DOCUMENTS {
                return Ok(());
            }
            sleep(BREATH).await;
        }
    }
}

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(by))
}
