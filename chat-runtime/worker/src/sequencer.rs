//! One partition in the hands of one worker: read, number, store, freshen, publish; and, for several batches at once, mark.

use std::{collections::HashSet, num::NonZeroUsize, sync::Arc};

use lru::LruCache;
use talkline_core::{
    Result,
    checkpoint::{Anchor, Checkpoint},
    conversation::{Conversation, FactsQuery, Fold, Folded, Reason, Record},
    event::Signal,
    id::ConversationId,
    offset::{Offset, Partition},
    port::{Conflict, Log, LogRecord, Store},
    trace::Tracer,
};

use crate::{freshening::Freshening, metrics::Metrics, retry::until_done, telling::Telling, traced::Traced};

/// Numbers the records of one partition. A state at hand is the state as of its own position.
pub struct Sequencer {
    partition: Partition,
    position: Offset,
    /// What the log is known by.
    anchor: Option<Anchor>,
    /// The newest record that is done: the next anchor.
    last: Option<LogRecord>,
    marked: Offset,
    states: LruCache<ConversationId, Conversation>,
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    freshening: Freshening,
    telling: Telling,
    tracer: Tracer,
    metrics: Metrics,
}

impl Sequencer {
    /// Starts at the store's mark of `partition`, with at most `states` conversations kept at hand.
    ///
    /// # Errors
    /// The store is closed.
    pub async fn start(
        partition: Partition,
        states: NonZeroUsize,
        ports: &crate::Ports,
        metrics: Metrics,
    ) -> Result<Self> {
        let Checkpoint { position, anchor } = until_done("mark", &metrics, || ports.store.mark(partition)).await?;
        Ok(Self {
            partition,
            position,
            anchor,
            last: None,
            marked: position,
            states: LruCache::new(states),
            log: ports.log.clone(),
            store: ports.store.clone(),
            freshening: Freshening::new(ports.recent.clone(), metrics.clone()),
            telling: Telling::new(ports.fan_out.clone(), metrics.clone()),
            tracer: ports.tracer.clone(),
            metrics,
        })
    }

    /// Everything below is done.
    pub fn position(&self) -> Offset {
        self.position
    }

    /// What the log is known by; none before its first record.
    pub fn anchor(&self) -> Option<Anchor> {
        self.anchor
    }

    /// The log has the anchor still, so all that was read since is of the same one. Its newest record is the next anchor.
    pub fn verified(&mut self) {
        self.anchor = self.last.as_ref().map(Anchor::of).or(self.anchor);
    }

    /// Where the mark stands: at the position, or behind it.
    pub fn marked(&self) -> Offset {
        self.marked
    }

    /// Takes a batch as far as the sockets. What fails is tried again, all but a bus that stays away.
    ///
    /// # Errors
    /// A port is closed. The batch may be done in part and is to be done again from the mark.
    pub async fn process(&mut self, batch: &[LogRecord]) -> Result<()> {
        let Some(last) = batch.last() else { return Ok(()) };
        let tracer = self.tracer.clone();
        let traced = Traced::begin(&tracer, self.partition, batch);
        let mut folded = self.fold(self.decode(batch).await?).await?;
        let (store, docs) = (self.store.clone(), &folded.docs);
        let mut broken = HashSet::new();
        if !docs.is_empty() {
            let writing = traced.step("store write");
            let conflicts = until_done("write", &self.metrics, || store.write(docs)).await?;
            drop(writing);
            self.metrics.documents(docs);
            broken = self.quarantine(&conflicts, &mut folded).await?;
        }
        traced.pass_on(&mut folded.events);
        self.freshening.note(&folded, &broken).await;
        let signals = signals(&mut folded);
        if !signals.is_empty() {
            self.telling.tell(signals).await?;
        }
        self.position = last.offset.next();
        // Before a generation's first record, there is none to know it by.
        let is_ours = |anchor: &Anchor| anchor.offset.generation() == last.offset.generation();
        self.anchor = self.anchor.filter(is_ours).or_else(|| Some(Anchor::of(last)));
        self.last = Some(last.clone());
        for (id, state) in folded.states {
            self.states.put(id, state);
        }
        Ok(())
    }

    /// Moves the mark to the position: from there on another worker would begin. What lies between the two was told to
    /// everybody already, and would be done once more with the same result; so one move can serve many batches.
    ///
    /// # Errors
    /// The store is closed.
    pub async fn mark(&mut self) -> Result<()> {
        let to = Checkpoint {
            position: self.position,
            anchor: self.anchor,
        };
        let store = &self.store;
        until_done("advance", &self.metrics, || store.advance(self.partition, to)).await?;
        self.marked = to.position;
        Ok(())
    }

    /// Records whose bytes cannot be understood are put aside: that depends on the bytes alone, so every worker does.
    async fn decode(&self, batch: &[LogRecord]) -> Result<Vec<(Offset, Record)>> {
        let mut records = Vec::with_capacity(batch.len());
        for raw in batch {
            match Record::decode(&raw.payload) {
                Ok(record) => records.push((raw.offset, record)),
                Err(error) => {
                    tracing::error!(partition = self.partition, offset = %raw.offset, %error, "dead letter");
                    self.metrics.dead_letter();
                    let (log, reason) = (&self.log, error.to_string());
                    until_done("bury", &self.metrics, async || {
                        log.bury(self.partition, raw, &reason).await
                    })
                    .await?;
                }
            }
        }
        Ok(records)
    }

    async fn fold(&mut self, records: Vec<(Offset, Record)>) -> Result<Folded> {
        let query = FactsQuery::new(self.position, records.iter().map(|(_, record)| record), |id| {
            self.states.contains(id)
        });
        let touched = query.touched.clone();
        let (store, partition) = (&self.store, self.partition);
        let facts = until_done("facts", &self.metrics, async || {
            store.facts(partition, query.clone()).await
        })
        .await?;
        let at_hand: Vec<_> = touched
            .iter()
            .filter_map(|id| Some((*id, self.states.get(id)?.clone())))
            .collect();
        let mut fold = Fold::new(facts, at_hand);
        for (offset, record) in &records {
            fold.push(*offset, record);
        }
        Ok(fold.finish())
    }

    /// A document that contradicts a stored one: nothing of that conversation, which is returned, is told, and the partition
    /// goes on.
    async fn quarantine(&mut self, conflicts: &[Conflict], folded: &mut Folded) -> Result<HashSet<ConversationId>> {
        let mut broken = HashSet::new();
        for conflict in conflicts.iter().filter(|conflict| broken.insert(conflict.conversation)) {
            tracing::error!(conversation = %conflict.conversation, what = %conflict.what, "contradiction: conversation quarantined");
            self.metrics.quarantine();
            let store = &self.store;
            let (id, what) = (conflict.conversation, conflict.what.as_str());
            until_done("quarantine", &self.metrics, || store.quarantine(id, what)).await?;
            self.states.pop(&id);
        }
        if !broken.is_empty() {
            folded.withhold(&broken, Reason::Quarantined);
        }
        Ok(broken)
    }
}

fn signals(folded: &mut Folded) -> Vec<Signal> {
    let events = folded.events.drain(..).map(Signal::Conversation);
    let users = folded
        .user_events
        .drain(..)
        .map(|(user, event)| Signal::User(user, event));
    let answers = folded.answers.drain(..).map(|(_, answer)| Signal::Answer(answer));
    events.chain(users).chain(answers).collect()
}
