//! What is built, before a ChatCluster is there at all, and what an older operator had built.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::Kubernetes;

use super::condition;
use crate::operator::{Operator, get};

/// Everything that is built of the examples, but for APIs that are not served here, is taken by an API server that refuses unknown fields.
pub(crate) fn built_in_objects_are_taken_by_a_strict_api_server(kubernetes: &Kubernetes) -> Result<()> {
    for namespace in ["team", "talkline"] {
        kubernetes.kubectl(&["create", "namespace", namespace], "")?;
        // Restricted from the start: what would not be let in shows at once.
        let label = "pod-security.kubernetes.io/enforce=restricted";
        kubernetes.kubectl(&["label", "namespace", namespace, label], "")?;
    }
    for name in ["chatcluster", "production", "loadtest"] {
        let file = format!("{}/../examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let planned = Command::new(env!("CARGO_BIN_EXE_talkline-operator"))
            .args(["plan", &file])
            .output()?;
        let objects: Vec<Value> = serde_saphyr::from_multiple(std::str::from_utf8(&planned.stdout)?)?;
        let builtin = objects.into_iter().filter(is_served);
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": builtin.collect::<Vec<_>>() });
        let arguments = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "-f",
            "-",
        ];
        let said = kubernetes
            .kubectl(&arguments, &list.to_string())
            .with_context(|| name)?;
        ensure!(!said.contains("would violate PodSecurity"), "{said}");
    }
    Ok(())
}

/// Pods that an older operator rendered are left alone by today's, which only takes their objects over.
pub(crate) fn trap_an_operators_upgrade_rolls_nothing(kubernetes: &Kubernetes, operator: &mut Operator) -> Result<()> {
    let render = include_str!("../rendered/0.1.0.yaml");
    let objects: Vec<Value> = serde_saphyr::from_multiple(render)?;
    let served = objects.into_iter().filter(is_served).collect::<Vec<_>>();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": served });
    let manager = "--field-manager=talkline-operator";
    kubernetes.kubectl(&["apply", "--server-side", manager, "-f", "-"], &list.to_string())?;
    for deployment in ["deployment/old-gateway", "deployment/old-worker"] {
        kubernetes.kubectl(
            &["--namespace=team", "rollout", "status", "--timeout=80s", deployment],
            "",
        )?;
    }
    let pods = || {
        let selector = "--selector=app.kubernetes.io/instance=old";
        let uids = "--output=jsonpath={.items[*].metadata.uid}";
        kubernetes.kubectl(&["--namespace=team", "get", "pods", selector, uids], "")
    };
    let before = pods()?;
    ensure!(before.split_whitespace().count() == 4, "{before}");
    kubernetes.kubectl(&["apply", "-f", "-"], include_str!("../rendered/chatcluster.yaml"))?;
    operator.until("it is taken over", |_| {
        let chat = get(kubernetes, "chatcluster/old")?;
        let owned = get(kubernetes, "deployment/old-gateway")?["metadata"]
            .get("ownerReferences")
            .is_some();
        Ok(owned && condition(&chat, "Progressing") == "False/Settled")
    })?;
    ensure!(pods()? == before, "pods were replaced");
    kubernetes
        .kubectl(&["--namespace=team", "delete", "chatcluster/old"], "")
        .map(drop)
}

/// Whether the API of an object is served here.
fn is_served(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().unwrap_or_default();
    !["keda.sh", "monitoring.coreos.com"]
        .iter()
        .any(|optional| group.starts_with(optional))
}
