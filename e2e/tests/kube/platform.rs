//! `make up-kube`, as a test runs it: the same script on programs that are built already, without limits.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use talkline_e2e::{ANY_PORT, Process, again_and_again, in_time_of, program, tool};
use talkline_testbed::Mode;
use tempfile::TempDir;

use super::ROOT;

/// Kubernetes' programs may have to be built, and the machine is busy.
const START: Duration = Duration::from_secs(1_800);
const STOP: Duration = Duration::from_secs(120);

pub(crate) struct Platform {
    script: Process,
    folder: TempDir,
    kubectl: PathBuf,
    address: SocketAddr,
}

impl Platform {
    /// Starts it; none where this machine lacks what it takes, after saying that `tests` did not run.
    pub(crate) async fn up(tests: &str) -> Result<Option<Self>> {
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

    /// The folder of the node's Kubernetes.
    pub(crate) fn kubernetes(&self) -> PathBuf {
        self.folder.path().join("kubernetes")
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

/// The chat of `make up-kube` with every limit off, as a load needs it.
fn unlimited(folder: &Path) -> Result<PathBuf> {
    let chat = fs::read_to_string(path("deploy/up-kube.yaml"))?;
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
