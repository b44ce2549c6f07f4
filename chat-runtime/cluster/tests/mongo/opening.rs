//! Opening: repeatedly, at once, and where a newer program was.

use mongodb::bson::doc;
use talkline_cluster::LogIdentity;
use talkline_core::ErrorKind;

use crate::database::{Own, config, connect, shared};

#[tokio::test]
async fn several_open_at_once_and_again() {
    let Some(url) = shared() else { return };
    let config = config(&url, 1);
    let (one, other) = tokio::join!(connect(&config), connect(&config));
    one.unwrap().close().await;
    other.unwrap().close().await;
    let again = connect(&config).await.unwrap();
    again.ping().await.unwrap();
    again.close().await;
    drop_database(&url, &config.database).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let schema = own.raw.collection::<mongodb::bson::Document>("schema");
    let newer = doc! { "$set": { "version": 1_000_i64 } };
    schema.update_one(doc! { "_id": "schema" }, newer).await.unwrap();
    let mut config = config(&url, 1);
    config.database = own.raw.name().to_owned();
    let refused = connect(&config).await.err().map(|error| error.kind());
    assert_eq!(refused, Some(ErrorKind::SchemaTooNew));
    own.end().await;
}

#[tokio::test]
async fn a_database_keeps_to_its_log() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let log = |name: &str, generation| LogIdentity {
        name: name.to_owned(),
        generation,
    };
    let belongs = async |name, generation| {
        let claimed = own.mongo.belongs_to(&log(name, generation)).await;
        claimed.map_err(|error| (error.kind(), error.to_string()))
    };
    // Of two that come at once, one has it.
    let (one, other) = tokio::join!(belongs("one", 2), belongs("other", 2));
    let (winner, loser) = if one.is_ok() {
        ("one", "other")
    } else {
        ("other", "one")
    };
    assert!(one.is_ok() != other.is_ok());
    for generation in [2, 1, 3, 2] {
        belongs(winner, generation).await.unwrap();
    }
    let (kind, why) = belongs(loser, 3).await.unwrap_err();
    assert_eq!(kind, ErrorKind::Conflict);
    assert!(why.contains(own.raw.name()) && why.contains("above 3"), "{why}");
    // An operator says that it follows.
    belongs(loser, 4).await.unwrap();
    belongs(winner, 4).await.unwrap_err();
    own.end().await;
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let mut config = config("mongodb://127.0.0.1:1/", 1);
    config.timeout = std::time::Duration::from_millis(300);
    let error = connect(&config).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn after_closing_calls_fail() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let store = own.mongo.store();
    own.mongo.close().await;
    let error = store.mark(0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    own.raw.drop().await.unwrap();
}

async fn drop_database(url: &str, name: &str) {
    let client = mongodb::Client::with_uri_str(url).await.unwrap();
    client.database(name).drop().await.unwrap();
}
