//! The connection: how MongoDB is reached, and the deadline and the counting around every call.

use std::time::Duration;

use futures::TryFutureExt as _;
use mongodb::{
    Client, ClientSession, Collection, Database,
    action::Find,
    bson::{Document, RawDocument, RawDocumentBuf, doc},
    error::ErrorKind as DriverKind,
    options::Hint,
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, timeout};

use super::{Config, Metrics, error::Failure, settings};

/// Documents of an answer that come at once, so that hardly any question has to ask for more.
const BATCH: u32 = 5_000;

/// One pool of connections to one database, for all ports.
#[derive(Clone)]
pub(super) struct Connection {
    client: Client,
    database: Database,
    timeout: Duration,
    pub(super) metrics: Metrics,
}

impl Connection {
    /// Prepares the pool. Nothing is asked yet.
    pub(super) async fn open(config: &Config, metrics: Metrics) -> Result<Self> {
        let client = settings::client(config).await?;
        Ok(Self {
            database: client.database(&config.database),
            client,
            timeout: config.timeout,
            metrics,
        })
    }

    /// Runs `work`, within the deadline.
    pub(super) async fn call<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T> {
        let start = Instant::now();
        let late = |_| {
            Error::new(
                ErrorKind::Unavailable,
                operation,
                format_args!("no answer within {:?}", self.timeout),
            )
        };
        let done = timeout(self.timeout, work.map_err(|failure| failure.in_operation(operation)));
        let done = done.await.map_err(late).flatten();
        self.metrics.called(operation, start.elapsed());
        done.inspect_err(|error| self.metrics.failed(operation, error.kind()))
    }

    /// The deadline of a call, for the server to give up at too.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The pool itself, for sessions.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The database.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// A collection, of documents that are read where they lie.
    pub(super) fn collection(&self, name: &str) -> Documents {
        Documents {
            collection: self.database.collection(name),
            timeout: self.timeout,
        }
    }

    /// Asks whether the server answers.
    pub(super) async fn ping(&self) -> Result<()> {
        let ping = self.database.run_command(doc! { "ping": 1 });
        self.call("mongo.ping", async { Ok(ping.await.map(drop)?) }).await
    }

    /// Closes all connections. Whoever still calls gets errors of kind `Closed`.
    pub(super) async fn close(self) {
        self.client.shutdown().immediate(true).await;
    }
}

/// A collection, of documents that are read where they lie.
#[derive(Clone)]
pub(super) struct Documents {
    collection: Collection<RawDocumentBuf>,
    timeout: Duration,
}

impl Documents {
    /// A question, with the deadline of a call.
    pub(super) fn find(&self, filter: Document) -> Find<'_, RawDocumentBuf> {
        self.collection.find(filter).max_time(self.timeout).batch_size(BATCH)
    }

    /// A question for documents by their ids. Their shard keys may be named too, for a router: no other index is tried.
    pub(super) fn by_ids(&self, filter: Document) -> Find<'_, RawDocumentBuf> {
        self.find(filter).hint(Hint::Name("_id_".to_owned()))
    }

    /// The first document that fits.
    pub(super) async fn one<T>(
        &self,
        filter: Document,
        read: impl FnOnce(&RawDocument) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let found = self.collection.find_one(filter).max_time(self.timeout).await?;
        found.map(|document| read(&document)).transpose()
    }
}

impl std::ops::Deref for Documents {
    type Target = Collection<RawDocumentBuf>;

    fn deref(&self) -> &Self::Target {
        &self.collection
    }
}

/// Shows `visit` every document of an answer.
pub(super) async fn each(
    find: Find<'_, RawDocumentBuf>,
    mut visit: impl FnMut(&RawDocument) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut cursor = find.await?;
    while cursor.advance().await? {
        visit(cursor.current())?;
    }
    Ok(())
}

/// The same within a session.
pub(super) async fn each_in(
    session: &mut ClientSession,
    find: Find<'_, RawDocumentBuf>,
    mut visit: impl FnMut(&RawDocument) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut cursor = find.session(&mut *session).await?;
    while cursor.advance(session).await? {
        visit(cursor.current())?;
    }
    Ok(())
}

/// Whether another document stands where one was to be inserted.
pub(super) fn is_duplicate(cause: &mongodb::error::Error) -> bool {
    use mongodb::error::WriteFailure::WriteError;
    matches!(cause.kind.as_ref(), DriverKind::Write(WriteError(error)) if error.code == super::error::DUPLICATE_KEY)
}
