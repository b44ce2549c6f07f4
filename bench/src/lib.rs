//! What the benchmarks stand on: a data folder on disk, a direct conversation, and messages in it.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use bytes::Bytes;
use prometheus_client::registry::Registry;
use talkline_core::{
    conversation::{Command, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::LogRecord,
    time::Timestamp,
};
use talkline_embedded::{Embedded, Options};
use talkline_worker::{Config, Metrics, Ports, Sequencer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Who sends everything.
pub const ANN: UserId = UserId::from_bytes([1; 16]);

/// Embedded adapters on a folder of their own, which goes with them.
pub struct Machine {
    /// The ports.
    pub embedded: Embedded,
    _folder: TempDir,
}

impl Machine {
    /// Opens a new folder below the working directory: what is measured is a disk, and `/tmp` may be none.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir_in(".").expect("a folder");
        let embedded = Embedded::open(folder.path(), Options::default())
            .await
            .expect("adapters");
        Self {
            embedded,
            _folder: folder,
        }
    }

    /// A sequencer on partition 0.
    pub async fn sequencer(&self) -> Sequencer {
        let ports = Ports {
            log: self.embedded.log(),
            store: self.embedded.store(),
            fan_out: self.embedded.fan_out(),
            tracer: Default::default(),
            recent: self.embedded.recent(),
        };
        let metrics = Metrics::register(&mut Registry::default());
        Sequencer::start(0, Config::default().states, &ports, metrics)
            .await
            .expect("a sequencer")
    }
}

/// A runtime like the program's.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The conversation of Ann with the `n`-th of many.
pub fn conversation(n: u64) -> ConversationId {
    ConversationId::direct(ANN, partner(n))
}

fn partner(n: u64) -> UserId {
    let mut bytes = [2; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    UserId::from_bytes(bytes)
}

/// The record that begins [`conversation`] `n`.
pub fn creation(n: u64) -> Record {
    let conversation = conversation(n);
    let change = CommandId::new(conversation, ANN, b"create");
    let members = vec![partner(n)];
    record(
        conversation,
        Command::Create {
            change,
            kind: Kind::Direct,
            name: None,
            members,
            open_history: false,
        },
    )
}

/// Ann's message number `m` to conversation `n`: 100 characters.
pub fn message(n: u64, m: u64) -> Record {
    let conversation = conversation(n);
    let client_message_id = format!("{n}-{m}");
    let message = MessageId::new(conversation, ANN, &client_message_id);
    let content = Content {
        text: Some("x".repeat(100)),
        ..Content::default()
    };
    record(
        conversation,
        Command::Send {
            message,
            client_message_id,
            content,
        },
    )
}

fn record(conversation: ConversationId, command: Command) -> Record {
    let at = Timestamp::from_millis(1_700_000_000_000);
    Record {
        conversation,
        actor: ANN,
        at,
        reply_to: None,
        command,
    }
}

/// The record's bytes in the log.
pub fn payload(record: &Record) -> Bytes {
    record.encode().expect("a record").into()
}

/// Records as they stand in the log, from `first` on.
pub fn logged(first: u64, records: impl IntoIterator<Item = Record>) -> Vec<LogRecord> {
    let numbered = (first..).zip(records);
    numbered
        .map(|(n, record)| LogRecord {
            offset: Offset::new(0, n),
            payload: payload(&record),
            trace: None,
        })
        .collect()
}
