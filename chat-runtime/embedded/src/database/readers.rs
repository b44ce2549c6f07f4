//! A few connections that only read, each query on one snapshot and with a deadline.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use talkline_core::{Error, ErrorKind, Result};
use tokio::{sync::Semaphore, time::timeout};

use super::{OpenError, error::to_core, open};
use crate::Options;

/// How many steps of SQLite's machine lie between two looks at the clock: well below a millisecond.
const STEPS: i32 = 10_000;

/// The pool.
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    size: u32,
    deadline: Duration,
}

/// A connection, and the time at which its present query must end.
struct Reader {
    connection: Connection,
    born: Instant,
    /// Milliseconds since `born`.
    deadline: Arc<AtomicU64>,
}

impl Readers {
    /// Opens the pool's connections.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let size = options.readers.clamp(1, 64);
        let readers = (0..size)
            .map(|_| Reader::open(path))
            .collect::<rusqlite::Result<Vec<_>>>();
        Ok(Self {
            idle: Arc::new(Mutex::new(readers.map_err(|cause| OpenError::sqlite(path, cause))?)),
            permits: Arc::new(Semaphore::new(size)),
            size: size as u32,
            deadline: options.deadline,
        })
    }

    /// Runs `work` on one snapshot.
    pub(crate) async fn run<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let error = |kind, cause: &str| Error::new(kind, operation, cause);
        let permit = timeout(self.deadline, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| error(ErrorKind::Overloaded, "all connections are busy"))?
            .map_err(|_| error(ErrorKind::Closed, "the file is closed"))?;
        let (idle, deadline) = (Arc::clone(&self.idle), self.deadline);
        let query = tokio::task::spawn_blocking(move || {
            let mut lease = Lease::new(idle);
            let result = lease.read(deadline, work);
            drop(lease);
            drop(permit);
            result
        });
        let answer = query
            .await
            .map_err(|_| error(ErrorKind::Unavailable, "the query was stopped"))?;
        answer
            .ok_or_else(|| error(ErrorKind::Unavailable, "the connection was lost"))?
            .map_err(|cause| to_core(operation, &cause))
    }

    /// Waits for the queries that run, refuses new ones and closes the connections.
    pub(crate) async fn close(&self) {
        // Queries end at their deadline, so this ends too.
        let all = timeout(self.deadline, self.permits.acquire_many(self.size)).await;
        self.permits.close();
        drop(all);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection out of the pool, which goes back whatever happens.
struct Lease {
    idle: Arc<Mutex<Vec<Reader>>>,
    reader: Option<Reader>,
}

impl Lease {
    fn new(idle: Arc<Mutex<Vec<Reader>>>) -> Self {
        let reader = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { idle, reader }
    }

    fn read<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<rusqlite::Result<T>> {
        self.reader.as_mut().map(|reader| reader.read(deadline, work))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

impl Reader {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = open::readable(path)?;
        let (born, deadline) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let limit = Arc::clone(&deadline);
        let over = move || born.elapsed().as_millis() as u64 > limit.load(Ordering::Relaxed);
        connection.progress_handler(STEPS, Some(over))?;
        Ok(Self {
            connection,
            born,
            deadline,
        })
    }

    fn read<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let end = self.born.elapsed() + deadline;
        self.deadline.store(end.as_millis() as u64, Ordering::Relaxed);
        let snapshot = self.connection.transaction()?;
        let result = work(&snapshot)?;
        snapshot.finish()?;
        Ok(result)
    }
}
