//! Group commit, bounds and deadlines, seen from outside of the threads that keep them.

use std::{sync::mpsc, time::Duration};

use talkline_core::ErrorKind;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;

const LONG: Duration = Duration::from_secs(30);

async fn database(options: Options) -> (TempDir, Database) {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(dir.path(), &options).await.unwrap();
    (dir, database)
}

/// Occupies the writer until the sender is dropped or used.
async fn occupy(database: &Database) -> (mpsc::SyncSender<()>, JoinHandle<Result<()>>) {
    let (release, released) = mpsc::sync_channel::<()>(1);
    let (begun, begins) = tokio::sync::oneshot::channel();
    let database = database.clone();
    let job = tokio::spawn(async move {
        let wait = move |_: &Connection| {
            let _ = begun.send(());
            let _ = released.recv_timeout(LONG);
            Ok(())
        };
        database.write("test.occupy", wait).await
    });
    begins.await.unwrap();
    (release, job)
}

fn set(name: &'static str) -> impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static {
    move |connection| {
        connection
            .execute("INSERT INTO setting VALUES (?1, 1)", [name])
            .map(drop)
    }
}

async fn settings(database: &Database) -> Vec<String> {
    let query = |connection: &Connection| {
        let mut statement = connection.prepare("SELECT name FROM setting WHERE name != 'partitions' ORDER BY name")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    database.read("test.settings", query).await.unwrap()
}

#[tokio::test]
async fn a_failing_job_leaves_nothing_and_spoils_nobody() {
    let (_dir, database) = database(Options::default()).await;
    let (release, occupied) = occupy(&database).await;
    let fails = |connection: &Connection| {
        set("half")(connection)?;
        connection.execute_batch("this is no statement")
    };
    let (before, failing, after) = tokio::join!(
        biased;
        database.write("test.before", set("before")),
        database.write("test.failing", fails),
        async {
            // The two above wait by now: they become one group.
            drop(release);
            database.write("test.after", set("after")).await
        },
    );
    assert!(occupied.await.unwrap().is_ok());
    assert!(before.is_ok() && after.is_ok());
    assert_eq!(failing.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(settings(&database).await, ["after", "before"]);
}

#[tokio::test]
async fn who_shares_a_lost_transaction_is_told() {
    let (_dir, database) = database(Options::default()).await;
    let (release, occupied) = occupy(&database).await;
    let loses = |connection: &Connection| connection.execute_batch("ROLLBACK");
    let (before, losing, after, ()) = tokio::join!(
        biased;
        database.write("test.before", set("before")),
        database.write("test.losing", loses),
        database.write("test.after", set("after")),
        async { drop(release) },
    );
    assert!(occupied.await.unwrap().is_ok());
    assert!(
        before.is_err() && losing.is_err() && after.is_err(),
        "{before:?}, {losing:?}, {after:?}"
    );
    database.write("test.later", set("later")).await.unwrap();
    assert_eq!(settings(&database).await, ["later"]);
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let (_dir, database) = database(Options {
        write_queue: 1,
        deadline: Duration::from_secs(1),
        ..Options::default()
    })
    .await;
    let (release, occupied) = occupy(&database).await;
    let write = |name| database.write("test.write", set(name));
    let (first, second) = tokio::join!(biased; write("first"), write("second"));
    assert_eq!(
        first.unwrap_err().kind(),
        ErrorKind::Unavailable,
        "queued, and not written in time"
    );
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Overloaded);
    drop(release);
    let _ = occupied.await.unwrap();
    write("third").await.unwrap();
    assert_eq!(
        settings(&database).await,
        ["first", "third"],
        "what was not in time took effect nevertheless"
    );
}

#[tokio::test]
async fn a_query_ends_at_its_deadline_and_its_connection_lives_on() {
    let (_dir, database) = database(Options {
        readers: 1,
        deadline: Duration::from_secs(1),
        ..Options::default()
    })
    .await;
    let endless = |connection: &Connection| {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        connection.query_row(sql, [], |row| row.get::<_, i64>(0))
    };
    let error = database.read("test.endless", endless).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(settings(&database).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_full_disk_fails_the_write_and_not_the_writer() {
    let (_dir, database) = database(Options::default()).await;
    let limit = |pages: u32| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        database.write("test.limit", move |c| c.query_row(&sql, [], |_| Ok(())))
    };
    limit(1).await.unwrap();
    let large = |c: &Connection| c.execute("INSERT INTO log (partition, payload) VALUES (0, zeroblob(1000000))", []);
    assert_eq!(
        database.write("test.large", large).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    limit(u32::MAX / 2).await.unwrap();
    assert_eq!(database.write("test.large", large).await.unwrap(), 1);
}

#[tokio::test]
async fn closing_does_what_was_accepted() {
    let (dir, database) = database(Options::default()).await;
    let (release, _occupied) = occupy(&database).await;
    let (written, ()) = tokio::join!(biased; database.write("test.last", set("last")), async {
        drop(release);
        database.close().await;
    });
    written.unwrap();
    let wal = dir.path().join("talkline.db-wal");
    assert!(!wal.exists(), "the write-ahead log was moved into the file");
}
