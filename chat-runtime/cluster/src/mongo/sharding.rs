//! Shard keys on a sharded cluster. One that is there is never changed: that would move every document.

use mongodb::bson::{Document, doc};
use talkline_core::Result;

use super::{connection::Connection, layout::SHARDED, schema::OPERATION};
use crate::provision::{Policy, Report};

/// Compares the shard keys with the layout's, and shards what is not.
pub(super) async fn look(connection: &Connection, policy: Policy, report: &mut Report) -> Result<()> {
    let hello = async { Ok(connection.database().run_command(doc! { "hello": 1 }).await?) };
    let hello = connection.call(OPERATION, hello).await?;
    // What a router says of itself, and nobody else.
    if !hello.get_str("msg").is_ok_and(|name| name == "isdbgrid") {
        let what = "sharded collections are wanted, and this server is no router: name those of a sharded cluster";
        report.refused.push(what.to_owned());
        return Ok(());
    }
    for (name, field) in SHARDED {
        match key(connection, name).await? {
            Some(key) if key.keys().eq([field]) => {}
            Some(key) => report.refused.push(format!(
                "{name} is sharded by {key} and not by {field}: every document would move, so reshard it by hand"
            )),
            None if policy.makes() => {
                shard(connection, name, field).await?;
                report.done.push(format!("{name} was sharded by {field}"));
            }
            None => report.drift.push(format!("{name} is not sharded by {field}")),
        }
    }
    Ok(())
}

/// A collection's shard key; none where it is not sharded.
async fn key(connection: &Connection, name: &str) -> Result<Option<Document>> {
    let find = async {
        let sharded = connection
            .client()
            .database("config")
            .collection::<Document>("collections");
        let found = sharded.find_one(doc! { "_id": full(connection, name) }).await?;
        Ok(found.and_then(|found| found.get_document("key").ok().cloned()))
    };
    connection.call(OPERATION, find).await
}

async fn shard(connection: &Connection, name: &str, field: &str) -> Result<()> {
    let command = doc! { "shardCollection": full(connection, name), "key": { field: 1 } };
    let done = async { Ok(connection.client().database("admin").run_command(command).await?) };
    connection.call(OPERATION, done).await.map(drop)
}

/// A collection's name with its database's.
fn full(connection: &Connection, name: &str) -> String {
    format!("{}.{name}", connection.database().name())
}
