//! People with the official client, as `e2e/clients/crowd.mjs` has them.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use talkline_e2e::{in_time_of, tool};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::CLIENTS;

/// Pairs of them, half of which poll.
const PAIRS: usize = 6;
/// And all of them.
pub(super) const PEOPLE: usize = 2 * PAIRS;
/// How long one task may take. The slowest ones have deadlines of their own.
const TASK: Duration = Duration::from_secs(180);

pub(super) struct Crowd {
    tasks: ChildStdin,
    done: Lines<BufReader<ChildStdout>>,
    people: Child,
}

impl Crowd {
    /// People with accounts, in conversations.
    pub(super) async fn gather(url: &str) -> Result<Self> {
        let node = tool::find("node", "people at the edge")?.context("no Node.js")?;
        tool::install_packages(Path::new(CLIENTS))?;
        let mut command = Command::new(node);
        command
            .arg(Path::new(CLIENTS).join("crowd.mjs"))
            .arg(url)
            .arg(PAIRS.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut people = command.spawn()?;
        let mut crowd = Self {
            tasks: people.stdin.take().context("no input")?,
            done: BufReader::new(people.stdout.take().context("no output")?).lines(),
            people,
        };
        crowd.says("there").await?;
        Ok(crowd)
    }

    /// Has them do one of the tasks.
    pub(super) async fn does(&mut self, task: &str) -> Result<()> {
        self.tasks.write_all(format!("{task}\n").as_bytes()).await?;
        self.says(task).await
    }

    /// Has them take leave, so that nobody waits for them.
    pub(super) async fn leaves(mut self) -> Result<()> {
        drop(self.tasks);
        let ended = in_time_of(TASK, "they leave", async { Ok(self.people.wait().await?) }).await?;
        ensure!(ended.success(), "they end with {ended}");
        Ok(())
    }

    async fn says(&mut self, what: &str) -> Result<()> {
        let line = in_time_of(TASK, what, async { Ok(self.done.next_line().await?) }).await?;
        ensure!(line.as_deref() == Some(what), "{what}: it ended");
        Ok(())
    }
}
