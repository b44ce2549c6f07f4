//! Full-text search: an FTS5 index in a file of its own, which a task of its own brings up to the store.
//!
//! The store only notes which conversations it wrote to; no message waits for the index, and nothing is lost with its
//! file. What may be shown of a hit is decided by who asks.

mod batch;
mod file;
mod indexer;
mod query;
mod touched;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use talkline_core::{
    Result,
    port::{Search, SearchPage, SearchQuery, Store},
};
use tokio::{sync::watch, task::JoinHandle};

pub(crate) use touched::Touched;

use crate::{
    Options,
    database::{Database, OpenError, Readers},
};
use indexer::Indexer;

/// How many queries can run at the same time.
const READERS: usize = 2;

/// The index in a data folder. Its task ends with it.
pub(crate) struct SqliteSearch {
    readers: Arc<Readers>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteSearch {
    /// Opens the index beside `database` and starts to bring it up to `store`.
    pub(crate) async fn open(
        dir: &Path,
        options: &Options,
        database: Database,
        store: Arc<dyn Store>,
        touched: Arc<Touched>,
    ) -> Result<Self, OpenError> {
        let (folder, readers) = (
            dir.to_owned(),
            Options {
                readers: READERS,
                ..options.clone()
            },
        );
        let opening = tokio::task::spawn_blocking(move || {
            let (path, writer) = file::open(&folder)?;
            Ok((writer, Readers::open(&path, &readers)?))
        });
        let (writer, readers) = opening
            .await
            .unwrap_or_else(|cause| Err(OpenError::thread(dir, cause)))?;
        let readers = Arc::new(readers);
        let indexer = Indexer {
            store,
            database,
            touched,
            readers: Arc::clone(&readers),
            writer: Arc::new(Mutex::new(writer)),
            sweep: None,
        };
        let (stop, stopped) = watch::channel(false);
        let task = Mutex::new(Some(tokio::spawn(indexer.run(stopped))));
        Ok(Self { readers, stop, task })
    }

    /// Ends the task and frees the file. The readers go first: the last connection to go tidies up, and only the
    /// writing one can.
    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        self.readers.close().await;
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the search index's task ended with a panic");
        }
    }
}

#[async_trait]
impl Search for SqliteSearch {
    async fn search(&self, query: &SearchQuery, limit: usize) -> Result<SearchPage> {
        let query = query.clone();
        self.readers
            .run("search.search", move |c| query::page(c, &query, limit))
            .await
    }
}
