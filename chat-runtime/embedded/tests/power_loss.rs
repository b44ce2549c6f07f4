//! What was acknowledged survives the loss of power.
//!
//! A child process writes and says what was acknowledged. It runs under a library (`e2e/powerloss/drop_unsynced.c`)
//! that at a random write undoes all or some of what has not been synced, and kills it. Then everything said must be in
//! the folder. The control runs with syncs that do nothing: there, the same check must find a loss.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::{
    collections::HashSet,
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use bytes::Bytes;
use rand::RngExt;
use talkline_core::{
    conversation::Docs,
    id::{ConversationId, MessageId, UserId},
    message::{Content, Message, Projection},
    offset::Offset,
    port::Range,
    time::Timestamp,
};
use talkline_embedded::{Embedded, Options};

/// Set in the child: the folder to write to.
const WRITE_TO: &str = "TALKLINE_POWER_LOSS_DIR";

/// How often the power is cut. The folder is the same all along, so later cuts meet what earlier ones left.
const CUTS: u64 = 12;

const APPENDERS: u8 = 16;
const ROOM: ConversationId = ConversationId::from_bytes([5; 16]);
const ANN: UserId = UserId::from_bytes([1; 16]);

/// What the child says: one thing that was acknowledged.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Said {
    Appended(u64, String),
    Stored(u64),
    Marked(u64),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    if let Some(dir) = env::var_os(WRITE_TO) {
        return write(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let data = dir.path().canonicalize().unwrap().join("data");
    std::fs::create_dir(&data).unwrap();
    let (mut said, mut lost_sectors) = (HashSet::new(), 0);
    for cut in 0..CUTS {
        // Every third time nothing unsynced survives; else a random part of it does.
        let seed = if cut % 3 == 0 { 0 } else { rand::rng().random() };
        let at = rand::rng().random_range(1..=10_000);
        let output = run(&library, &data, at, seed, false);
        lost_sectors += lost(&output);
        said.extend(heard(&output));
        let missing = missing(&data, &said).await;
        assert!(missing.is_empty(), "lost at write {at} with seed {seed}: {missing:?}");
    }
    assert!(lost_sectors > 0, "no cut lost anything: nothing was tested");
    assert!(
        said.len() > 1000,
        "only {} acknowledgements: hardly anything was tested",
        said.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_is_noticed_where_syncs_do_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let data = dir.path().canonicalize().unwrap().join("data");
    std::fs::create_dir(&data).unwrap();
    let output = run(&library, &data, 5_000, 0, true);
    let said = heard(&output);
    assert!(!said.is_empty());
    assert!(
        !missing(&data, &said).await.is_empty(),
        "the check finds everything on a disk that kept nothing"
    );
}

/// Builds the library.
fn library(dir: &Path) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/powerloss/drop_unsynced.c");
    let library = dir.join("drop_unsynced.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", source, "-ldl", "-o"])
        .arg(&library)
        .status()
        .unwrap();
    assert!(compiled.success());
    library
}

/// Runs the child until its power is cut.
fn run(library: &Path, data: &Path, at: u64, seed: u64, lie: bool) -> Output {
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args([
            "--exact",
            "nothing_acknowledged_is_lost",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(WRITE_TO, data)
        .env("LD_PRELOAD", library)
        .env("DROP_UNSYNCED_DIR", data)
        .env("DROP_UNSYNCED_AT", at.to_string())
        .env("DROP_UNSYNCED_SEED", seed.to_string());
    if lie {
        child.env("DROP_UNSYNCED_LIE", "1");
    }
    let output = child.output().unwrap();
    let killed = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(
        killed,
        Some(9),
        "the child was not cut: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn lost(output: &Output) -> u64 {
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = errors.lines().find_map(|line| line.strip_prefix("power cut: "));
    line.unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn heard(output: &Output) -> HashSet<Said> {
    let text = String::from_utf8_lossy(&output.stdout);
    let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
    whole.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Said> {
    let mut words = line.split(' ');
    let said = (words.next()?, words.next()?.parse().ok()?, words.next());
    match said {
        ("appended", offset, Some(payload)) => Some(Said::Appended(offset, payload.to_owned())),
        ("stored", seq, None) => Some(Said::Stored(seq)),
        ("marked", offset, None) => Some(Said::Marked(offset)),
        _ => None,
    }
}

/// What of `said` is not in the folder. Opening it checks that the file is whole.
async fn missing(data: &Path, said: &HashSet<Said>) -> Vec<Said> {
    let embedded = Embedded::open(data, Options::default()).await.unwrap();
    let found = found(&embedded).await;
    embedded.close().await;
    let check = rusqlite::Connection::open(data.join("talkline.db")).unwrap();
    let whole: String = check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let marked = found.iter().filter_map(|said| {
        if let Said::Marked(mark) = said {
            Some(*mark)
        } else {
            None
        }
    });
    let mark = marked.max().unwrap_or(0);
    let there = |said: &&Said| found.contains(said) || matches!(said, Said::Marked(at) if *at <= mark);
    said.iter().filter(|said| !there(said)).cloned().collect()
}

async fn found(embedded: &Embedded) -> HashSet<Said> {
    let (log, store) = (embedded.log(), embedded.store());
    let mut found = HashSet::new();
    let (_, end) = log.append(ROOM, Bytes::from_static(b"end"), None).await.unwrap();
    let mut reader = log.join().await.unwrap().next().await.unwrap();
    reader.seek(Offset::ZERO).await.unwrap();
    let mut reached = Offset::ZERO;
    while reached < end {
        for record in reader.next_batch(1000).await.unwrap().unwrap() {
            let name = record.payload.split(|byte| *byte == b' ').next().unwrap();
            found.insert(Said::Appended(
                record.offset.get(),
                String::from_utf8(name.to_vec()).unwrap(),
            ));
            reached = record.offset;
        }
    }
    let page = store.page(ROOM, Range::After { after: 0 }, 1_000_000).await.unwrap();
    found.extend(page.messages.iter().map(|message| Said::Stored(message.seq)));
    found.insert(Said::Marked(store.mark(0).await.unwrap().position.get()));
    found
}

/// The child: writes until its power is cut, and says what was acknowledged.
async fn write(data: &Path) {
    let embedded = Embedded::open(data, Options::default()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..APPENDERS {
        let log = embedded.log();
        tasks.spawn(async move {
            for n in 0u64.. {
                let name = format!("{task}/{n}");
                // Long enough to fill pages, so that checkpoints happen too.
                let payload = format!("{name} {}", "x".repeat(8_000));
                let (_, offset) = log.append(ROOM, payload.into(), None).await.unwrap();
                println!("appended {} {name}", offset.get());
            }
        });
    }
    let store = embedded.store();
    tasks.spawn(async move {
        let mut seq = store.heads(&[ROOM]).await.unwrap()[0].seq;
        loop {
            seq += 1;
            let docs = Docs {
                messages: vec![message(seq)],
                ..Docs::default()
            };
            assert_eq!(store.write(&docs).await.unwrap(), []);
            println!("stored {seq}");
            store.advance(0, Offset::new(0, seq + 1).into()).await.unwrap();
            println!("marked {}", seq + 1);
        }
    });
    let ended = tokio::time::timeout(Duration::from_secs(120), tasks.join_next()).await;
    panic!("the power was not cut: {ended:?}");
}

fn message(seq: u64) -> Message {
    let client_message_id = seq.to_string();
    Message {
        id: MessageId::new(ROOM, ANN, &client_message_id),
        seq,
        offset: Offset::new(0, seq),
        sender: ANN,
        client_message_id,
        created_at: Timestamp::from_millis(seq as i64),
        content: Content {
            text: Some("y".repeat(500)),
            ..Content::default()
        },
        changes: Projection::default(),
    }
}
