//! A server that is killed in the middle of writes has everything that it acknowledged, and what was done again is once there.

use std::{process::Command as Process, time::Duration};

use talkline_core::{conversation::Docs, port::Range};
use talkline_e2e::Servers;

use crate::{
    database::{Own, shared},
    script::{ANN, Group},
};

const BATCHES: usize = 120;
const BATCH: usize = 10;

/// The documents of a group with many messages, in batches.
fn batches() -> (talkline_core::id::ConversationId, Vec<Docs>) {
    let mut group = Group::new("restart");
    let id = group.id;
    for n in 0..BATCHES * BATCH {
        group.send(ANN, &format!("message {n}"));
    }
    let mut docs = group.docs();
    let messages = std::mem::take(&mut docs.messages);
    let rest = messages.chunks(BATCH).map(|some| Docs {
        messages: some.to_vec(),
        ..Docs::default()
    });
    (id, std::iter::once(docs).chain(rest).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing() {
    // One of its own; whether servers can be had at all is asked as everywhere.
    if shared().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let servers = Servers::start(folder.path(), &["mongo=1"]).unwrap();
    let own = Own::new(servers.mongo().unwrap(), 1).await;
    let (id, batches) = batches();
    let store = own.mongo.store();
    let (half, reached) = tokio::sync::oneshot::channel();
    let writing = async {
        let mut half = Some(half);
        for (n, docs) in batches.iter().enumerate() {
            // As a worker does: until it is done.
            while let Err(error) = store.write(docs).await {
                assert!(error.is_retryable(), "{error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if n == BATCHES / 3 {
                half.take().unwrap().send(()).unwrap();
            }
        }
    };
    let killing = async {
        reached.await.unwrap();
        let pid = servers.pid("mongo-1").unwrap().to_string();
        assert!(Process::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        let folder = folder.path().to_owned();
        let again = move || Servers::start(&folder, &["mongo=1"]).unwrap();
        tokio::task::spawn_blocking(again).await.unwrap()
    };
    tokio::join!(writing, killing);
    let after = Range::After { after: 0 };
    let page = store.page(id, after, 2 * BATCHES * BATCH).await.unwrap();
    let seqs: Vec<_> = page.messages.iter().map(|message| message.seq).collect();
    assert!(seqs.iter().copied().eq(1..=(BATCHES * BATCH) as u64), "{seqs:?}");
    for docs in &batches {
        assert_eq!(store.write(docs).await.unwrap(), [], "all of it once more is the same");
    }
    own.mongo.close().await;
    servers.stop().unwrap();
}
