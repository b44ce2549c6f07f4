//! What cannot be: one clear line, exit code 2, and nothing left behind.

use std::{fs, net::TcpListener, path::Path};

use anyhow::{Context, Result, ensure};
use talkline_e2e::{ANY_PORT, Launch, Program};
use tempfile::TempDir;

const EXIT_CODE: i32 = 2;

/// Starts what must not start, and answers the one line that says why.
async fn refused(launch: &Launch) -> Result<String> {
    let mut process = launch.start()?;
    let code = process.ended().await?.code();
    let (said, complaint) = (process.stdout()?, process.stderr()?);
    ensure!(code == Some(EXIT_CODE), "exit code {code:?}: {complaint}");
    ensure!(said.is_empty(), "it says that it is up: {said}");
    let lines: Vec<_> = complaint.lines().collect();
    ensure!(lines.len() == 1, "not one line: {complaint}");
    let line = lines[0].strip_prefix("talkline: ");
    Ok(line.with_context(|| format!("who says that? {complaint}"))?.to_owned())
}

/// A launch of the example whose data folder does not exist yet.
fn launch(root: &TempDir) -> Launch {
    Launch::example("chatcluster", &root.path().join("data"))
}

fn nothing_is_in(folder: &Path) -> Result<()> {
    let left = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let left = left.collect::<Result<Vec<_>>>()?;
    ensure!(left.is_empty(), "left behind: {left:?}");
    Ok(())
}

#[tokio::test]
async fn a_port_in_use() -> Result<()> {
    let listener = TcpListener::bind(ANY_PORT)?;
    let address = listener.local_addr()?;
    let root = tempfile::tempdir()?;
    let free = launch(&root);
    let (listen, admin) = (free.clone(), free.clone());
    let table = [
        (
            "--listen",
            Launch {
                listen: address,
                ..listen
            },
        ),
        (
            "--admin",
            Launch {
                admin: address,
                ..admin
            },
        ),
    ];
    for (flag, launch) in table {
        let expected = format!("{address} is in use by another program: choose another with {flag}");
        assert_eq!(refused(&launch).await?, expected);
    }
    nothing_is_in(root.path())
}

#[tokio::test]
async fn a_mistake_in_the_yaml() -> Result<()> {
    let (root, files) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let mut launch = launch(&root);
    let good = fs::read_to_string(&launch.cluster)?;
    launch.cluster = files.path().join("cluster.yaml");
    let number = |text: &str| good.lines().position(|line| line.contains(text)).map(|index| index + 1);

    let field = number("messagesPerMinute: 120").context("the example has another limit")?;
    let table = [
        ("messagesPerMinute: 120", "messagesPerMinut: 120", "messagesPerMinute?"),
        ("messagesPerMinute: 120", "messagesPerMinute: many", "messagesPerMinute"),
        ("messagesPerMinute: 120", "messagesPerMinute: -1", "messagesPerMinute"),
        ("messagesPerMinute: 120", "messagesPerMinute: [", ""),
    ];
    for (from, to, named) in table {
        fs::write(&launch.cluster, good.replace(from, to))?;
        let line = refused(&launch).await?;
        let place = line.strip_prefix(&format!("{}: line ", launch.cluster.display()));
        let place = place.with_context(|| format!("no line in: {line}"))?;
        // A syntax error shows where the text stops making sense, which can be further down.
        let found: usize = place.split(',').next().unwrap_or_default().parse()?;
        assert!(found == field || named.is_empty() && found > field, "{to}: {line}");
        assert!(line.contains(named), "{to}: {line}");
    }
    nothing_is_in(root.path())
}

#[tokio::test]
async fn a_yaml_that_is_not_there() -> Result<()> {
    let root = tempfile::tempdir()?;
    let mut launch = launch(&root);
    launch.cluster = root.path().join("nowhere.yaml");
    let line = refused(&launch).await?;
    let expected = format!("{} cannot be read: No such file or directory", launch.cluster.display());
    assert!(line.starts_with(&expected), "{line}");
    nothing_is_in(root.path())
}

#[tokio::test]
async fn a_folder_that_cannot_be_written() -> Result<()> {
    // A file in the way stops every user, also one who may write everywhere.
    let root = tempfile::tempdir()?;
    let file = root.path().join("file");
    fs::write(&file, "not ours")?;
    for data in [file.clone(), file.join("data")] {
        let line = refused(&Launch::example("chatcluster", &data)).await?;
        let expected = format!("the data folder {} cannot be written: ", data.display());
        assert!(line.starts_with(&expected), "{line}");
        assert!(line.ends_with("choose another with --data"), "{line}");
    }
    assert_eq!(fs::read_to_string(file)?, "not ours");
    Ok(())
}

#[tokio::test]
async fn a_folder_in_use() -> Result<()> {
    let root = tempfile::tempdir()?;
    let launch = launch(&root);
    let first = Program::start(&launch).await?;
    let line = refused(&launch).await?;
    let data = fs::canonicalize(&launch.data)?;
    assert_eq!(
        line,
        format!("the data folder {} is in use by another process", data.display())
    );

    // Who was there first goes on.
    first.api()?.register("ann").await?;
    assert!(first.stop().await?.success());
    Ok(())
}
