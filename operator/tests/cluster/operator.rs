//! The operator as a process, under its ServiceAccount's rights, on a Kubernetes of one test.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::{Helm, Kubernetes, Request};

/// The ServiceAccount, and the Lease, of the chart's release `talkline`.
pub(crate) const ACCOUNT: &str = "talkline-operator";

/// What of the chart is about rights. The Lease is among it, since nobody has the right to make one.
const RIGHTS: [&str; 6] = [
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Lease",
];

/// How long anything may take that a test waits for, on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// A running operator; killed when it is dropped.
pub(crate) struct Operator {
    process: Child,
    admin: SocketAddr,
    log: PathBuf,
}

impl Operator {
    /// Makes the definitions known. Once for a Kubernetes.
    pub(crate) fn install(kubernetes: &Kubernetes) -> Result<()> {
        let definitions = [
            include_str!("../../../crds/chatcluster.yaml"),
            include_str!("../../../crds/chatloadtest.yaml"),
        ];
        kubernetes.kubectl(&["apply", "--server-side", "-f", "-"], &definitions.join("---\n"))?;
        for kind in ["chatclusters", "chatloadtests"] {
            let crd = format!("customresourcedefinition/{kind}.talkline.dev");
            kubernetes.eventually(&["wait", "--for=condition=Established", "--timeout=5s", &crd])?;
        }
        kubernetes
            .kubectl(&["create", "namespace", "talkline-system"], "")
            .map(drop)
    }

    /// Gives an operator the rights that its chart gives it, and no more.
    pub(crate) fn entitle(kubernetes: &Kubernetes, helm: &Helm, release: &str, values: &[&str]) -> Result<()> {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": rights(helm, release, values)? });
        kubernetes.kubectl(&["apply", "-f", "-"], &list.to_string()).map(drop)
    }

    /// Starts one that looks after everything, and waits until it could lead.
    pub(crate) fn start(kubernetes: &Kubernetes, identity: &str) -> Result<Self> {
        Self::start_as(kubernetes, identity, ACCOUNT, &[])
    }

    /// Starts one under the token of a ServiceAccount, and waits until it could lead.
    pub(crate) fn start_as(kubernetes: &Kubernetes, identity: &str, account: &str, arguments: &[&str]) -> Result<Self> {
        let kubeconfig = kubeconfig(kubernetes, account)?;
        Self::start_with(kubernetes, &kubeconfig, identity, account, arguments)
    }

    /// Starts one that finds the API server at another address, and waits until it could lead.
    pub(crate) fn start_through(kubernetes: &Kubernetes, identity: &str, address: SocketAddr) -> Result<Self> {
        let path = kubernetes.folder().join(format!("{identity}.kubeconfig"));
        fs::copy(kubeconfig(kubernetes, ACCOUNT)?, &path)?;
        config(
            kubernetes,
            &path,
            &["set-cluster", "test", &format!("--server=https://{address}")],
        )?;
        Self::start_with(kubernetes, &path, identity, ACCOUNT, &[])
    }

    fn start_with(
        kubernetes: &Kubernetes,
        kubeconfig: &Path,
        identity: &str,
        account: &str,
        arguments: &[&str],
    ) -> Result<Self> {
        // The port is free now, and nobody else is given it within the moment.
        let admin = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = kubernetes.folder().join(format!("operator-{identity}.log"));
        let process = Command::new(program())
            .args([
                "run",
                "--lease-namespace=talkline-system",
                "--lease-name",
                account,
                "--identity",
                identity,
            ])
            .arg(format!("--listen={admin}"))
            .args(arguments)
            .env("KUBECONFIG", kubeconfig)
            .env("RUST_LOG", "info,talkline_operator=debug")
            .stderr(File::options().create(true).append(true).open(&log)?)
            .stdout(Stdio::null())
            .spawn()?;
        let mut operator = Self { process, admin, log };
        let ready = |operator: &mut Self| {
            let page = operator.ask("/readyz");
            Ok(page.is_ok_and(|page| page.starts_with("HTTP/1.1 200")))
        };
        operator.until("it is ready", ready)?;
        Ok(operator)
    }

    /// Waits until `so`, unless the operator ends meanwhile.
    pub(crate) fn until(&mut self, what: &str, so: impl FnMut(&mut Self) -> Result<bool>) -> Result<()> {
        // Each try is a process or a request; this only keeps the quick ones from taking a whole core.
        self.until_in(DEADLINE, Duration::from_millis(50), what, so)
    }

    /// The same within another time, with a pause after each try.
    pub(crate) fn until_in(
        &mut self,
        time: Duration,
        pause: Duration,
        what: &str,
        mut so: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let deadline = Instant::now() + time;
        while !so(self).with_context(|| what.to_owned())? {
            let ended = self.process.try_wait()?;
            ensure!(ended.is_none(), "the operator ended: {ended:?}: {}", self.log());
            ensure!(Instant::now() < deadline, "in {time:?} not: {what}: {}", self.log());
            std::thread::park_timeout(pause);
        }
        Ok(())
    }

    /// Where it shows health and metrics.
    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Whether it leads.
    pub(crate) fn leads(&self) -> Result<bool> {
        Ok(self.metric("talkline_operator_leads")? == 1.0)
    }

    /// The sum of all series whose line begins so.
    pub(crate) fn metric(&self, prefix: &str) -> Result<f64> {
        let page = self.ask("/metrics")?;
        let lines = page.lines().filter(|line| line.starts_with(prefix));
        let values = lines.filter_map(|line| line.rsplit_once(' ')?.1.trim().parse::<f64>().ok());
        Ok(values.sum())
    }

    /// Memory that it takes, in kB.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// CPU that it has taken.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // Behind the name, which may hold anything: user's and kernel's share, in ticks of a hundredth of a second.
        let fields = stat.rsplit_once(") ").context("no fields")?.1;
        let mut fields = fields.split(' ').skip(11).map(str::parse);
        let (user, kernel): (u64, u64) = (fields.next().context("no utime")??, fields.next().context("no stime")??);
        Ok(Duration::from_millis((user + kernel) * 10))
    }

    /// Kills it without a word.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Kills it, and starts the next one. Whoever was killed cannot give the Lease back; here nobody waits for its end.
    pub(crate) fn succeeded(self, kubernetes: &Kubernetes, identity: &str) -> Result<Self> {
        self.kill()?;
        let lease = format!("lease/{ACCOUNT}");
        let ended = r#"{"spec": {"renewTime": "2001-01-01T00:00:00.000000Z"}}"#;
        let arguments = [
            "--namespace=talkline-system",
            "patch",
            &lease,
            "--type=merge",
            "--patch",
            ended,
        ];
        kubernetes.kubectl(&arguments, "")?;
        Self::start(kubernetes, identity)
    }

    /// Asks it to stop, and waits for its end.
    pub(crate) fn stop(mut self) -> Result<ExitStatus> {
        let pid = self.process.id().to_string();
        ensure!(Command::new("kill").arg(pid).status()?.success());
        Ok(self.process.wait()?)
    }

    /// Waits for it to end by itself, and says with which code.
    pub(crate) fn ended(mut self) -> Result<Option<i32>> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status.code());
            }
            ensure!(Instant::now() < deadline, "it does not end: {}", self.log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// What it said last.
    fn log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    fn ask(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.admin, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        Ok(page)
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // A failure here shows as a process that is left.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The program: the one that was built with this test, or another one, which `TALKLINE_OPERATOR` names.
fn program() -> PathBuf {
    let named = std::env::var_os("TALKLINE_OPERATOR");
    named.map_or_else(|| env!("CARGO_BIN_EXE_talkline-operator").into(), PathBuf::from)
}

/// What the chart gives an operator of rights.
pub(crate) fn rights(helm: &Helm, release: &str, values: &[&str]) -> Result<Vec<Value>> {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/../helm/talkline");
    let mut arguments = vec!["template", release, chart, "--namespace=talkline-system"];
    arguments.extend(values);
    let objects: Vec<Value> = serde_saphyr::from_multiple(&helm.run(&arguments)?)?;
    let is_right = |object: &Value| RIGHTS.iter().any(|kind| object["kind"] == *kind);
    Ok(objects.into_iter().filter(is_right).collect())
}

/// A kubeconfig with a ServiceAccount's token, beside the administrator's.
fn kubeconfig(kubernetes: &Kubernetes, account: &str) -> Result<PathBuf> {
    let path = kubernetes.folder().join(format!("{account}.kubeconfig"));
    if !path.exists() {
        fs::copy(kubernetes.kubeconfig(), &path)?;
        let token = kubernetes.kubectl(
            &[
                "create",
                "token",
                account,
                "--namespace=talkline-system",
                "--duration=8h",
            ],
            "",
        )?;
        config(
            kubernetes,
            &path,
            &["set-credentials", "operator", &format!("--token={}", token.trim())],
        )?;
        config(kubernetes, &path, &["set-context", "--current", "--user=operator"])?;
    }
    Ok(path)
}

fn config(kubernetes: &Kubernetes, path: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = kubernetes.command();
    let changed = command
        .arg("--kubeconfig")
        .arg(path)
        .arg("config")
        .args(arguments)
        .output()?;
    ensure!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    Ok(())
}

/// What an operator asked the API server for, by its ServiceAccount.
pub(crate) fn requests(kubernetes: &Kubernetes, account: &str) -> Result<Vec<Request>> {
    let user = format!("system:serviceaccount:talkline-system:{account}");
    let requests = kubernetes.requests()?;
    Ok(requests.into_iter().filter(|request| request.user == user).collect())
}

/// What it wrote, Leases excepted: whoever leads must say so again and again.
pub(crate) fn writes(kubernetes: &Kubernetes) -> Result<Vec<Request>> {
    let requests = requests(kubernetes, ACCOUNT)?;
    let written = requests
        .into_iter()
        .filter(|request| request.writes() && request.resource != "leases");
    Ok(written.collect())
}

/// An object as JSON, by kubectl.
pub(crate) fn get(kubernetes: &Kubernetes, object: &str) -> Result<Value> {
    let text = kubernetes.kubectl(&["--namespace=team", "get", object, "--output=json"], "")?;
    Ok(serde_json::from_str(&text)?)
}
