//! What the writer does: jobs, which run in a shared transaction and are answered once it is committed.

use rusqlite::Connection;
use talkline_core::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::error::to_core;

/// A piece of work for the writer.
pub(crate) trait Job: Send {
    /// Does the work inside the group's transaction and keeps the result. A failure must leave nothing of it behind.
    fn run(&mut self, connection: &Connection);

    /// Tells the result if the group was committed, else the reason why it was not.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A closure as a job: all of it or nothing, whatever becomes of the others in the group.
pub(super) struct Task<T, F> {
    operation: &'static str,
    work: Option<F>,
    result: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Task<T, F> {
    /// The job, and where its result arrives.
    pub(super) fn new(operation: &'static str, work: F) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        let task = Self {
            operation,
            work: Some(work),
            result: Err(Error::new(
                ErrorKind::Unavailable,
                operation,
                "the transaction ended before its turn",
            )),
            reply,
        };
        (task, answer)
    }
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection) {
        let Some(work) = self.work.take() else { return };
        self.result = in_savepoint(connection, work).map_err(|cause| to_core(self.operation, &cause));
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        // A caller that no longer waits needs no answer.
        let _ = self.reply.send(committed.and(self.result));
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let result = work(connection);
    if result.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    if !connection.is_autocommit() {
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    result
}
