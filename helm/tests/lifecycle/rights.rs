//! What the operator may do, as the API server's own authorizer says.

use crate::cluster::{Cluster, NAMESPACE};

/// In a namespace that it looks after.
const THERE: &[&str] = &[
    "list chatclusters.talkline.dev",
    "patch chatclusters.talkline.dev",
    "patch chatclusters.talkline.dev/status",
    "delete chatloadtests.talkline.dev",
    "patch chatloadtests.talkline.dev/status",
    "patch deployments.apps",
    "create jobs.batch",
    "patch secrets",
];

/// Nowhere and never.
const NEVER: &[&str] = &[
    "delete chatclusters.talkline.dev",
    "create leases.coordination.k8s.io",
    "create chatloadtests.talkline.dev",
    "delete jobs.batch",
    "get pods/log",
    "delete pods",
    "create pods",
    "create pods/exec",
    "create roles.rbac.authorization.k8s.io",
    "escalate roles.rbac.authorization.k8s.io",
    "impersonate serviceaccounts",
    "create serviceaccounts/token",
    "list nodes",
    "delete namespaces",
    "patch customresourcedefinitions.apiextensions.k8s.io",
];

pub(crate) fn are_those_of_the_namespaces(cluster: &Cluster) {
    cluster
        .install("talkline", &["--set-json=namespaces=[\"chat\"]"])
        .unwrap();
    for right in THERE {
        assert!(may(cluster, right, "chat"), "not {right}");
        for elsewhere in ["other", "kube-system", NAMESPACE] {
            assert!(!may(cluster, right, elsewhere), "{right} in {elsewhere}");
        }
    }
    nowhere_and_never(cluster);
    only_its_own_lease(cluster);
    cluster.helm(&["uninstall", "talkline", "--wait"]).unwrap();
}

pub(crate) fn are_the_whole_clusters(cluster: &Cluster) {
    for right in THERE {
        assert!(may(cluster, right, "other"), "not {right}");
    }
    nowhere_and_never(cluster);
    only_its_own_lease(cluster);
}

fn nowhere_and_never(cluster: &Cluster) {
    for right in NEVER {
        assert!(!may(cluster, right, "chat"), "{right}");
    }
}

fn only_its_own_lease(cluster: &Cluster) {
    assert!(may(
        cluster,
        "patch leases.coordination.k8s.io/talkline-operator",
        NAMESPACE
    ));
    assert!(!may(
        cluster,
        "patch leases.coordination.k8s.io/kube-scheduler",
        NAMESPACE
    ));
    assert!(!may(
        cluster,
        "patch leases.coordination.k8s.io/talkline-operator",
        "kube-system"
    ));
}

/// `VERB RESOURCE`, `VERB RESOURCE/SUBRESOURCE`, or `VERB leases…/NAME`.
fn may(cluster: &Cluster, right: &str, namespace: &str) -> bool {
    let (verb, resource) = right.split_once(' ').unwrap();
    let mut command = cluster.kubernetes.command();
    command.args(["auth", "can-i", verb, "--namespace", namespace]);
    command.arg(format!("--as=system:serviceaccount:{NAMESPACE}:talkline-operator"));
    match resource.split_once('/') {
        Some((resource, part)) if !resource.starts_with("leases") => {
            command.arg(resource).arg(format!("--subresource={part}"))
        }
        _ => command.arg(resource),
    };
    let output = command.output().unwrap();
    match String::from_utf8(output.stdout).unwrap().trim() {
        "yes" => true,
        "no" => false,
        _ => panic!("{right}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
