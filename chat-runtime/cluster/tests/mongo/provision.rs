//! A database that somebody looks after from outside: made, set right, said, and left alone.

use futures::TryStreamExt as _;
use mongodb::{
    Client, Database, IndexModel,
    bson::{Document, doc},
};
use talkline_cluster::{
    mongo::{Config, provision, remove},
    provision::{Policy, Report},
};
use talkline_core::ErrorKind;

use crate::{
    database::{config, connect, log, shared},
    router::Router,
};

/// A database that a chat has not seen yet.
struct Looked {
    config: Config,
    raw: Database,
}

impl Looked {
    async fn new(url: &str) -> Self {
        let config = config(url, 1);
        let raw = Client::with_uri_str(url).await.unwrap().database(&config.database);
        Self { config, raw }
    }

    async fn look(&self, policy: Policy) -> Report {
        provision(&self.config, Some(&log("one")), false, policy).await.unwrap()
    }

    async fn indexes(&self, collection: &str) -> Vec<String> {
        self.raw
            .collection::<Document>(collection)
            .list_index_names()
            .await
            .unwrap()
    }

    async fn drop_index(&self, collection: &str, name: &str) {
        self.raw
            .collection::<Document>(collection)
            .drop_index(name)
            .await
            .unwrap();
    }
}

const BY_SEQ: &str = "conversationId_1_seq_1";

#[tokio::test]
async fn what_is_missing_is_made_and_a_chat_runs_on_it() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    let seen = looked.look(Policy::Observe).await;
    assert!(seen.drift[0].contains("schema 0"), "{seen:?}");
    assert_eq!(looked.raw.list_collection_names().await.unwrap(), Vec::<String>::new());
    assert!(looked.look(Policy::Make).await.done[0].contains("from schema 0"));
    assert_eq!(looked.look(Policy::Observe).await, Report::default());
    // A chat finds nothing left to do, and takes the database.
    let mongo = connect(&looked.config).await.unwrap();
    mongo.belongs_to(&log("one")).await.unwrap();
    mongo.close().await;
    assert_eq!(looked.look(Policy::Mend).await, Report::default());
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn what_was_lost_is_said_or_made_again() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    looked.look(Policy::Make).await;
    looked.drop_index("messages", BY_SEQ).await;
    looked.raw.collection::<Document>("rejections").drop().await.unwrap();
    let mut seen = looked.look(Policy::Observe).await;
    seen.drift.sort_unstable();
    let missing = [
        "collection rejections is missing",
        "the index of messages by conversationId, seq is missing",
    ];
    assert_eq!(seen.drift, missing);
    assert_eq!(looked.look(Policy::Make).await.done.len(), 2);
    assert!(looked.indexes("messages").await.contains(&BY_SEQ.to_owned()));
    assert_eq!(looked.look(Policy::Observe).await, Report::default());
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn no_index_is_dropped() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    looked.look(Policy::Make).await;
    looked.drop_index("messages", BY_SEQ).await;
    let messages = looked.raw.collection::<Document>("messages");
    let plain = |keys| IndexModel::builder().keys(keys).build();
    messages
        .create_index(plain(doc! { "conversationId": 1, "seq": 1 }))
        .await
        .unwrap();
    messages.create_index(plain(doc! { "t": -1 })).await.unwrap();
    let report = looked.look(Policy::Mend).await;
    assert!(report.refused[0].contains("drop it by hand"), "{report:?}");
    assert_eq!(report.refused.len(), 1, "somebody else's index is theirs");
    assert_eq!(looked.indexes("messages").await.len(), 3);
    looked.drop_index("messages", BY_SEQ).await;
    assert_eq!(looked.look(Policy::Mend).await.done.len(), 1);
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn documents_that_contradict_an_index_are_said_without_their_content() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    looked.look(Policy::Make).await;
    looked.drop_index("users", "m_1").await;
    let twice = [
        doc! { "_id": "a", "m": "ann@example.com" },
        doc! { "_id": "b", "m": "ann@example.com" },
    ];
    looked
        .raw
        .collection::<Document>("users")
        .insert_many(twice)
        .await
        .unwrap();
    let error = provision(&looked.config, Some(&log("one")), false, Policy::Mend)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(
        error.to_string().contains("users") && !error.to_string().contains("ann@"),
        "{error}"
    );
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_and_another_logs_database_are_not_touched() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    let mongo = connect(&looked.config).await.unwrap();
    mongo.belongs_to(&log("other")).await.unwrap();
    mongo.close().await;
    looked.drop_index("messages", BY_SEQ).await;
    let report = looked.look(Policy::Mend).await;
    assert!(
        report.refused[0].contains("filled from another log (other, not one)"),
        "{report:?}"
    );
    let schema = looked.raw.collection::<Document>("schema");
    schema.delete_one(doc! { "_id": "log" }).await.unwrap();
    let newer = doc! { "$set": { "version": 1_000_i64 } };
    schema.update_one(doc! { "_id": "schema" }, newer).await.unwrap();
    let report = looked.look(Policy::Mend).await;
    assert!(report.refused[0].contains("schema 1000"), "{report:?}");
    assert!(
        !looked.indexes("messages").await.contains(&BY_SEQ.to_owned()),
        "nothing was made"
    );
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn nothing_is_changed_for_a_log_that_nobody_knows() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    let report = provision(&looked.config, None, false, Policy::Mend).await.unwrap();
    assert!(
        report.unseen[0].contains("which log") && report.done.is_empty(),
        "{report:?}"
    );
    assert_eq!(looked.raw.list_collection_names().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn shards_are_had_of_a_router_only() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    let report = provision(&looked.config, Some(&log("one")), true, Policy::Mend)
        .await
        .unwrap();
    assert!(report.refused[0].contains("no router"), "{report:?}");
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn shards_are_made_once_and_another_key_is_refused() {
    let Some(router) = Router::start().await else { return };
    let looked = Looked::new(&router.url()).await;
    let look = async |policy| {
        provision(&looked.config, Some(&log("one")), true, policy)
            .await
            .unwrap()
    };
    let named = |lines: &[String], what: &str| lines.iter().filter(|line| line.contains(what)).count();
    // Somebody was there first.
    let admin = looked.raw.client().database("admin");
    let full = |collection: &str| format!("{}.{collection}", looked.config.database);
    let by_hand = async |collection: &str, key: Document| {
        let command = doc! { "shardCollection": full(collection), "key": key };
        admin.run_command(command).await.unwrap();
    };
    by_hand("receipts", doc! { "conversationId": 1 }).await;
    by_hand("purged", doc! { "o": 1 }).await;

    let other =
        "purged is sharded by { \"o\": 1 } and not by conversationId: every document would move, so reshard it by hand";
    let seen = look(Policy::Observe).await;
    assert_eq!(named(&seen.drift, "is not sharded by"), 6, "{seen:?}");
    assert_eq!(seen.refused, [other]);
    let made = look(Policy::Make).await;
    assert_eq!(named(&made.done, "was sharded by"), 6, "{made:?}");
    assert_eq!(made.refused, [other]);
    let seen = look(Policy::Mend).await;
    assert_eq!(
        (seen.refused.as_slice(), seen.done.len(), seen.drift.len()),
        (&[other.to_owned()][..], 0, 0)
    );

    // The configuration server's own account of it.
    let sharded = looked
        .raw
        .client()
        .database("config")
        .collection::<Document>("collections");
    let found = sharded.find(doc! { "_id": { "$regex": format!("^{}\\.", looked.config.database) } });
    let found: Vec<Document> = found.await.unwrap().try_collect().await.unwrap();
    let keys = found.iter().map(|one| one.get_document("key").unwrap());
    let by_conversation = keys.filter(|key| **key == doc! { "conversationId": 1 }).count();
    assert_eq!((found.len(), by_conversation), (8, 6), "{found:?}");

    let mongo = connect(&looked.config).await.unwrap();
    mongo.belongs_to(&log("one")).await.unwrap();
    mongo.close().await;
    looked.raw.collection::<Document>("purged").drop().await.unwrap();
    assert_eq!(look(Policy::Mend).await.refused, Vec::<String>::new());
    assert_eq!(look(Policy::Mend).await, Report::default());
    looked.raw.drop().await.unwrap();
}

#[tokio::test]
async fn what_is_removed_is_ours_and_the_rest_stays() {
    let Some(url) = shared() else { return };
    let looked = Looked::new(&url).await;
    let mongo = connect(&looked.config).await.unwrap();
    mongo.belongs_to(&log("one")).await.unwrap();
    mongo.close().await;
    let theirs = looked.raw.collection::<Document>("theirs");
    theirs.insert_one(doc! { "_id": 1 }).await.unwrap();
    let error = remove(&looked.config, &log("other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(looked.raw.list_collection_names().await.unwrap().len() > 10);
    remove(&looked.config, &log("one")).await.unwrap();
    assert_eq!(looked.raw.list_collection_names().await.unwrap(), ["theirs"]);
    remove(&looked.config, &log("one")).await.unwrap();
    looked.raw.drop().await.unwrap();
}
