//! The collections and indexes, and the steps from each version of them to the next.
//!
//! Every step can be repeated and done by several processes at once, since all that start together do it.

use std::{fmt, time::Duration};

use futures::future::try_join_all;
use mongodb::{
    IndexModel,
    bson::{Document, doc},
    options::IndexOptions,
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::time::timeout;

use super::{
    bulk::{self, Update},
    connection::Connection,
    error::Failure,
    layout::{
        CHANGES, CONVERSATIONS, EXPIRIES, INDEX, INDEXERS, MARKS, MEMBERS, MESSAGES, PURGED, QUARANTINE, RECEIPTS,
        REJECTIONS, SCHEMA, SESSIONS, TOKENS, USERS,
    },
    value::{field, number},
};

pub(super) const OPERATION: &str = "mongo.schema";

/// How long the steps may take: an index over a large collection is not made within a call's deadline.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// `MIGRATIONS[n]` leads from version n to n + 1. One that was released is never edited.
const MIGRATIONS: [Step; 1] = [Step { collections: &FIRST }];

/// The version that this program makes.
pub(super) const NEWEST: u64 = MIGRATIONS.len() as u64;

/// A collection with its indexes, but for the one of `_id`.
pub(super) type Collection = (&'static str, &'static [Index]);

/// A step.
struct Step {
    collections: &'static [Collection],
}

/// An index's fields, ascending.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) fields: &'static [&'static str],
    pub(super) sort: Sort,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    Plain,
    Unique,
    /// Documents go at the time in the field.
    Expiring,
}

const fn index(sort: Sort, fields: &'static [&'static str]) -> Index {
    Index { fields, sort }
}

/// What each index is for:
/// messages and changes: their numbers are unique; pages, heads, and what was written below a place in the log; the changes
/// of a conversation's oldest messages. expiries: a conversation's, and those to purge.
/// members: a conversation's, in the order of the log; a user's. users: in the order of lists, with all that is compared.
const FIRST: [Collection; 15] = [
    (MESSAGES, &[index(Sort::Unique, &["conversationId", "seq"])]),
    (
        CHANGES,
        &[
            index(Sort::Unique, &["conversationId", "changeSeq"]),
            index(Sort::Plain, &["conversationId", "b.messageSeq"]),
        ],
    ),
    (
        MEMBERS,
        &[
            index(Sort::Plain, &["conversationId", "o"]),
            index(Sort::Plain, &["u", "conversationId", "o"]),
        ],
    ),
    (CONVERSATIONS, &[]),
    (RECEIPTS, &[index(Sort::Plain, &["conversationId"])]),
    (INDEX, &[index(Sort::Plain, &["conversationId", "w"])]),
    (
        EXPIRIES,
        &[index(Sort::Plain, &["conversationId", "o"]), index(Sort::Plain, &["p"])],
    ),
    (PURGED, &[]),
    (
        REJECTIONS,
        &[index(Sort::Plain, &["s", "t", "o"]), index(Sort::Plain, &["t"])],
    ),
    (QUARANTINE, &[]),
    (MARKS, &[]),
    (
        USERS,
        &[index(Sort::Unique, &["m"]), index(Sort::Plain, &["n", "_id", "f", "m"])],
    ),
    (SESSIONS, &[index(Sort::Expiring, &["z"])]),
    (TOKENS, &[index(Sort::Expiring, &["z"])]),
    (INDEXERS, &[]),
];

/// What a database of a version has.
pub(super) fn collections(version: u64) -> impl Iterator<Item = &'static Collection> {
    let steps: &'static [Step] = &MIGRATIONS;
    steps.iter().take(version as usize).flat_map(|step| step.collections)
}

/// Brings the database's schema up to date.
pub(super) async fn migrate(connection: &Connection) -> Result<()> {
    let found = version(connection).await?;
    if let Some(what) = objection(found) {
        return Err(Error::new(ErrorKind::SchemaTooNew, OPERATION, what));
    }
    for (step, migration) in (found + 1..).zip(MIGRATIONS.iter().skip(found as usize)) {
        let done = timeout(PATIENCE, migration.run(connection)).await;
        done.map_err(|_| {
            Error::new(
                ErrorKind::Unavailable,
                OPERATION,
                format_args!("step {step} takes too long"),
            )
        })?
        .map_err(|failure| failure.in_operation(OPERATION))?;
        connection.call(OPERATION, reach(connection, step)).await?;
        tracing::info!(version = step, "schema migrated");
    }
    Ok(())
}

/// Why a database of a version is not to be touched; none where it may.
pub(super) fn objection(found: u64) -> Option<String> {
    let is_newer = found > NEWEST;
    is_newer.then(|| format!("the database has schema {found}, this program knows up to {NEWEST}"))
}

/// The database's version; 0 for one that has nothing in it.
pub(super) async fn version(connection: &Connection) -> Result<u64> {
    let schema = connection.collection(SCHEMA);
    let version = schema.one(doc! { "_id": "schema" }, |found| number(field(found, "version")?));
    let version = connection.call(OPERATION, version).await?;
    Ok(version.unwrap_or(0))
}

async fn reach(connection: &Connection, version: u64) -> Result<(), Failure> {
    let raise = doc! { "$max": { "version": version as i64 } };
    let update = Update::or_insert(doc! { "_id": "schema" }, raise);
    bulk::update(connection, SCHEMA, vec![update]).await
}

impl Step {
    async fn run(&self, connection: &Connection) -> Result<(), Failure> {
        let all = self
            .collections
            .iter()
            .map(|(name, indexes)| make(connection, name, indexes));
        try_join_all(all).await.map(drop)
    }
}

/// Makes a collection with its indexes, which takes its time where there is much in it.
pub(super) async fn complete(connection: &Connection, name: &str, indexes: &[Index]) -> Result<()> {
    let failed = |kind, why: &dyn fmt::Display| {
        Error::new(
            kind,
            OPERATION,
            format_args!("the indexes of {name} cannot be made: {why}"),
        )
    };
    match timeout(PATIENCE, make(connection, name, indexes)).await {
        Ok(made) => made.map_err(|failure| failed(failure.kind(), &failure)),
        Err(late) => Err(failed(ErrorKind::Unavailable, &late)),
    }
}

/// Makes a collection with its indexes; what is there stays.
async fn make(connection: &Connection, name: &str, indexes: &[Index]) -> Result<(), Failure> {
    if indexes.is_empty() {
        return match connection.database().create_collection(name).await {
            Err(cause) if !is_there(&cause) => Err(cause.into()),
            _ => Ok(()),
        };
    }
    let models = indexes.iter().map(Index::model);
    connection.collection(name).create_indexes(models).await?;
    Ok(())
}

fn is_there(cause: &mongodb::error::Error) -> bool {
    const NAMESPACE_EXISTS: i32 = 48;
    matches!(cause.kind.as_ref(), mongodb::error::ErrorKind::Command(command) if command.code == NAMESPACE_EXISTS)
}

impl Index {
    fn model(&self) -> IndexModel {
        let keys: Document = self
            .fields
            .iter()
            .map(|field| ((*field).to_owned(), 1.into()))
            .collect();
        let mut options = IndexOptions::default();
        options.unique = (self.sort == Sort::Unique).then_some(true);
        options.expire_after = (self.sort == Sort::Expiring).then_some(Duration::ZERO);
        IndexModel::builder().keys(keys).options(options).build()
    }
}
