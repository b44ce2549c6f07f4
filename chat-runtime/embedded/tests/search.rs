//! The search's law on SQLite, and what becomes of its file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::{fs, path::Path, time::Duration};

use talkline_core::{
    conversation::{Command, Facts, Fold, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::{Scope, SearchQuery},
    suite,
    time::Timestamp,
};
use talkline_embedded::{Embedded, Options};

const ANN: UserId = UserId::from_bytes([1; 16]);
const GROUP: ConversationId = ConversationId::from_bytes([7; 16]);

async fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, Options::default()).await.unwrap()
}

#[tokio::test]
async fn search() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path()).await;
    suite::search::search(&*embedded.store(), &*embedded.search()).await;
    embedded.close().await;
}

/// A group with this many messages, "word zebra0" and so on.
async fn write(embedded: &Embedded, messages: u64) {
    write_then(embedded, messages, None).await;
}

/// The same, with a command behind them.
async fn write_then(embedded: &Embedded, messages: u64, then: Option<Command>) {
    let mut fold = Fold::new(Facts::default(), []);
    let mut push = |offset, command| {
        let record = Record {
            conversation: GROUP,
            actor: ANN,
            at: Timestamp::from_millis(offset as i64),
            reply_to: None,
            command,
        };
        fold.push(Offset::new(0, offset), &record);
    };
    let create = Command::Create {
        change: CommandId::new(GROUP, ANN, b"create"),
        kind: Kind::Group,
        name: None,
        members: Vec::new(),
        open_history: false,
    };
    push(1, create);
    for number in 0..messages {
        let client_message_id = number.to_string();
        let content = Content {
            text: Some(format!("word zebra{number}")),
            ..Content::default()
        };
        let message = MessageId::new(GROUP, ANN, &client_message_id);
        let send = Command::Send {
            message,
            client_message_id,
            content,
        };
        push(2 + number, send);
    }
    if let Some(command) = then {
        push(2 + messages, command);
    }
    assert_eq!(embedded.store().write(&fold.finish().docs).await.unwrap(), []);
}

/// Waits until this many are found.
async fn finds(embedded: &Embedded, expected: usize) {
    let query = SearchQuery {
        text: "word".to_owned(),
        scopes: vec![Scope {
            conversation: GROUP,
            history_from: 1,
        }],
        ..SearchQuery::default()
    };
    let until = async {
        while embedded.search().search(&query, 10_000).await.unwrap().hits.len() != expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), until).await;
    in_time.unwrap_or_else(|_| panic!("{expected} are not found"));
}

#[tokio::test]
async fn a_restart_goes_on_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await;
    write(&first, 3).await;
    finds(&first, 3).await;
    first.close().await;
    let again = open(dir.path()).await;
    finds(&again, 3).await;
    write(&again, 5).await;
    finds(&again, 5).await;
    again.close().await;
    assert!(!dir.path().join("search.db-wal").exists(), "the file is left tidy");
}

#[tokio::test]
async fn what_was_written_without_the_index_is_found_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await;
    write(&first, 3).await;
    finds(&first, 3).await;
    first.close().await;
    let before = fs::read(dir.path().join("search.db")).unwrap();
    let second = open(dir.path()).await;
    write(&second, 4).await;
    finds(&second, 4).await;
    second.close().await;
    fs::write(dir.path().join("search.db"), before).unwrap();
    finds(&open(dir.path()).await, 4).await;
}

/// Closes, lets something happen to the file, and expects everything to be found again.
async fn survives(harm: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await;
    write(&first, 2_000).await;
    finds(&first, 2_000).await;
    first.close().await;
    harm(&dir.path().join("search.db"));
    let again = open(dir.path()).await;
    finds(&again, 2_000).await;
    again.close().await;
}

#[tokio::test]
async fn a_deleted_text_leaves_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("search.db");
    let has = |text: &str| {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    let first = open(dir.path()).await;
    write(&first, 1).await;
    finds(&first, 1).await;
    first.close().await;
    assert!(has("zebra"));
    let again = open(dir.path()).await;
    let delete = Command::Delete {
        change: CommandId::new(GROUP, ANN, b"delete"),
        message: MessageId::new(GROUP, ANN, "0"),
    };
    write_then(&again, 1, Some(delete)).await;
    finds(&again, 0).await;
    again.close().await;
    assert!(!has("zebra"));
}

#[tokio::test]
async fn a_missing_file_is_made_anew() {
    survives(|path| fs::remove_file(path).unwrap()).await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_made_anew() {
    survives(|path| fs::write(path, "not a database, but as long as a header".repeat(100)).unwrap()).await;
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    survives(|path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xff);
        fs::write(path, bytes).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_file_of_another_version_is_made_anew() {
    survives(|path| {
        let connection = rusqlite::Connection::open(path).unwrap();
        let other = "DROP TABLE words; PRAGMA user_version = 999;";
        connection.execute_batch(other).unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_index_of_another_store_is_made_anew() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (dir, messages) in [(&dir, 1), (&other, 5)] {
        let embedded = open(dir.path()).await;
        write(&embedded, messages).await;
        finds(&embedded, messages as usize).await;
        embedded.close().await;
    }
    fs::copy(other.path().join("search.db"), dir.path().join("search.db")).unwrap();
    let restored = open(dir.path()).await;
    finds(&restored, 1).await;
    restored.close().await;
}
