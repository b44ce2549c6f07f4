//! A real node: pods run under restricted security, and nothing of it is left on this machine afterwards.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{fs, process::Command};

use talkline_testbed::{Kubernetes, Mode};

/// The image that every node has: a program that waits.
const PODS: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: waiting}
spec:
  replicas: 2
  selector: {matchLabels: {app: waiting}}
  template:
    metadata: {labels: {app: waiting}}
    spec:
      securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: waiting
          image: local/pause:1
          imagePullPolicy: Never
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
"#;

#[test]
fn a_real_node_runs_pods_and_leaves_nothing() {
    let before = traces();
    let Some(kubernetes) = Kubernetes::start(Mode::Node, "a_real_node_runs_pods_and_leaves_nothing").unwrap() else {
        return;
    };
    kubernetes.kubectl(&["apply", "--filename=-"], PODS).unwrap();
    let available = [
        "wait",
        "--for=condition=Available",
        "--timeout=5s",
        "deployment/waiting",
    ];
    kubernetes.eventually(&available).unwrap();
    let addresses = "jsonpath={.items[*].status.podIP}";
    let addresses = kubernetes.kubectl(&["get", "pods", "--output", addresses], "").unwrap();
    assert!(
        addresses.split(' ').all(|address| address.starts_with("10.244.0.")),
        "{addresses}"
    );
    assert_ne!(traces(), before, "what it leaves could not be seen");
    let folder = kubernetes.folder().to_owned();
    drop(kubernetes);
    assert_eq!(traces(), before);
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(folder.to_str().unwrap()), "{mounts}");
}

/// What a node writes outside its folder: interfaces, network namespaces, chains of the firewall, containers' keepers.
fn traces() -> Vec<String> {
    let commands = [
        "ip -oneline link show | grep -E ' (talkline0|veth)' || true",
        "ip netns list",
        "iptables-save 2>/dev/null | grep -E 'KUBE-|CNI-' || true",
        "ps -eo args= | grep -E '^[^ ]*containerd-shim' || true",
    ];
    let said = commands.map(|command| Command::new("sh").args(["-c", command]).output().unwrap().stdout);
    said.into_iter()
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect()
}
