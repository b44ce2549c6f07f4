//! `make up-kube`, as a test runs it: the same script on programs that are built already, without limits.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use talkline_e2e::{ANY_PORT, Api, Process, again_and_again, eventually, in_time_of, program, tool};
use talkline_testbed::Mode;
use tempfile::TempDir;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use super::ROOT;

/// Kubernetes' programs may have to be built, and the machine is busy.
const START: Duration = Duration::from_secs(1_800);
const STOP: Duration = Duration::from_secs(120);
/// How long an answer may take, from this machine to itself.
const TRY: Duration = Duration::from_secs(1);
/// How long a scaler may take, for kubectl: it asks every 15 s, and takes one pod a period.
const SCALED: &str = "--timeout=240s";

/// Sockets a second that a gateway which goes asks to move.
pub(crate) const PACE: u64 = 4;
/// The gateways of these tests: few sockets each, so that handing them over at that pace takes no longer than their pods must wait anyway.
const GATEWAY: [(&str, &str); 2] = [
    (
        "targetPerReplica: 500, maxPerReplica: 1000",
        "targetPerReplica: 20, maxPerReplica: 44",
    ),
    ("acceptSeconds: 1,", "acceptSeconds: 1, socketsPerMinute: 240,"),
];

/// A machine can be one node only.
static TURN: Mutex<()> = Mutex::const_new(());

pub(crate) struct Platform {
    script: Process,
    folder: TempDir,
    kubectl: PathBuf,
    address: SocketAddr,
    _turn: MutexGuard<'static, ()>,
}

impl Platform {
    /// Starts it, when no other test's runs; none where this machine lacks what it takes, after saying that `tests` did not run.
    pub(crate) async fn up(tests: &str) -> Result<Option<Self>> {
        let turn = TURN.lock().await;
        let Some(programs) = talkline_testbed::install(Mode::Node, tests)? else {
            return Ok(None);
        };
        if !tool::servers(tests)? || tool::find("helm", tests)?.is_none() {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(path("deploy/up-kube.sh"));
        command.arg(program("talkline")?).arg(program("talkline-operator")?);
        command
            .env("DIR", folder.path())
            .env("CLUSTER", unlimited(folder.path())?);
        let mut platform = Self {
            script: Process::start_in(command, &folder.path().join("script"))?,
            folder,
            kubectl: programs.join("kubectl"),
            address: ANY_PORT,
            _turn: turn,
        };
        platform.address = in_time_of(START, "the platform is up", platform.announced()).await?;
        Ok(Some(platform))
    }

    /// The address that the script prints.
    async fn announced(&mut self) -> Result<SocketAddr> {
        again_and_again(async || {
            let said = self.script.stdout()?;
            let mut lines = said.lines();
            match lines.find_map(|line| line.strip_prefix("Talkline is up:  http://")) {
                Some(host) => Ok(Some(format!("{host}:80").parse()?)),
                None if self.script.has_ended()? => bail!("{said}{}", self.script.stderr()?),
                None => Ok(None),
            }
        })
        .await
    }

    /// The gateways' Service.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs kubectl in the chat's namespace, and returns what it printed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let kubernetes = self.kubernetes();
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(kubernetes.join("kubeconfig"));
        command.arg("--cache-dir").arg(kubernetes.join("kubectl"));
        let output = command.args(["--namespace", "talkline"]).args(arguments).output()?;
        ensure!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        Ok(text(&output.stdout))
    }

    /// The name of one of a component's pods.
    pub(crate) fn pod(&self, component: &str) -> Result<String> {
        let selector = format!("--selector=app.kubernetes.io/component={component}");
        let pods = self.kubectl(&["get", "pods", &selector, "--output=jsonpath={.items[*].metadata.name}"])?;
        pods.split(' ').next().map(str::to_owned).context("no pod")
    }

    /// Waits until the chat is as its ChatCluster wants it.
    pub(crate) fn settled(&self) -> Result<()> {
        for deployment in ["deployment/chat-gateway", "deployment/chat-worker"] {
            self.kubectl(&["rollout", "status", "--timeout=180s", deployment])?;
        }
        self.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "chatcluster/chat"])
            .map(drop)
    }

    /// Merges into the ChatCluster's spec.
    pub(crate) fn patch(&self, spec: &Value) -> Result<()> {
        let patch = json!({ "spec": spec }).to_string();
        self.kubectl(&["patch", "chatcluster/chat", "--type=merge", "--patch", &patch])
            .map(drop)
    }

    /// Waits until a role has so many pods that are ready and stay.
    pub(crate) fn scaled(&self, role: &str, count: u32) -> Result<()> {
        let deployment = format!("deployment/chat-{role}");
        for field in ["spec.replicas", "status.replicas", "status.readyReplicas"] {
            let so = format!("--for=jsonpath={{.{field}}}={count}");
            self.kubectl(&["wait", &so, SCALED, &deployment])?;
        }
        Ok(())
    }

    /// The gateways' Service for clients that come from many addresses: an address keeps its gateway, and here all come from one.
    pub(crate) async fn spread(&self) -> Result<SocketAddr> {
        let name = "service/chat-gateway-spread";
        if self.kubectl(&["get", name]).is_err() {
            let selector = "--selector=app.kubernetes.io/instance=chat,app.kubernetes.io/component=gateway";
            self.kubectl(&[
                "expose",
                "deployment/chat-gateway",
                "--name=chat-gateway-spread",
                "--port=80",
                "--target-port=http",
                // Not the Deployment's, which say that the operator manages it.
                "--labels=for=load",
                selector,
            ])?;
        }
        let address = self.kubectl(&["get", name, "--output=jsonpath={.spec.clusterIP}"])?;
        let address: SocketAddr = format!("{address}:80").parse()?;
        // The node's way there is laid a moment later.
        eventually("the Service is reached", async || {
            let answer = timeout(TRY, Api::new(address)?.get("/openapi.json", None)).await;
            Ok(matches!(answer, Ok(Ok(answer)) if answer.status == 200).then_some(address))
        })
        .await
    }

    /// Runs one of the scripts that add something to the Kubernetes, and returns what it printed.
    pub(crate) fn add(&self, script: &str) -> Result<String> {
        let mut command = Command::new(path("e2e/kube").join(script));
        let output = command.arg(self.kubernetes()).output()?;
        ensure!(output.status.success(), "{script}: {}", text(&output.stderr));
        Ok(text(&output.stdout))
    }

    /// `kill -9` for a process beside the node: its path below the platform's folder, as `servers/kafka-1`.
    pub(crate) fn kill(&self, process: &str) -> Result<()> {
        let file = self.folder.path().join(process).with_extension("pid");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let pid = text.split_whitespace().next().context("an empty pid file")?;
        let told = Command::new("kill").args(["-9", pid]).status()?;
        ensure!(told.success(), "kill -9 {process}: {told}");
        Ok(())
    }

    /// What Kubernetes keeps.
    pub(crate) fn kubernetes(&self) -> PathBuf {
        self.folder.path().join("kubernetes")
    }

    /// Tells the script to stop; it takes everything down.
    pub(crate) async fn down(&mut self) -> Result<()> {
        self.script.terminate()?;
        let ended = in_time_of(STOP, "the platform stops", async { self.script.ended().await }).await?;
        ensure!(ended.success(), "{ended}: {}", self.script.stderr()?);
        Ok(())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // What a test that failed has left. Where the script was told to stop, there is nothing.
        for (script, folder) in [("e2e/kube/down.sh", "kubernetes"), ("e2e/servers/down.sh", "servers")] {
            drop(Command::new(path(script)).arg(self.folder.path().join(folder)).status());
        }
    }
}

/// The chat of `make up-kube` with every limit off, as a load needs it, and small gateways.
fn unlimited(folder: &Path) -> Result<PathBuf> {
    let mut chat = fs::read_to_string(path("deploy/up-kube.yaml"))?;
    for (before, after) in GATEWAY {
        ensure!(chat.contains(before), "no `{before}`");
        chat = chat.replace(before, after);
    }
    let (chat, _) = chat.split_once("\n  limits:\n").context("no limits")?;
    let example = fs::read_to_string(path("examples/loadtest.yaml"))?;
    let limits = example.split_once("\n  limits:\n").context("no limits")?.1;
    let limits: Vec<&str> = limits.lines().take_while(|line| line.starts_with("    ")).collect();
    let file = folder.join("chat.yaml");
    fs::write(&file, format!("{chat}\n  limits:\n{}\n", limits.join("\n")))?;
    Ok(file)
}

fn path(of: &str) -> PathBuf {
    Path::new(ROOT).join(of)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
