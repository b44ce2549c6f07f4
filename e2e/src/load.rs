//! A run of the load harness as a process of its own: it keeps people talking, and says in the end what was lost.

use std::{collections::BTreeMap, fmt::Display, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    binary, ports,
    process::Process,
    waiting::{eventually, in_time_of},
};

/// How long everything may take to arrive after the last send: the slowest recovery there is, many times over.
const SETTLE: Duration = Duration::from_secs(90);
/// And what comes before and after, on a loaded machine: accounts, conversations, histories.
const AROUND: Duration = Duration::from_secs(120);

/// What is asked of a run.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// People, in conversations of two.
    pub users: usize,
    /// Messages a second, all together.
    pub rate: u32,
    /// How long they send.
    pub duration: Duration,
}

/// A run that goes on; killed when it is dropped.
pub struct Run {
    process: Process,
    metrics: SocketAddr,
    folder: TempDir,
    deadline: Duration,
}

/// What a run has found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Acknowledged messages that nobody has.
    pub lost: u64,
    /// What somebody got twice, or is stored twice.
    pub duplicated: u64,
    /// What came after something later.
    pub reordered: u64,
    /// Everything else that breaks a guarantee, a line each.
    pub broken: Vec<String>,
    /// The longest from when a message was meant to be sent to its acknowledgement.
    pub accepted: Duration,
    /// The longest from when a message was meant to be sent until another member had it, live or by asking.
    pub delivered: Duration,
    /// How many connections a gateway asked to move elsewhere, second by second.
    pub asked_to_move: Vec<u64>,
    /// How many connections were opened again, second by second, from the second second on: in the first one, it may be the first time.
    pub reconnects: Vec<u64>,
    /// Why connections failed or were lost, and how often.
    pub troubles: BTreeMap<String, u64>,
    /// The harness's own words.
    pub report: String,
}

impl Load {
    /// Starts it against these gateways, each a host and a port.
    ///
    /// # Errors
    /// When the harness is not built, or cannot be started.
    pub fn start(&self, gateways: &[impl Display]) -> Result<Run> {
        let folder = tempfile::tempdir()?;
        let mut command = binary::loadtest()?;
        command.args(["run", "chat", "--rooms-of", "2", "--ramp", "0.5", "--warmup", "0"]);
        for gateway in gateways {
            command.args(["--target", &format!("http://{gateway}")]);
        }
        let numbers = [
            ("--users", self.users.to_string()),
            ("--rate", self.rate.to_string()),
            ("--duration", self.duration.as_secs_f64().to_string()),
            ("--settle", SETTLE.as_secs().to_string()),
        ];
        command.args(numbers.iter().flat_map(|(flag, number)| [*flag, number.as_str()]));
        command.arg("--report").arg(folder.path().join("report.json"));
        let metrics = ports::free()?;
        command.args(["--metrics", &metrics.to_string()]);
        let deadline = AROUND + SETTLE + self.duration;
        let process = Process::start_in(command, folder.path())?;
        Ok(Run {
            process,
            metrics,
            folder,
            deadline,
        })
    }
}

impl Run {
    /// Where it shows its metrics.
    #[must_use]
    pub fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// Returns once messages are acknowledged.
    ///
    /// # Errors
    /// When that does not come, or the run ends before.
    pub async fn under_way(&mut self) -> Result<()> {
        eventually("people talk", async || {
            let told = self.process.stderr()?;
            ensure!(!self.process.has_ended()?, "the harness has ended: {told}");
            Ok(told.lines().any(is_under_way).then_some(()))
        })
        .await
    }

    /// Waits for the end of it.
    ///
    /// # Errors
    /// When the harness has nothing to report.
    pub async fn end(mut self) -> Result<Verdict> {
        let ended = in_time_of(self.deadline, "the load ends", self.process.wait()).await?;
        let (report, complaint) = (self.process.stdout()?, self.process.stderr()?);
        if !matches!(ended.code(), Some(0 | 1)) {
            bail!("the harness failed, {ended}: {complaint}");
        }
        let file: PathBuf = self.folder.path().join("report.json");
        let json = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        Verdict::read(&json, report).with_context(|| format!("{json:#}"))
    }
}

/// As in `sending: 200 sent/s, 200 acked/s, …`.
fn is_under_way(line: &str) -> bool {
    let acked = line.strip_prefix("sending: ").and_then(|rest| rest.split(", ").nth(1));
    acked.is_some_and(|acked| !acked.starts_with("0 "))
}

impl Verdict {
    fn read(json: &Value, report: String) -> Result<Self> {
        let number = |value: &Value| value.as_u64().context("a number is missing");
        let longest = |kind: &str| {
            let longest = json["latency"][kind]["maxMs"].as_f64();
            longest
                .map(|millis| Duration::from_secs_f64(millis / 1_000.0))
                .context("no latency")
        };
        let by_second = |count: &str| {
            let points = json["timeline"]["points"].as_array().context("no timeline")?;
            points
                .iter()
                .map(|point| number(&point["counts"][count]))
                .collect::<Result<Vec<_>>>()
        };
        let findings = &json["findings"];
        let counts = &json["counts"];
        let mut broken: Vec<String> = json["broken"]
            .as_array()
            .context("no verdict")?
            .iter()
            .map(|line| line.as_str().unwrap_or_default().to_owned())
            .collect();
        // The harness does not judge these: a server may refuse. One with a fault must not, it can say "later".
        for name in ["refused", "rejected", "shed"] {
            if number(&counts[name])? > 0 {
                broken.push(format!("{} {name}", counts[name]));
            }
        }
        if json["settledMs"].is_null() {
            broken.push("not everything had arrived in the end".to_owned());
        }
        Ok(Self {
            acknowledged: number(&counts["acked"])?,
            lost: number(&findings["lost"])?,
            duplicated: number(&findings["duplicated"])?,
            reordered: number(&findings["reordered"])?,
            broken,
            accepted: longest("ack")?,
            delivered: longest("delivery")?,
            asked_to_move: by_second("askedToMove")?,
            reconnects: by_second("connects")?.into_iter().skip(1).collect(),
            troubles: serde_json::from_value(json["troubles"].clone())?,
            report,
        })
    }

    /// The verdict, if every guarantee held.
    ///
    /// # Errors
    /// When one did not.
    pub fn clean(self) -> Result<Self> {
        ensure!(self.broken.is_empty(), "{}\n{}", self.broken.join("\n"), self.report);
        ensure!(self.acknowledged > 0, "nothing was acknowledged");
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_under_way_once_something_is_acknowledged() {
        assert!(is_under_way("sending: 200 sent/s, 12 acked/s, 0 received/s; p99"));
        assert!(!is_under_way("sending: 200 sent/s, 0 acked/s, 0 received/s; p99"));
        assert!(!is_under_way(
            "preparing: 1 accounts, 2 conversations, 0 sockets of 9 users"
        ));
    }
}
