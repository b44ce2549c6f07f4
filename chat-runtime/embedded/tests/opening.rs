//! What can be wrong with a data folder, and what is said then.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::{fs, path::Path};

use bytes::Bytes;
use talkline_core::{ErrorKind, id::ConversationId};
use talkline_embedded::{Embedded, OpenError, Options};

const KEY: ConversationId = ConversationId::from_bytes([7; 16]);

async fn open(dir: &Path) -> Result<Embedded, OpenError> {
    Embedded::open(dir, Options::default()).await
}

async fn refusal(dir: &Path) -> OpenError {
    open(dir).await.err().expect("the folder was opened")
}

fn sql(dir: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(dir.join("talkline.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b");
    let first = open(&deep).await.unwrap();
    let (partition, offset) = first.log().append(KEY, Bytes::from_static(b"one"), None).await.unwrap();
    first.close().await;
    let again = open(&deep).await.unwrap();
    let mut reader = again.log().join().await.unwrap().next().await.unwrap();
    reader.seek(offset).await.unwrap();
    let records = reader.next_batch(10).await.unwrap().unwrap();
    assert_eq!(
        (reader.partition(), records.len(), &records[0].payload[..]),
        (partition, 1, &b"one"[..])
    );
    let (_, behind) = again.log().append(KEY, Bytes::from_static(b"two"), None).await.unwrap();
    assert!(behind > offset);
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await.unwrap();
    let error = refusal(dir.path()).await;
    assert!(
        matches!(&error, OpenError::Locked { path } if path == dir.path()),
        "{error}"
    );
    first.close().await;
    open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_closed_folder_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path()).await.unwrap();
    let (log, store) = (embedded.log(), embedded.store());
    let fan_out = embedded.fan_out();
    let (_subscription, mut inbox) = fan_out.attach().await.unwrap();
    let mut assignments = log.join().await.unwrap();
    let mut reader = assignments.next().await.unwrap();
    let waiting = tokio::spawn(async move { reader.next_batch(1).await });
    embedded.close().await;
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(inbox.next().await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(
        fan_out.attach().await.err().map(|error| error.kind()),
        Some(ErrorKind::Closed)
    );
    assert_eq!(
        log.append(KEY, Bytes::new(), None).await.unwrap_err().kind(),
        ErrorKind::Closed
    );
    assert_eq!(store.mark(0).await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(
        assignments.next().await.err().map(|error| error.kind()),
        Some(ErrorKind::Closed)
    );
}

#[tokio::test]
async fn a_path_that_cannot_be_a_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refusal(&file.join("data")).await;
    assert!(matches!(error, OpenError::Unwritable { .. }), "{error}");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}

#[tokio::test]
async fn another_programs_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    sql(dir.path(), "CREATE TABLE song (title TEXT)");
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    sql(dir.path(), "INSERT INTO song VALUES ('still there')");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.unwrap().close().await;
    sql(dir.path(), "PRAGMA user_version = 999");
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::TooNew { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("talkline.db"),
        "not a database, but long enough to have a header".repeat(100),
    )
    .unwrap();
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("talkline.db"), "{error}");
}

#[tokio::test]
async fn a_damaged_page_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path()).await.unwrap();
    for _ in 0..200 {
        embedded
            .log()
            .append(KEY, Bytes::from(vec![1; 1000]), None)
            .await
            .unwrap();
    }
    embedded.close().await;
    let path = dir.path().join("talkline.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let error = refusal(dir.path()).await;
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}
