//! Many writes in one go: unordered, so that one that fails stops no other.
//!
//! All that goes through here can be repeated, so it is, once, where a primary was lost on the way.

use mongodb::{
    bson::{Bson, Document, RawDocumentBuf, doc},
    error::ErrorKind as DriverKind,
};

use super::{
    connection::{Connection, Documents},
    error::{DUPLICATE_KEY, Failure, WRITE_CONFLICT},
};

/// Statements of one update command. Theirs are small, and a command has room for 16 MB.
const STATEMENTS: usize = 1_000;

/// Inserts documents, and gives the places of those in whose place something stands already.
pub(super) async fn insert(into: &Documents, documents: &[RawDocumentBuf]) -> Result<Vec<usize>, Failure> {
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let Err(cause) = into.insert_many(documents).ordered(false).await else {
        return Ok(Vec::new());
    };
    let DriverKind::InsertMany(error) = cause.kind.as_ref() else {
        return Err(cause.into());
    };
    if let Some(concern) = &error.write_concern_error {
        return Err(Failure::Write { code: concern.code });
    }
    let errors = error.write_errors.iter().flatten();
    let places = errors.map(|error| match error.code {
        DUPLICATE_KEY => Ok(error.index),
        code => Err(Failure::Write { code }),
    });
    places.collect()
}

/// One update of one document: which, what, and whether it is made where it is missing.
pub(super) struct Update {
    pub(super) filter: Document,
    pub(super) change: Bson,
    pub(super) upsert: bool,
}

impl Update {
    /// Of a document that is there, or else of none.
    pub(super) fn of(filter: Document, change: impl Into<Bson>) -> Self {
        Self {
            filter,
            change: change.into(),
            upsert: false,
        }
    }

    /// Of a document that is made where it is missing.
    pub(super) fn or_insert(filter: Document, change: impl Into<Bson>) -> Self {
        Self {
            upsert: true,
            ..Self::of(filter, change)
        }
    }
}

/// Does updates; each is of one document.
pub(super) async fn update(connection: &Connection, collection: &str, updates: Vec<Update>) -> Result<(), Failure> {
    let mut updates = updates.into_iter().peekable();
    while updates.peek().is_some() {
        let some = updates.by_ref().take(STATEMENTS);
        let statements: Vec<Bson> = some
            .map(|update| Bson::from(doc! { "q": update.filter, "u": update.change, "upsert": update.upsert }))
            .collect();
        command(
            connection,
            doc! { "update": collection, "updates": statements, "ordered": false },
        )
        .await?;
    }
    Ok(())
}

async fn command(connection: &Connection, mut command: Document) -> Result<(), Failure> {
    let deadline = i64::try_from(connection.timeout().as_millis()).unwrap_or(i64::MAX);
    command.insert("maxTimeMS", deadline);
    command.insert(
        "writeConcern",
        doc! { "w": "majority", "j": true, "wtimeout": deadline },
    );
    let command = RawDocumentBuf::try_from(command)?;
    match run(connection, command.clone()).await {
        Err(failure) if failure.is_transient() => run(connection, command).await,
        done => done,
    }
}

/// The server's answer is fine even where statements failed: that stands within it.
async fn run(connection: &Connection, command: RawDocumentBuf) -> Result<(), Failure> {
    let answer = connection.database().run_raw_command(command).await?;
    let errors = answer
        .get_array("writeErrors")
        .into_iter()
        .flatten()
        .filter_map(Bson::as_document);
    let concern = answer.get_document("writeConcernError").into_iter();
    match errors.chain(concern).find_map(|error| error.get_i32("code").ok()) {
        // Another process made the document in the same moment: the next attempt finds it.
        Some(DUPLICATE_KEY) => Err(Failure::Write { code: WRITE_CONFLICT }),
        Some(code) => Err(Failure::Write { code }),
        None => Ok(()),
    }
}
