//! The task that brings the index up to the store. It reads what any reader sees and is waited for by nobody.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, params};
use talkline_core::{
    Error, ErrorKind, Result,
    conversation::{Change, ChangeKind},
    id::ConversationId,
    port::{Head, Range, Store},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    Touched,
    batch::{self, Batch},
};
use crate::database::{Database, Readers, to_core};

/// How many conversations are looked at in a round.
const CONVERSATIONS: usize = 256;
/// How many messages, and how many changes, of a conversation are read in a round.
const PAGE: usize = 100;
/// From how many messages on a round reads no further conversation. A round is one transaction, and what a message costs
/// falls with its size.
const ENOUGH: usize = 2_000;
/// How long news are gathered at least, so that a busy conversation is read once for many messages.
const GATHER: Duration = Duration::from_millis(50);
/// How long the task rests after a round, in times of what the round took: what people wait for goes first, and the
/// longer a round takes, the more the next one finds to do at once.
const REST: u32 = 2;
/// How long to wait after a first failure; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// What the task works with.
pub(super) struct Indexer {
    pub(super) store: Arc<dyn Store>,
    pub(super) database: Database,
    pub(super) touched: Arc<Touched>,
    pub(super) readers: Arc<Readers>,
    pub(super) writer: Arc<Mutex<Connection>>,
    /// Behind which conversation to go on looking at all; none when that is done.
    pub(super) sweep: Option<Vec<u8>>,
}

impl Indexer {
    /// Runs until `stop` says so or its sender is gone.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut patience = FIRST;
        while stop.has_changed().is_ok_and(|changed| !changed) {
            let begun = Instant::now();
            let pause = match self.round().await {
                Ok(worked) => {
                    patience = FIRST;
                    worked.then(|| GATHER.max(begun.elapsed() * REST))
                }
                Err(error) if error.kind() == ErrorKind::Closed => return,
                Err(error) => {
                    tracing::warn!(%error, "the search index falls behind");
                    let pause = patience;
                    patience = (patience * 2).min(LONGEST);
                    Some(pause)
                }
            };
            tokio::select! {
                _ = stop.changed() => return,
                () = self.idle(pause) => {}
            }
        }
    }

    async fn idle(&self, pause: Option<Duration>) {
        match pause {
            Some(pause) => sleep(pause).await,
            None => {
                self.touched.told().await;
                sleep(GATHER).await;
            }
        }
    }

    /// Looks at some conversations; says whether there were any.
    async fn round(&mut self) -> Result<bool> {
        if self.touched.take_all() {
            self.sweep = Some(Vec::new());
        }
        let mut conversations = self.touched.take(CONVERSATIONS);
        let worked = match self.next_of_all().await {
            Ok(more) => {
                conversations.extend(more);
                self.index(&conversations).await
            }
            Err(error) => Err(error),
        };
        // What was taken is not forgotten.
        worked.inspect_err(|_| self.touched.note(conversations.iter().copied()))?;
        Ok(!conversations.is_empty() || self.sweep.is_some())
    }

    /// The next conversations of all, if all must be looked at.
    async fn next_of_all(&mut self) -> Result<Vec<ConversationId>> {
        let Some(after) = self.sweep.clone() else {
            return Ok(Vec::new());
        };
        let next = move |c: &Connection| {
            let mut statement = c.prepare_cached("SELECT id FROM conversation WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            let rows = statement.query_map(params![after, CONVERSATIONS as i64], |row| {
                row.get(0).map(ConversationId::from_bytes)
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let next = self.database.read("search.conversations", next).await?;
        self.sweep = next.last().map(|id| id.as_bytes().to_vec());
        Ok(next)
    }

    /// Brings these up to their heads, or a page nearer.
    async fn index(&self, conversations: &[ConversationId]) -> Result<()> {
        let heads = self.store.heads(conversations).await?;
        let asked = conversations.to_vec();
        let reached = self
            .readers
            .run("search.reached", move |c| batch::reached(c, &asked))
            .await?;
        let (mut batches, mut messages, mut unfinished) = (Vec::new(), 0, Vec::new());
        for ((conversation, head), reached) in conversations.iter().zip(heads).zip(reached) {
            if head == reached {
                continue;
            }
            if messages >= ENOUGH {
                unfinished.push(*conversation);
                continue;
            }
            let batch = self.read(*conversation, head, reached).await?;
            messages += batch.messages.len();
            unfinished.extend(batch.more.then_some(*conversation));
            batches.push(batch);
        }
        if !batches.is_empty() {
            self.write(batches).await?;
        }
        self.touched.note(unfinished);
        Ok(())
    }

    /// A conversation's news. Changed messages are read anew, after the page: theirs is the newer state.
    async fn read(&self, conversation: ConversationId, head: Head, reached: Head) -> Result<Batch> {
        let anew = reached.seq > head.seq || reached.change_seq > head.change_seq;
        let mut reached = if anew { Head::default() } else { reached };
        let range = Range::After { after: reached.seq };
        let page = self.store.page(conversation, range, PAGE).await?;
        let changes = self.store.changes(conversation, reached.change_seq, PAGE).await?;
        let mut changed: Vec<_> = changes.changes.iter().filter_map(|change| change.message()).collect();
        let expiry = |change: &Change| match change.kind {
            ChangeKind::Expired { through } => Some(through),
            _ => None,
        };
        let expired = changes.changes.iter().filter_map(expiry).max().unwrap_or(0);
        changed.sort_unstable();
        changed.dedup();
        let mut messages = page.messages;
        reached.seq = messages.last().map_or(reached.seq, |message| message.seq).max(expired);
        reached.change_seq = changes.changes.last().map_or(reached.change_seq, |c| c.change_seq);
        if !changed.is_empty() {
            messages.extend(self.store.messages(&changed).await?);
        }
        Ok(Batch {
            conversation,
            anew,
            messages,
            expired,
            reached,
            more: page.has_more || changes.has_more,
        })
    }

    async fn write(&self, batches: Vec<Batch>) -> Result<()> {
        const OPERATION: &str = "search.write";
        let writer = Arc::clone(&self.writer);
        let write = move || batch::write(&mut writer.lock().unwrap_or_else(PoisonError::into_inner), &batches);
        tokio::task::spawn_blocking(write)
            .await
            .map_err(|_| Error::new(ErrorKind::Unavailable, OPERATION, "the write was stopped"))?
            .map_err(|cause| to_core(OPERATION, &cause))
    }
}
