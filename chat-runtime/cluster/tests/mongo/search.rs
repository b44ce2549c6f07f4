//! The law of search, and an index that is brought up by whoever is there.

use talkline_core::{
    port::{Scope, SearchQuery},
    suite,
};

use crate::{
    database::{Own, config, connect, shared},
    router::Router,
    script::{ANN, Group},
};

#[tokio::test]
async fn search() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    suite::search::search(&*own.mongo.store(), &*own.mongo.search()).await;
    own.end().await;
}

#[tokio::test]
async fn search_of_a_sharded_cluster() {
    let Some(router) = Router::start().await else { return };
    let own = Own::sharded(&router.url()).await;
    suite::search::search(&*own.mongo.store(), &*own.mongo.search()).await;
    own.end().await;
}

/// What was written while nobody brought the index up, before its first start and after, is found by the next one.
#[tokio::test]
async fn what_was_written_meanwhile_is_found() {
    let Some(url) = shared() else { return };
    let mut idle = config(&url, 1);
    idle.index = false;
    let mut active = idle.clone();
    active.index = true;
    let writer = connect(&idle).await.unwrap();
    for (round, expected) in [("first", 1), ("second", 2)] {
        let mut group = Group::new(round);
        group.send(ANN, "zebra");
        writer.store().write(&group.docs()).await.unwrap();
        let indexer = connect(&active).await.unwrap();
        let scopes = ["first", "second"].map(|name| Scope {
            conversation: Group::new(name).id,
            history_from: 1,
        });
        let query = SearchQuery {
            text: "zeb".to_owned(),
            scopes: scopes.to_vec(),
            ..SearchQuery::default()
        };
        let until = async {
            while writer.search().search(&query, 10).await.unwrap().hits.len() != expected {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), until)
            .await
            .expect(round);
        indexer.close().await;
    }
    writer.close().await;
    let client = mongodb::Client::with_uri_str(&url).await.unwrap();
    client.database(&idle.database).drop().await.unwrap();
}
