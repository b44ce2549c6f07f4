//! A replica set of three: the port's whole law with pages from secondaries, which then do read them; and a primary that goes
//! while a worker writes.

use std::sync::{Arc, Mutex};

use mongodb::{
    Client,
    bson::{Document, doc},
};
use talkline_core::{
    port::{Range, Store},
    suite,
};
use talkline_e2e::{
    Servers,
    servers::{mongo_primary, step_down},
};

use crate::{
    database::{Own, shared},
    script::{ANN, Group},
};

/// The set. It goes with the test, also with one that fails.
struct Set {
    servers: Servers,
    _folder: tempfile::TempDir,
}

impl Set {
    /// None where no servers can be installed; the shared ones say so.
    fn start() -> Option<Self> {
        shared()?;
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path(), &["mongo=3"]).unwrap();
        Some(Self {
            servers,
            _folder: folder,
        })
    }

    fn url(&self) -> &str {
        self.servers.mongo().unwrap()
    }

    /// Questions for messages that each member was asked since it began, the primary's first.
    async fn asked(&self, database: &str) -> Vec<i64> {
        let primary = mongo_primary(&self.servers).await.unwrap();
        let mut names: Vec<_> = (1..=3).map(|number| format!("mongo-{number}")).collect();
        names.sort_by_key(|name| *name != primary);
        let mut asked = Vec::new();
        for name in names {
            let port = self.servers.port(&name).unwrap();
            let url = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
            let client = Client::with_uri_str(url).await.unwrap();
            let top = client.database("admin").run_command(doc! { "top": 1 }).await.unwrap();
            let messages = format!("{database}.messages");
            let queries = |top: &Document| {
                top.get_document("totals")?
                    .get_document(&messages)?
                    .get_document("queries")?
                    .get_i64("count")
            };
            asked.push(queries(&top).unwrap_or_default());
        }
        asked
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        if let Err(error) = self.servers.stop() {
            eprintln!("servers were left behind: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_from_secondaries_and_show_what_is_written() {
    let Some(set) = Set::start() else { return };
    let owned: Mutex<Vec<Own>> = Mutex::default();
    let make = async || {
        let own = Own::with_secondary_reads(set.url()).await;
        let store: Arc<dyn Store> = own.mongo.store();
        owned.lock().unwrap().push(own);
        store
    };
    suite::store::store(1, make).await;
    for own in owned.into_inner().unwrap() {
        own.end().await;
    }

    let own = Own::with_secondary_reads(set.url()).await;
    let mut group = Group::new("secondaries");
    group.send(ANN, "hello");
    let id = group.id;
    own.mongo.store().write(&group.docs()).await.unwrap();
    let before = set.asked(own.raw.name()).await;
    for _ in 0..20 {
        let page = own.mongo.store().page(id, Range::After { after: 0 }, 10).await.unwrap();
        assert_eq!(page.messages.len(), 1, "one's own writes are read back");
    }
    let after = set.asked(own.raw.name()).await;
    let by_secondaries = |asked: &[i64]| asked[1..].iter().sum::<i64>();
    assert!(
        by_secondaries(&after) >= by_secondaries(&before) + 20,
        "{before:?}, then {after:?}"
    );
    own.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_steps_down_costs_time_and_nothing_else() {
    let Some(set) = Set::start() else { return };
    let own = Own::new(set.url(), 1).await;
    let mut group = Group::new("stepping down");
    for n in 0..200 {
        group.send(ANN, &format!("message {n}"));
    }
    let (id, docs) = (group.id, group.docs());
    let store = own.mongo.store();
    let (writing, stepping) = tokio::join!(
        async {
            for _ in 0..20 {
                // As a worker does: until it is done. The same again is the same.
                while let Err(error) = store.write(&docs).await {
                    assert!(error.is_retryable(), "{error}");
                }
            }
        },
        step_down(&set.servers),
    );
    let ((), ()) = (writing, stepping.unwrap());
    let page = store.page(id, Range::After { after: 0 }, 1_000).await.unwrap();
    assert!(page.messages.iter().map(|message| message.seq).eq(1..=200));
    assert_eq!(store.write(&docs).await.unwrap(), [], "all of it once more is the same");
    own.end().await;
}
