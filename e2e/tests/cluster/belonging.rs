//! A database belongs to one log: a chat that has another one does not begin on it.

use anyhow::{Context, Result};
use talkline_e2e::{Cluster, Process, Servers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_with_a_log_of_its_own_does_not_take_a_clusters_database() -> Result<()> {
    let Some(servers) = Servers::shared("a database that is a cluster's")? else {
        return Ok(());
    };
    let cluster = Cluster::start(&servers, 0, 1).await?;
    let data = tempfile::tempdir()?;
    let data = data.path().display().to_string();
    let anywhere = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", &data];
    let database = ["--mongo", servers.mongo()?, "--mongo-database", cluster.database()];
    let mut up = Process::start([&["up"], &anywhere[..], &database].concat())?;
    assert_eq!(up.ended().await?.code(), Some(2), "{}", up.stderr()?);
    let complaint = up.stderr()?;
    let line = complaint.lines().last().context("it says nothing")?;
    let expected = format!(
        "talkline: MongoDB cannot be used: mongo.log: Conflict: database {} was filled from another log (kafka ",
        cluster.database()
    );
    assert!(
        line.starts_with(&expected) && line.contains("not sqlite "),
        "{complaint}"
    );
    Ok(())
}
