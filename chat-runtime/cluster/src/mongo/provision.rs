//! Collections, indexes and shard keys, looked at and set right for whoever looks after a chat: nothing is stored or read here.
//!
//! What belongs to another log, or was made by a newer program, is not touched at all. An index is made, and never dropped.

use std::collections::HashSet;

use futures::TryStreamExt as _;
use mongodb::{
    IndexModel,
    bson::{Bson, Document},
};
use prometheus_client::registry::Registry;
use talkline_core::{Error, ErrorKind, Result};

use super::{
    Config, Metrics, belonging,
    connection::Connection,
    layout::SCHEMA,
    schema::{self, Index, NEWEST, OPERATION, Sort},
    sharding,
};
use crate::{
    LogIdentity,
    provision::{Policy, Report},
};

/// Brings the database to what a chat on `log` needs, as far as `policy` goes. As long as nobody can say which log that is,
/// nothing is changed. All connections are closed when it returns.
///
/// # Errors
/// Of kind `Invalid` where a person has to act: the server refuses who we are, or what was asked; `Conflict` where documents
/// contradict an index that is to be made. Otherwise no primary answered within the timeout of a call.
pub async fn provision(config: &Config, log: Option<&LogIdentity>, sharded: bool, policy: Policy) -> Result<Report> {
    let connection = open(config).await?;
    let outcome = look(&connection, log, sharded, policy).await;
    connection.close().await;
    outcome
}

/// Removes what a chat on `log` has stored. Collections of others stay; what is gone already is no error.
///
/// # Errors
/// As for [`provision`]; of kind `Conflict` where the database belongs to another log, and then nothing is removed.
pub async fn remove(config: &Config, log: &LogIdentity) -> Result<()> {
    let connection = open(config).await?;
    let outcome = clear(&connection, log).await;
    connection.close().await;
    outcome
}

async fn open(config: &Config) -> Result<Connection> {
    Connection::open(config, Metrics::register(&mut Registry::default())).await
}

async fn look(connection: &Connection, log: Option<&LogIdentity>, sharded: bool, policy: Policy) -> Result<Report> {
    let mut report = Report::default();
    let version = schema::version(connection).await?;
    let owner = belonging::owner(connection).await?;
    let foreign = owner
        .zip(log)
        .and_then(|(owner, log)| belonging::objection(connection, &owner, log));
    report.refused.extend(schema::objection(version));
    report.refused.extend(foreign);
    if !report.refused.is_empty() {
        return Ok(report);
    }
    let policy = match log {
        Some(_) => policy,
        None => {
            report.unseen.push("which log the database shall belong to".to_owned());
            Policy::Observe
        }
    };
    let version = migrate(connection, version, policy, &mut report).await?;
    indexes(connection, version, policy, &mut report).await?;
    if sharded {
        sharding::look(connection, policy, &mut report).await?;
    }
    Ok(report)
}

/// The version that the database has then.
async fn migrate(connection: &Connection, found: u64, policy: Policy, report: &mut Report) -> Result<u64> {
    if found == NEWEST {
        return Ok(found);
    }
    if !policy.makes() {
        report
            .drift
            .push(format!("the database has schema {found} and not yet {NEWEST}"));
        return Ok(found);
    }
    schema::migrate(connection).await?;
    report
        .done
        .push(format!("the database was brought from schema {found} to {NEWEST}"));
    Ok(NEWEST)
}

/// What of a schema's collections and indexes is missing, or differs.
async fn indexes(connection: &Connection, version: u64, policy: Policy, report: &mut Report) -> Result<()> {
    let names = async { Ok(connection.database().list_collection_names().await?) };
    let there: HashSet<String> = connection.call(OPERATION, names).await?.into_iter().collect();
    for (name, wanted) in schema::collections(version) {
        let is_there = there.contains(*name);
        let found = match is_there {
            true => connection.call(OPERATION, list(connection, name)).await?,
            false => Vec::new(),
        };
        let mut missing = Vec::new();
        for index in *wanted {
            match found.iter().find(|found| has_fields(&found.keys, index.fields)) {
                None => missing.push(*index),
                Some(found) if is_like(found, index.sort) => {}
                Some(_) => report.refused.push(format!(
                    "the index of {name} by {} is of another kind, and none is ever dropped: drop it by hand, and it is made anew",
                    index.fields.join(", ")
                )),
            }
        }
        if is_there && missing.is_empty() {
            continue;
        }
        let lines = lacking(name, is_there, &missing);
        match policy.makes() {
            true => {
                schema::complete(connection, name, &missing).await?;
                report
                    .done
                    .extend(lines.into_iter().map(|line| format!("{line} was made")));
            }
            false => report
                .drift
                .extend(lines.into_iter().map(|line| format!("{line} is missing"))),
        }
    }
    Ok(())
}

async fn list(connection: &Connection, name: &str) -> Result<Vec<IndexModel>, super::error::Failure> {
    let indexes = connection.collection(name).list_indexes().await?;
    Ok(indexes.try_collect().await?)
}

/// What is lacking, by name.
fn lacking(name: &str, is_there: bool, missing: &[Index]) -> Vec<String> {
    match is_there {
        false => vec![format!("collection {name}")],
        true => missing
            .iter()
            .map(|index| format!("the index of {name} by {}", index.fields.join(", ")))
            .collect(),
    }
}

/// Whether an index is by these fields, all ascending.
fn has_fields(keys: &Document, fields: &[&str]) -> bool {
    let ascending = |value: &Bson| match value {
        Bson::Int32(one) => *one == 1,
        Bson::Int64(one) => *one == 1,
        Bson::Double(one) => *one == 1.0,
        _ => false,
    };
    keys.keys().eq(fields) && keys.values().all(ascending)
}

/// Whether an index over the right fields does what it is for.
fn is_like(found: &IndexModel, sort: Sort) -> bool {
    let options = found.options.clone().unwrap_or_default();
    let is_whole = options.sparse != Some(true) && options.partial_filter_expression.is_none();
    let is_unique = options.unique == Some(true);
    let expires = options.expire_after.map(|after| after.is_zero());
    is_whole
        && match sort {
            Sort::Plain => !is_unique && expires.is_none(),
            Sort::Unique => is_unique && expires.is_none(),
            Sort::Expiring => expires == Some(true),
        }
}

async fn clear(connection: &Connection, log: &LogIdentity) -> Result<()> {
    let version = schema::version(connection).await?;
    let owner = belonging::owner(connection).await?;
    let foreign = owner.filter(|owner| owner.name != log.name);
    let objection = schema::objection(version)
        .or_else(|| foreign.map(|owner| format!("the database belongs to another log ({})", owner.name)));
    if let Some(what) = objection {
        return Err(Error::new(ErrorKind::Conflict, OPERATION, what));
    }
    // What says whose all of it is goes last.
    let names = schema::collections(version).map(|(name, _)| *name).chain([SCHEMA]);
    for name in names {
        let drop = async { Ok(connection.collection(name).drop().await?) };
        connection.call(OPERATION, drop).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mongodb::{bson::doc, options::IndexOptions};

    use super::*;

    #[test]
    fn an_index_is_by_its_fields_in_their_order() {
        assert!(has_fields(&doc! { "a": 1, "b": 1.0 }, &["a", "b"]));
        assert!(!has_fields(&doc! { "b": 1, "a": 1 }, &["a", "b"]));
        assert!(!has_fields(&doc! { "a": 1 }, &["a", "b"]));
        assert!(!has_fields(&doc! { "a": -1 }, &["a"]));
        assert!(!has_fields(&doc! { "a": "text" }, &["a"]));
    }

    #[test]
    fn an_index_of_another_kind_is_another_one() {
        let index = |change: fn(&mut IndexOptions)| {
            let mut options = IndexOptions::default();
            change(&mut options);
            IndexModel::builder().keys(doc! { "a": 1 }).options(options).build()
        };
        let plain = index(|_| {});
        let unique = index(|options| options.unique = Some(true));
        let expiring = index(|options| options.expire_after = Some(Duration::ZERO));
        let late = index(|options| options.expire_after = Some(Duration::from_secs(9)));
        let partial = index(|options| options.partial_filter_expression = Some(doc! { "b": 1 }));
        let fits = |sort| [&plain, &unique, &expiring, &late, &partial].map(|found| is_like(found, sort));
        assert_eq!(fits(Sort::Plain), [true, false, false, false, false]);
        assert_eq!(fits(Sort::Unique), [false, true, false, false, false]);
        assert_eq!(fits(Sort::Expiring), [false, false, true, false, false]);
    }
}
