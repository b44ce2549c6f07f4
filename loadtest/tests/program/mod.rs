//! The harness as a program: started, waited for, and its report read. Each test program uses a part of this.

#![allow(dead_code, reason = "every test program uses another part of it")]

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
};

use crate::contract_server::{ContractServer, Faults};

/// How long a run may take in all, on a busy machine.
const DEADLINE: Duration = Duration::from_secs(90);

/// The program, with nothing said yet.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talkline-loadtest"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A run of `chat` against that server; `args` are split at spaces.
pub(crate) struct Run {
    child: Child,
    folder: TempDir,
}

impl Run {
    pub(crate) fn start(url: &str, args: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program();
        command
            .args(["run", "chat", "--target", url, "--ramp", "0.2", "--warmup", "0.3"])
            .args(args.split_whitespace())
            .arg("--report")
            .arg(folder.path().join("report.json"));
        let child = command.spawn().unwrap();
        Self { child, folder }
    }

    /// Ends it at once, as if its machine were gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Its exit code and report.
    pub(crate) async fn finish(self) -> (i32, Value) {
        let (code, text) = end(self.child).await;
        let report: PathBuf = self.folder.path().join("report.json");
        let json = std::fs::read(report).unwrap_or_else(|error| panic!("no report ({error}):\n{text}"));
        (code, serde_json::from_slice(&json).unwrap())
    }
}

/// An agent that waits for work; killed when it is dropped.
pub(crate) struct Agent {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Agent {
    pub(crate) async fn start() -> Self {
        let mut child = program().args(["agent", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let line = first_line(&mut child).await;
        let address = line.rsplit(' ').next().unwrap().to_owned();
        Self { child, address }
    }
}

/// The first line that a program says on its standard error; what follows is left there.
pub(crate) async fn first_line(child: &mut Child) -> String {
    let said = child.stderr.as_mut().unwrap();
    let mut line = Vec::new();
    let read = async {
        loop {
            match said.read_u8().await {
                Ok(b'\n') | Err(_) => return,
                Ok(byte) => line.push(byte),
            }
        }
    };
    tokio::time::timeout(DEADLINE, read).await.expect("it says something");
    String::from_utf8(line).unwrap()
}

/// Waits for the end: the exit code, and all that was said.
pub(crate) async fn end(child: Child) -> (i32, String) {
    let ended = tokio::time::timeout(DEADLINE, child.wait_with_output());
    let Output { status, stdout, stderr } = ended.await.expect("it ends").unwrap();
    let text = [stderr, stdout].map(|text| String::from_utf8_lossy(&text).into_owned());
    (status.code().unwrap(), text.concat())
}

/// A whole run against a server with these faults.
pub(crate) async fn run(faults: Faults, args: &str) -> (i32, Value) {
    let server = ContractServer::start(faults).await;
    Run::start(&server.url(), args).finish().await
}

/// The findings that are not 0.
pub(crate) fn findings(report: &Value) -> Vec<(&str, u64)> {
    let all = report["findings"].as_object().unwrap().iter();
    all.map(|(name, count)| (name.as_str(), count.as_u64().unwrap()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// A file's text.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
