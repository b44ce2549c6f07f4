//! A replica set of three: secondaries that are asked for pages and show one's own writes, and a primary that steps down while
//! somebody writes.

use mongodb::{
    Client,
    bson::{Document, doc},
};
use talkline_core::{conversation::Docs, port::Range};
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
            asked.push(queries(&top, &format!("{database}.messages")));
        }
        asked
    }
}

/// How often a collection was asked; never, of one that the member does not know of.
fn queries(top: &Document, collection: &str) -> i64 {
    let totals = top.get_document("totals").unwrap();
    let queries = totals
        .get_document(collection)
        .and_then(|of| of.get_document("queries"));
    let count = queries.ok().and_then(|queries| queries.get("count"));
    count.map_or(0, |count| count.as_i64().or(count.as_i32().map(i64::from)).unwrap())
}

impl Drop for Set {
    fn drop(&mut self) {
        if let Err(error) = self.servers.stop() {
            eprintln!("servers were left behind: {error}");
        }
    }
}

/// One test, since three servers more are much for a machine that has others to run beside.
#[tokio::test(flavor = "multi_thread")]
async fn pages_come_from_secondaries_and_a_primary_may_step_down() {
    let Some(set) = Set::start() else { return };
    let own = Own::with_secondary_reads(set.url()).await;
    pages_come_from_secondaries(&set, &own).await;
    a_primary_steps_down(&set, &own).await;
    own.end().await;
}

async fn pages_come_from_secondaries(set: &Set, own: &Own) {
    let mut group = Group::new("secondaries");
    for n in 1..=20 {
        group.send(ANN, &format!("message {n}"));
    }
    let (id, docs) = (group.id, group.docs());
    let before = set.asked(own.raw.name()).await;
    for n in 1..=docs.messages.len() {
        let some = Docs {
            messages: docs.messages[..n].to_vec(),
            ..docs.clone()
        };
        own.mongo.store().write(&some).await.unwrap();
        let page = own
            .mongo
            .store()
            .page(id, Range::After { after: 0 }, 100)
            .await
            .unwrap();
        assert_eq!(page.messages.len(), n, "one's own writes are read back");
    }
    let after = set.asked(own.raw.name()).await;
    let by_secondaries = |asked: &[i64]| asked[1..].iter().sum::<i64>();
    assert!(
        by_secondaries(&after) >= by_secondaries(&before) + 20,
        "the primary's questions first: {before:?}, then {after:?}"
    );
}

async fn a_primary_steps_down(set: &Set, own: &Own) {
    let mut group = Group::new("stepping down");
    for n in 0..200 {
        group.send(ANN, &format!("message {n}"));
    }
    let (id, docs) = (group.id, group.docs());
    let store = own.mongo.store();
    let writing = async {
        for _ in 0..20 {
            // As a worker does: until it is done. The same again is the same.
            while let Err(error) = store.write(&docs).await {
                assert!(error.is_retryable(), "{error}");
            }
        }
    };
    let ((), stepped) = tokio::join!(writing, step_down(&set.servers));
    stepped.unwrap();
    let page = store.page(id, Range::After { after: 0 }, 1_000).await.unwrap();
    assert!(page.messages.iter().map(|message| message.seq).eq(1..=200));
    assert_eq!(store.write(&docs).await.unwrap(), [], "all of it once more is the same");
}
