//! Full-text search: an index in a collection of its own, which one process of all brings up to the store.
//!
//! It follows the server's stream of changes to the messages, with a token that is kept beside the index: whatever
//! worker, or tool, changed a message, nothing is missed, nothing more is written with a message, and after a restart or
//! a move to another process it goes on where it was. What was there before the first token, or since a token that the
//! server has forgotten, is read by a walk over all messages. The alternatives cost more: a text index on the messages
//! 144 µs of the server's time with each of them, before it is acknowledged; words in the workers' batches likewise; and a
//! consumer of `chat.receive` would bind the index to what a log keeps.
//!
//! An indexed message: `_id` its id, `conversationId`, `seq`, `s` sender, `t` accepted at, `e` the offset of the edit
//! whose text it is, `w` its words; of a deleted one `d` and nothing else. The text itself stays where it is.

mod batch;
mod indexer;
mod lease;
mod progress;
mod query;
mod words;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use talkline_core::{
    Result,
    id::MessageId,
    message::Message,
    port::{Search, SearchPage, SearchQuery},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    connection::{Connection, Documents, each},
    error::Failure,
    layout::{EXPIRIES, INDEX, INDEXERS, MESSAGES},
    message,
};
use indexer::Indexer;

/// The collections of the index, and the one that it is of.
#[derive(Clone)]
struct Collections {
    connection: Connection,
    index: Documents,
    indexers: Documents,
    messages: Documents,
    expiries: Documents,
}

impl Collections {
    /// Messages by id, whatever has become of them.
    async fn messages(&self, ids: impl Iterator<Item = MessageId>) -> Result<HashMap<MessageId, Message>, Failure> {
        let ids: Vec<_> = ids.collect();
        let mut messages = HashMap::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(messages);
        }
        each(self.messages.by_ids(message::filter(&ids)), |found| {
            let message = message::read(found)?;
            messages.insert(message.id, message);
            Ok(())
        })
        .await?;
        Ok(messages)
    }
}

/// The search in a database. Its task ends with [`close`](MongoSearch::close).
pub(super) struct MongoSearch {
    collections: Collections,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl MongoSearch {
    /// Over the messages of a database; with `bring_up`, this process may be the one that brings the index up.
    pub(super) fn new(connection: Connection, bring_up: bool) -> Self {
        let collections = Collections {
            index: connection.collection(INDEX),
            indexers: connection.collection(INDEXERS),
            messages: connection.collection(MESSAGES),
            expiries: connection.collection(EXPIRIES),
            connection,
        };
        let stop = CancellationToken::new();
        let task = bring_up.then(|| tokio::spawn(Indexer::new(collections.clone()).run(stop.clone())));
        Self {
            collections,
            stop,
            task: Mutex::new(task),
        }
    }

    /// Ends the task, and leaves its work to other processes.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the search index's task ended with a panic");
        }
    }
}

impl Drop for MongoSearch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[async_trait]
impl Search for MongoSearch {
    async fn search(&self, query: &SearchQuery, limit: usize) -> Result<SearchPage> {
        let page = query::page(&self.collections, query, limit);
        self.collections.connection.call("search.search", page).await
    }
}
