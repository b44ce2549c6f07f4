//! One SQLite file: one thread that writes, a few connections that read.
//!
//! What the tables mean belongs to the log, the store and the accounts; here is only how to get at them.

mod error;
mod job;
mod lock;
mod open;
mod readers;
mod schema;
#[cfg(test)]
mod tests;
mod value;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use talkline_core::{Result, offset::Partition};

pub use error::OpenError;
pub(crate) use error::to_core;
pub(crate) use job::Job;
pub(crate) use open::writable;
pub(crate) use readers::Readers;
pub(crate) use value::{corrupt, from_json, integer, number, to_json};

use crate::Options;
use writer::Writer;

/// The file of a data folder. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Database {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    path: Arc<PathBuf>,
    partitions: Partition,
}

impl Database {
    /// Locks the folder and opens its file.
    pub(crate) async fn open(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        let (dir, options) = (dir.to_owned(), options.clone());
        let path = dir.clone();
        tokio::task::spawn_blocking(move || Self::open_blocking(&dir, &options))
            .await
            .unwrap_or_else(|cause| Err(OpenError::thread(&path, cause)))
    }

    fn open_blocking(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        let lock = lock::acquire(dir)?;
        let path = dir.join(open::FILE);
        let mut connection = open::writable(&path)?;
        schema::migrate(&mut connection, &path)?;
        let partitions =
            schema::partitions(&connection, options.partitions).map_err(|e| OpenError::sqlite(&path, e))?;
        let readers = Readers::open(&path, options)?;
        let writer = Writer::start(connection, lock, options).map_err(|cause| OpenError::thread(dir, cause))?;
        Ok(Self {
            writer: Arc::new(writer),
            readers: Arc::new(readers),
            path: Arc::new(path),
            partitions,
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many partitions the log has.
    pub(crate) fn partitions(&self) -> Partition {
        self.partitions
    }

    /// Runs `work` on the one writing connection, all of it or nothing, and returns once it is durable.
    pub(crate) async fn write<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.writer.run(operation, work).await
    }

    /// Runs `work` on one snapshot of the file.
    pub(crate) async fn read<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.readers.run(operation, work).await
    }

    /// Puts a job of one's own into the writer's queue. Its answer comes by its own way.
    pub(crate) async fn enqueue(&self, operation: &'static str, job: Box<dyn Job>) -> Result<()> {
        self.writer.enqueue(operation, job).await
    }

    /// How long a call may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.writer.deadline()
    }

    /// Returns when the writer has stopped.
    pub(crate) async fn closed(&self) {
        self.writer.closed().await;
    }

    /// Ends readers, then the writer.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
