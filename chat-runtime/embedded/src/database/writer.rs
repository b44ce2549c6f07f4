//! The one thread that writes, with group commit: whatever waits goes into one transaction, and one sync makes all of
//! it durable. So a single write takes one sync, and a thousand at once hardly take more.

use std::{
    fs::File,
    io,
    sync::{Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;
use talkline_core::{Error, ErrorKind, Result};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::{
    error::to_core,
    job::{Job, Task},
};
use crate::Options;

/// The most jobs in one transaction: some milliseconds of work, so that nobody waits long for a neighbour.
const GROUP: usize = 1024;

/// The queue of the writing thread.
pub(super) struct Writer {
    jobs: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
    deadline: Duration,
}

enum Message {
    Job(Box<dyn Job>),
    /// Nothing more is taken; what waits is done.
    Stop,
}

impl Writer {
    /// Starts the thread, which owns the connection and the folder's lock until it ends.
    pub(super) fn start(connection: Connection, lock: File, options: &Options) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(options.write_queue.max(1));
        let thread = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || {
            serve(&connection, queue);
            finish(connection);
            drop(lock);
        })?;
        Ok(Self {
            jobs,
            thread: Mutex::new(Some(thread)),
            deadline: options.deadline,
        })
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Runs `work`, all of it or nothing, and returns once it is durable.
    pub(super) async fn run<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let deadline = Instant::now() + self.deadline;
        let (task, answer) = Task::new(operation, work);
        self.enqueue(operation, Box::new(task)).await?;
        match timeout_at(deadline, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::new(ErrorKind::Closed, operation, "the writer has stopped")),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, operation, "not written in time")),
        }
    }

    /// Queues a job; waits for room up to the deadline.
    pub(super) async fn enqueue(&self, operation: &'static str, job: Box<dyn Job>) -> Result<()> {
        use mpsc::error::SendTimeoutError as Refused;
        let sent = self.jobs.send_timeout(Message::Job(job), self.deadline).await;
        sent.map_err(|refused| match refused {
            Refused::Timeout(_) => Error::new(ErrorKind::Overloaded, operation, "the writer's queue is full"),
            Refused::Closed(_) => Error::new(ErrorKind::Closed, operation, "the writer has stopped"),
        })
    }

    /// Returns when the thread takes no more jobs.
    pub(super) async fn closed(&self) {
        self.jobs.closed().await;
    }

    /// Does what waits, and ends the thread.
    pub(super) async fn close(&self) {
        // A thread that has ended already needs no word.
        let _ = self.jobs.send(Message::Stop).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && !matches!(tokio::task::spawn_blocking(|| thread.join()).await, Ok(Ok(())))
        {
            tracing::error!("the writer's thread ended with a panic");
        }
    }
}

fn serve(connection: &Connection, mut queue: mpsc::Receiver<Message>) {
    let mut messages = Vec::with_capacity(GROUP);
    let mut group: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut messages, GROUP) > 0 {
        for message in messages.drain(..) {
            match message {
                Message::Job(job) => group.push(job),
                Message::Stop => queue.close(),
            }
        }
        if group.is_empty() {
            continue;
        }
        let committed = commit(connection, &mut group);
        if let Err(cause) = &committed {
            tracing::error!(%cause, jobs = group.len(), "a group of writes was not committed");
        }
        for job in group.drain(..) {
            job.answer(committed.clone());
        }
    }
}

fn commit(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<()> {
    let committed = transaction(connection, group);
    if committed.is_err() && !connection.is_autocommit() {
        // If even this fails, the next BEGIN says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    committed.map_err(|cause| to_core("sqlite.commit", &cause))
}

fn transaction(connection: &Connection, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for job in group {
        job.run(connection);
        // A full disk or the like ends the whole transaction: COMMIT below then fails, and so does every job.
        if connection.is_autocommit() {
            break;
        }
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// Leaves a file that needs no recovery.
fn finish(connection: Connection) {
    let tidy = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    if let Err(cause) = tidy.and_then(|()| connection.close().map_err(|(_, cause)| cause)) {
        tracing::warn!(%cause, "the file was left with a write-ahead log; the next start brings it in");
    }
}
