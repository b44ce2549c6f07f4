//! Data folders of older programs. Each fixture is the dump of a file that a program of that schema wrote.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use talkline_core::{
    conversation::{FactsQuery, Fold, Reason, Record},
    id::{ConversationId, MessageId, UserId},
    offset::{Offset, partition_of},
    port::{Head, Profile, Range, Rotation},
    time::Timestamp,
    user::Tier,
};
use talkline_embedded::{Embedded, Options};

const SCHEMA_1: &str = include_str!("fixtures/schema_1.sql");

const ANN: UserId = UserId::from_bytes([1; 16]);
const BOB: UserId = UserId::from_bytes([2; 16]);
const EVE: UserId = UserId::from_bytes([3; 16]);

fn room() -> ConversationId {
    ConversationId::group(ANN, b"fixture")
}

fn file(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("talkline.db")).unwrap()
}

async fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, Options::default()).await.unwrap()
}

/// The schema's statements, which SQLite keeps as they were written.
fn schema(dir: &Path) -> Vec<String> {
    let connection = file(dir);
    let query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type, name";
    let mut statement = connection.prepare(query).unwrap();
    let statements = statement.query_map([], |row| row.get(0)).unwrap();
    statements.map(Result::unwrap).collect()
}

#[tokio::test]
async fn all_data_of_schema_1_is_there() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path()).execute_batch(SCHEMA_1).unwrap();
    let embedded = open(dir.path()).await;
    log_is_there(&embedded).await;
    conversation_is_there(&embedded).await;
    what_was_refused_is_there(&embedded).await;
    account_is_there(&embedded).await;
    what_is_too_old_goes(&embedded).await;
    embedded.close().await;
}

#[tokio::test]
async fn a_migrated_schema_is_the_new_one() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    file(old.path()).execute_batch(SCHEMA_1).unwrap();
    for dir in [&old, &new] {
        open(dir.path()).await.close().await;
    }
    assert_eq!(schema(old.path()), schema(new.path()));
}

async fn log_is_there(embedded: &Embedded) {
    let log = embedded.log();
    assert_eq!(log.partitions(), 2, "an existing folder keeps its number of partitions");
    let mut assignments = log.join().await.unwrap();
    let mut records = 0;
    for _ in 0..2 {
        let mut reader = assignments.next().await.unwrap();
        if reader.partition() == partition_of(&room(), 2) {
            reader.seek(Offset::ZERO).await.unwrap();
            records += reader.next_batch(100).await.unwrap().unwrap().len();
        }
    }
    assert_eq!(records, 8);
    let mark = embedded.store().mark(partition_of(&room(), 2)).await.unwrap();
    assert_eq!(mark, Offset::new(0, 9).into());
    let (_, behind) = log.append(room(), "next".into(), None).await.unwrap();
    assert_eq!(behind, mark.position, "the log goes on where it ended");
}

async fn conversation_is_there(embedded: &Embedded) {
    let store = embedded.store();
    let head = Head { seq: 2, change_seq: 5 };
    assert_eq!(store.heads(&[room()]).await.unwrap(), [head]);
    let membership = store.membership(room()).await.unwrap().unwrap();
    assert_eq!(membership.name.as_deref(), Some("After"));
    assert_eq!(membership.members.into_keys().collect::<Vec<_>>(), [ANN, BOB]);
    let page = store.page(room(), Range::After { after: 0 }, 10).await.unwrap();
    let texts: Vec<_> = page
        .messages
        .iter()
        .map(|message| message.content.text.as_deref())
        .collect();
    assert_eq!(texts, [Some("edited"), None]);
    let reactions: Vec<_> = page.messages[0].reactions().collect();
    assert_eq!(reactions, [("👍", vec![BOB])]);
    assert_eq!(page.messages[1].id, MessageId::new(room(), BOB, "second"));
    assert_eq!(store.changes(room(), 0, 10).await.unwrap().changes.len(), 5);
    let marks = store.marks(room()).await.unwrap();
    assert_eq!((marks.len(), marks[0].delivered_seq, marks[0].read_seq), (1, 2, 1));
}

async fn what_was_refused_is_there(embedded: &Embedded) {
    let store = embedded.store();
    let rejections = store.rejections(EVE, Timestamp::default()).await.unwrap();
    let reasons: Vec<_> = rejections.iter().map(|rejection| rejection.reason).collect();
    assert_eq!(reasons, [Reason::NotAMember]);
    let broken = ConversationId::from_bytes([9; 16]);
    let query = FactsQuery {
        touched: [broken].into(),
        ..FactsQuery::default()
    };
    assert!(store.facts(0, query).await.unwrap().quarantined.contains(&broken));
}

/// What an older program wrote can expire, be purged and be forgotten.
async fn what_is_too_old_goes(embedded: &Embedded) {
    let (store, log) = (embedded.store(), embedded.log());
    let partition = partition_of(&room(), 2);
    let now = Timestamp::from_millis(1_700_000_000_100);
    let due = store.overdue(now, None, 10).await.unwrap().conversations;
    assert_eq!((due[0].conversation, due[0].through), (room(), 2));
    let record = Record::expire(room(), 2, now);
    let query = FactsQuery::new(Offset::new(0, 10), [&record], |_| false);
    let mut fold = Fold::new(store.facts(partition, query).await.unwrap(), []);
    fold.push(Offset::new(0, 10), &record);
    assert_eq!(store.write(&fold.finish().docs).await.unwrap(), []);
    store.advance(partition, Offset::new(0, 11).into()).await.unwrap();
    let purged = store.purge(100).await.unwrap();
    assert_eq!(
        (purged.messages, purged.changes),
        (2, 3),
        "an edit, a reaction and a deletion"
    );
    assert_eq!(store.changes(room(), 0, 10).await.unwrap().changes.len(), 3);
    let before = |millis| log.forget_buried(Timestamp::from_millis(millis), 10);
    assert_eq!(
        before(1_700_000_000_000).await.unwrap(),
        0,
        "its time counts from now on"
    );
    assert_eq!(before(i64::MAX).await.unwrap(), 1);
}

async fn account_is_there(embedded: &Embedded) {
    let accounts = embedded.accounts();
    let email = "ann@example.org".to_owned().try_into().unwrap();
    let (ann, hash) = accounts.credentials(&email).await.unwrap().unwrap();
    assert_eq!((ann.id, ann.tier, hash.as_str()), (ANN, Tier::Premium, "$hash$"));
    let found = accounts.search("ÜBERALL", None, 10).await.unwrap().users;
    assert_eq!(found, [ann], "an older name is found in any case too");
    let (now, later) = (
        Timestamp::from_millis(1_700_000_000_002),
        Timestamp::from_millis(1_700_009_000_000),
    );
    let rotated = accounts.rotate(&[2; 32], &[3; 32], now, later).await.unwrap();
    assert!(matches!(rotated, Rotation::Rotated(_)), "{rotated:?}");
    let reused = accounts.rotate(&[1; 32], &[4; 32], now, later).await.unwrap();
    assert!(matches!(reused, Rotation::Reused(_)), "{reused:?}");
    let renamed = Profile {
        name: Some("Ann".to_owned()),
    };
    assert!(accounts.update(ANN, &renamed).await.unwrap().is_some());
}
