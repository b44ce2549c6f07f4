//! A real Kubernetes API for one test: started by the project's scripts, stopped when it goes out of scope.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What install.sh answers when it would have to build and there is no Go.
const NO_GO: i32 = 3;

/// A running API server, and an administrator's kubectl.
pub(crate) struct Kubernetes {
    kubectl: PathBuf,
    data: TempDir,
}

impl Kubernetes {
    /// Starts one; none when this machine lacks Go, after having said so. Where `CI` is set that is a failure.
    pub(crate) fn start(test: &str) -> Option<Self> {
        // Building from source takes minutes the first time, and much longer beside other builds.
        let installed = finished(script("install.sh", 3_600));
        if installed.status.code() == Some(NO_GO) {
            skipped(&format!("SKIPPED: {test}: needs Go"));
            return None;
        }
        succeeded("install.sh", &installed);
        let kubernetes = Self {
            kubectl: Path::new(text(&installed.stdout).trim()).join("kubectl"),
            data: TempDir::new().unwrap(),
        };
        succeeded("up.sh", &finished(script("up.sh", 180).arg(kubernetes.data.path())));
        Some(kubernetes)
    }

    /// Runs kubectl with `input`, and returns what it printed, or what it complained about.
    pub(crate) fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = bounded(60, &self.kubectl);
        command.env("KUBECONFIG", self.data.path().join("kubeconfig"));
        command.arg("--cache-dir").arg(self.data.path().join("cache"));
        command.arg("--request-timeout=20s").args(arguments);
        let input_path = self.data.path().join("input.yaml");
        fs::write(&input_path, input).unwrap();
        let output = finished(command.stdin(fs::File::open(input_path).unwrap()));
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        }
    }

    /// Runs kubectl until it succeeds, for at most 30 s. Each try is a process, which paces the loop.
    pub(crate) fn eventually(&self, arguments: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(error) = self.kubectl(arguments, "") {
            assert!(
                Instant::now() < deadline,
                "{arguments:?} did not succeed in 30 s: {error}"
            );
        }
    }
}

impl Drop for Kubernetes {
    fn drop(&mut self) {
        // A failure here shows as processes that are left, which no assertion in a destructor could mend.
        let _ = script("down.sh", 60).arg(self.data.path()).status();
    }
}

fn script(name: &str, seconds: u32) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/kube");
    bounded(seconds, &scripts.join(name))
}

/// A command that is killed after its deadline.
fn bounded(seconds: u32, program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(seconds.to_string()).arg(program);
    command
}

fn finished(mut command: impl std::borrow::BorrowMut<Command>) -> Output {
    let command = command.borrow_mut();
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
}

fn succeeded(name: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{name} ({}):\n{}",
        output.status,
        text(&output.stderr)
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Records that something did not run, for the summary at the end of the whole test run.
fn skipped(line: &str) {
    assert!(std::env::var_os("CI").is_none(), "{line}");
    eprintln!("{line}");
    if let Some(record) = std::env::var_os("TALKLINE_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(record).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
