//! Receipts: gathered for a few milliseconds, cut to what readers can see, written in one go, then told.
//!
//! A member who scrolls sends many; only the highest numbers matter. So everything that comes within a window becomes
//! one update per conversation and member, one write for all of them, and one event for each that moved.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use talkline_core::{
    Result,
    event::{EventBody, Signal},
    id::{ConversationId, UserId},
    port::{FanOut, Head, MarkUpdate, Store},
    receipt::Mark,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Chat, Memberships, Recents};
use crate::{
    auth::Identity,
    config::Realtime,
    ports::Ports,
    problem::{Code, Problem},
};

/// How far a member has come: one number or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Everything up to here reached one of the member's devices.
    pub delivered: u64,
    /// Everything up to here was seen.
    pub read: u64,
}

struct Waiting {
    update: MarkUpdate,
    written: oneshot::Sender<Result<()>>,
}

/// The queue of receipts.
pub(super) struct Receipts {
    queue: mpsc::Sender<Waiting>,
}

/// Writes what the queue brings.
struct Writer {
    store: Arc<dyn Store>,
    fan_out: Arc<dyn FanOut>,
    memberships: Memberships,
    recents: Recents,
    window: Duration,
}

impl Chat {
    /// Raises the actor's marks in a conversation; returns once that is stored. Numbers beyond the newest message
    /// that readers can see count as that one.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`; `OVERLOADED` and those of the store can be tried again.
    pub async fn raise(&self, actor: &Identity, conversation: ConversationId, reached: Reached) -> Result<(), Problem> {
        self.require_member(actor.user, conversation).await?;
        let mark = Mark {
            user_id: actor.user,
            delivered_seq: reached.delivered.max(reached.read),
            read_seq: reached.read,
            at: self.ports.clock.now(),
        };
        let update = MarkUpdate { conversation, mark };
        let (written, answer) = oneshot::channel();
        let overloaded = |_| Problem::new(Code::Overloaded);
        self.receipts
            .queue
            .try_send(Waiting { update, written })
            .map_err(overloaded)?;
        match tokio::time::timeout(self.config.realtime.append_timeout, answer).await {
            Ok(Ok(result)) => result.map_err(Problem::from),
            Ok(Err(_)) => Err(Problem::new(Code::Unavailable)),
            Err(_) => Err(Problem::new(Code::Timeout)),
        }
    }
}

impl Receipts {
    /// A queue and the task that empties it until `stop`, what is in it then included.
    pub(super) fn start(
        ports: &Ports,
        memberships: Memberships,
        recents: Recents,
        config: &Realtime,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(config.max_receipts.max(1));
        let writer = Writer {
            store: ports.store.clone(),
            fan_out: ports.fan_out.clone(),
            memberships,
            recents,
            window: config.receipt_window,
        };
        tasks.spawn(writer.run(waiting, stop.clone()));
        Self { queue }
    }
}

impl Writer {
    async fn run(self, mut queue: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        let most = queue.max_capacity();
        loop {
            let Some(first) = stop.run_until_cancelled(queue.recv()).await else {
                break;
            };
            let Some(first) = first else { return };
            // Cut short by the stop: what waits is written all the same.
            stop.run_until_cancelled(tokio::time::sleep(self.window)).await;
            let mut batch = vec![first];
            while batch.len() < most
                && let Ok(next) = queue.try_recv()
            {
                batch.push(next);
            }
            self.settle(batch).await;
        }
        queue.close();
        let mut rest = Vec::new();
        while let Some(next) = queue.recv().await {
            rest.push(next);
        }
        self.settle(rest).await;
    }

    async fn settle(&self, batch: Vec<Waiting>) {
        let mut merged: BTreeMap<(ConversationId, UserId), Mark> = BTreeMap::new();
        for Waiting { update, .. } in &batch {
            let key = (update.conversation, update.mark.user_id);
            merged
                .entry(key)
                .or_insert_with(|| Mark::new(key.1))
                .raise(&update.mark);
        }
        let result = self.write(merged).await;
        for Waiting { written, .. } in batch {
            // Who has given up since does not need the answer.
            let _ = written.send(result.clone());
        }
    }

    async fn write(&self, merged: BTreeMap<(ConversationId, UserId), Mark>) -> Result<()> {
        let heads = self.heads(&merged).await?;
        let updates: Vec<_> = merged
            .into_iter()
            .map(|((conversation, _), mark)| {
                let head = heads.get(&conversation).map_or(0, |head| head.seq);
                let mark = Mark {
                    delivered_seq: mark.delivered_seq.min(head),
                    read_seq: mark.read_seq.min(head),
                    ..mark
                };
                MarkUpdate { conversation, mark }
            })
            .collect();
        let moved = self.store.raise_marks(&updates).await?;
        let asked: BTreeMap<_, _> = updates.iter().map(|update| (key(update), update.mark)).collect();
        let signals = moved
            .iter()
            .filter_map(|update| Some(self.signal(update, asked.get(&key(update))?)))
            .collect();
        if let Err(error) = self.fan_out.publish(signals).await {
            tracing::warn!(%error, "receipts were stored but not told");
        }
        Ok(())
    }

    /// How far readers see in each conversation, or at least as far as its marks go. Members mark what this gateway was told of, so that the
    /// store is hardly ever asked.
    async fn heads(&self, merged: &BTreeMap<(ConversationId, UserId), Mark>) -> Result<BTreeMap<ConversationId, Head>> {
        let mut wanted: BTreeMap<ConversationId, u64> = BTreeMap::new();
        for ((conversation, _), mark) in merged {
            let seq = wanted.entry(*conversation).or_default();
            *seq = mark.delivered_seq.max(*seq);
        }
        let known = |(conversation, seq): (&ConversationId, &u64)| {
            let head = self.recents.known(*conversation)?;
            (head.seq >= *seq).then_some((*conversation, head))
        };
        let mut heads: BTreeMap<_, _> = wanted.iter().filter_map(known).collect();
        wanted.retain(|conversation, _| !heads.contains_key(conversation));
        if !wanted.is_empty() {
            let conversations: Vec<_> = wanted.into_keys().collect();
            let found = self.store.heads(&conversations).await?;
            heads.extend(conversations.into_iter().zip(found));
        }
        Ok(heads)
    }

    /// What the other members are told. Which of the two numbers moved shows in which ones now are as asked.
    fn signal(&self, moved: &MarkUpdate, asked: &Mark) -> Signal {
        let body = EventBody::Receipt {
            mark: moved.mark,
            delivered: moved.mark.delivered_seq == asked.delivered_seq && asked.delivered_seq > asked.read_seq,
            read: moved.mark.read_seq == asked.read_seq && asked.read_seq > 0,
        };
        Signal::Conversation(self.memberships.passing(moved.conversation, body))
    }
}

fn key(update: &MarkUpdate) -> (ConversationId, UserId) {
    (update.conversation, update.mark.user_id)
}
