//! Simulated nodes: pods turn Ready, the real controllers act, who asked for what is on record, and an API server that was killed comes
//! back with its data.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use talkline_testbed::{Kubernetes, Mode};

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}
      containers: [{name: web, image: nowhere}]
"#;

const JOB: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: nowhere}]}}}
"#;

#[test]
fn controllers_act_on_simulated_nodes() {
    let Some(kubernetes) = Kubernetes::start(Mode::Simulated, "controllers_act_on_simulated_nodes").unwrap() else {
        return;
    };
    kubernetes.kubectl(&["apply", "--filename=-"], DEPLOYMENT).unwrap();
    kubernetes.kubectl(&["apply", "--filename=-"], JOB).unwrap();
    available(&kubernetes);
    kubernetes
        .eventually(&["wait", "--for=condition=Complete", "--timeout=5s", "job/once"])
        .unwrap();

    let nodes = "jsonpath={.items[*].spec.nodeName}";
    let pods = kubernetes
        .kubectl(&["get", "pods", "--selector=app=web", "--output", nodes], "")
        .unwrap();
    let mut nodes: Vec<&str> = pods.split(' ').collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"], "one in each zone");

    what_was_asked_is_on_record(&kubernetes);
    an_api_server_comes_back(&kubernetes);
}

fn available(kubernetes: &Kubernetes) {
    let arguments = ["wait", "--for=condition=Available", "--timeout=5s", "deployment/web"];
    kubernetes.eventually(&arguments).unwrap();
}

fn what_was_asked_is_on_record(kubernetes: &Kubernetes) {
    let requests = kubernetes.requests().unwrap();
    let wrote = |user: &str, resource: &str| {
        let mut wrote = requests
            .iter()
            .filter(|request| request.writes() && request.status < 300);
        wrote.any(|request| request.user == user && request.resource == resource)
    };
    assert!(wrote("admin", "deployments"));
    assert!(wrote(
        "system:serviceaccount:kube-system:deployment-controller",
        "replicasets"
    ));
    assert!(wrote("kwok", "pods/status"));
    assert!(!wrote("kwok", "deployments"));
}

fn an_api_server_comes_back(kubernetes: &Kubernetes) {
    kubernetes.kill("kube-apiserver").unwrap();
    let refused = kubernetes.kubectl(&["get", "pods"], "").unwrap_err().to_string();
    assert!(refused.contains("refused"), "{refused}");
    kubernetes.resume().unwrap();
    kubernetes
        .kubectl(&["scale", "deployment/web", "--replicas=6"], "")
        .unwrap();
    let six = [
        "wait",
        "--for=jsonpath={.status.readyReplicas}=6",
        "--timeout=5s",
        "deployment/web",
    ];
    kubernetes.eventually(&six).unwrap();
}
