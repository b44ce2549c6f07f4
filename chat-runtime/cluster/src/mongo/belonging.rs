//! The one log that a database belongs to.

use mongodb::{
    bson::{Document, doc},
    options::ReturnDocument,
};
use talkline_core::{Error, ErrorKind, Result};

use super::{connection::Connection, error::Failure, layout::SCHEMA, value::STRANGE};
use crate::LogIdentity;

const OPERATION: &str = "mongo.log";
const ID: &str = "log";

/// Notes that the database belongs to `log`, if it is nobody's yet. A log of another name may have it where an operator has
/// given it a higher generation: its offsets go on above all that is stored.
pub(super) async fn claim(connection: &Connection, log: &LogIdentity) -> Result<()> {
    let stands = connection.call(OPERATION, insert(connection, log)).await?;
    if stands == *log {
        return Ok(());
    }
    if stands.generation < log.generation {
        return connection.call(OPERATION, raise(connection, log)).await;
    }
    match stands.name == log.name {
        // A process that is not told yet of the new generation; where that matters, the marks say so.
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::Conflict,
            OPERATION,
            foreign(connection, &stands, log),
        )),
    }
}

/// The log that the database belongs to; none yet where no chat ran on it.
pub(super) async fn owner(connection: &Connection) -> Result<Option<LogIdentity>> {
    let find = async {
        let collection = connection.database().collection::<Document>(SCHEMA);
        let found = collection.find_one(doc! { "_id": ID }).await?;
        found.map(|stands| read(&stands).ok_or(STRANGE)).transpose()
    };
    connection.call(OPERATION, find).await
}

/// Why a database that belongs to `owner` is not to be touched for `log`; none where it may.
pub(super) fn objection(connection: &Connection, owner: &LogIdentity, log: &LogIdentity) -> Option<String> {
    let follows = owner.generation < log.generation;
    (owner.name != log.name && !follows).then(|| foreign(connection, owner, log))
}

/// What stands there, after it was written where nothing stood.
async fn insert(connection: &Connection, log: &LogIdentity) -> Result<LogIdentity, Failure> {
    let new = doc! { "$setOnInsert": { "name": &log.name, "generation": i32::from(log.generation) } };
    let collection = connection.database().collection::<Document>(SCHEMA);
    let stands = collection
        .find_one_and_update(doc! { "_id": ID }, new)
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await?;
    stands.as_ref().and_then(read).ok_or(STRANGE)
}

/// Unless somebody else raised it further meanwhile.
async fn raise(connection: &Connection, log: &LogIdentity) -> Result<(), Failure> {
    let generation = i32::from(log.generation);
    let lower = doc! { "_id": ID, "generation": { "$lt": generation } };
    let new = doc! { "$set": { "name": &log.name, "generation": generation } };
    let collection = connection.database().collection::<Document>(SCHEMA);
    collection.update_one(lower, new).await?;
    Ok(())
}

fn read(stands: &Document) -> Option<LogIdentity> {
    Some(LogIdentity {
        name: stands.get_str("name").ok()?.to_owned(),
        generation: stands.get_i32("generation").ok()?.try_into().ok()?,
    })
}

fn foreign(connection: &Connection, stands: &LogIdentity, log: &LogIdentity) -> String {
    let database = connection.database().name();
    format!(
        "database {database} was filled from another log ({}, not {}): choose another database; a topic \
         that follows that log needs a kafka.generation above {}",
        stands.name, log.name, stands.generation
    )
}
