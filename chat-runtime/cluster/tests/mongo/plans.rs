//! No question of any port reads a collection from end to end, or sorts in memory.
//!
//! The suites run with the server's profiler on, and what it wrote down is looked through. It says nothing of what runs
//! within a `$lookup`, so those questions are asked again with `explain`.

use std::sync::{Arc, Mutex};

use futures::TryStreamExt as _;
use mongodb::{
    Database,
    bson::{Bson, Document, doc},
};
use talkline_core::{
    offset::Offset,
    port::{Range, Store},
    suite,
};

use crate::{
    database::{Own, shared},
    script::{ANN, Group},
};

/// Room for everything that a suite asks.
const PROFILE_BYTES: u64 = 16 * 1024 * 1024;

async fn watched(url: &str) -> Own {
    let own = Own::new(url, 1).await;
    own.raw
        .create_collection("system.profile")
        .capped(true)
        .size(PROFILE_BYTES)
        .await
        .unwrap();
    own.raw.run_command(doc! { "profile": 2 }).await.unwrap();
    own
}

async fn profile(database: &Database) -> Vec<Document> {
    database.run_command(doc! { "profile": 0 }).await.unwrap();
    let profile = database.collection::<Document>("system.profile");
    profile.find(doc! {}).await.unwrap().try_collect().await.unwrap()
}

/// Looks through what was asked, and gives how many questions that were.
async fn look_through(database: &Database) -> usize {
    let asked = profile(database).await;
    for entry in asked.iter().filter(|entry| !follows_the_stream(entry)) {
        let plan = entry.get_str("planSummary").unwrap_or_default();
        assert!(
            !plan.contains("COLLSCAN"),
            "reads a collection from end to end: {entry}"
        );
        assert!(
            !entry.get_bool("hasSortStage").unwrap_or_default(),
            "sorts in memory: {entry}"
        );
        if let Ok(command) = entry.get_document("command")
            && command.get("pipeline").is_some()
        {
            explain(database, command).await;
        }
    }
    asked.len()
}

/// The stream of changes is read from the server's own log, which is read from end to end by its nature.
fn follows_the_stream(entry: &Document) -> bool {
    let of = |name: &str| {
        entry
            .get_document(name)
            .and_then(|command| command.get_array("pipeline"))
    };
    let pipeline = of("originatingCommand").or_else(|_| of("command"));
    pipeline.is_ok_and(|stages| {
        stages
            .first()
            .is_some_and(|stage| stage.to_string().contains("$changeStream"))
    })
}

async fn explain(database: &Database, asked: &Document) {
    let part = |name: &str| asked.get(name).cloned().unwrap_or(Bson::Null);
    let question = doc! { "aggregate": part("aggregate"), "pipeline": part("pipeline"), "cursor": {} };
    let answer = database
        .run_command(doc! { "explain": question, "verbosity": "executionStats" })
        .await
        .unwrap();
    let mut numbers = Vec::new();
    collect(&Bson::Document(answer.clone()), "collectionScans", &mut numbers);
    assert!(
        numbers.iter().all(|scans| *scans == 0),
        "a look-up reads a collection: {answer}"
    );
    assert!(
        !answer.to_string().contains("COLLSCAN"),
        "reads a collection from end to end: {answer}"
    );
}

/// The numbers in all fields of this name, however deep.
fn collect(value: &Bson, name: &str, found: &mut Vec<i64>) {
    match value {
        Bson::Document(document) => {
            for (field, value) in document {
                if field == name {
                    found.extend(value.as_i64().or(value.as_i32().map(i64::from)));
                }
                collect(value, name, found);
            }
        }
        Bson::Array(values) => values.iter().for_each(|value| collect(value, name, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_question_goes_through_an_index() {
    let Some(url) = shared() else { return };
    let owned: Mutex<Vec<Own>> = Mutex::default();
    let make = async || {
        let own = watched(&url).await;
        let store: Arc<dyn Store> = own.mongo.store();
        owned.lock().unwrap().push(own);
        store
    };
    suite::store::store(1, &make).await;
    make().await;
    let last = owned.lock().unwrap().last().unwrap().mongo.accounts();
    suite::accounts::accounts(&*last).await;
    let mut questions = 0;
    for own in owned.into_inner().unwrap() {
        questions += look_through(&own.raw).await;
        own.end().await;
    }
    assert!(questions > 300, "the profiler saw only {questions}");
}

#[tokio::test]
async fn a_cold_page_is_one_question_for_messages() {
    let Some(url) = shared() else { return };
    let own = watched(&url).await;
    let store = own.mongo.store();
    let mut group = Group::new("pages");
    let id = group.id;
    for n in 1..=120 {
        group.send(ANN, &n.to_string());
    }
    store.write(&group.docs()).await.unwrap();
    store.advance(0, Offset::MAX.into()).await.unwrap();
    for before in [u64::MAX, 60] {
        let range = Range::Before { from: 1, before };
        let page = store.page(id, range, 50).await.unwrap();
        assert_eq!((page.messages.len(), page.has_more), (50, true));
    }
    let asked = profile(&own.raw).await;
    // The search index, which comes up meanwhile, asks for messages by id.
    let of_conversation: Vec<_> = asked
        .iter()
        .filter_map(|entry| entry.get_document("command").ok())
        .filter(|command| command.get_str("find").is_ok_and(|name| name == "messages"))
        .filter(|find| {
            find.get_document("filter")
                .is_ok_and(|filter| filter.contains_key("conversationId"))
        })
        .collect();
    assert_eq!(of_conversation.len(), 2, "{of_conversation:#?}");
    own.end().await;
}
