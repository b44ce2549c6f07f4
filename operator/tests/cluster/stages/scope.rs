//! An operator that looks after some namespaces, with rights in those and nowhere else.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use talkline_testbed::{Helm, Kubernetes};

use crate::operator::{Operator, requests};

/// The ServiceAccount of the chart's release `scoped`.
const ACCOUNT: &str = "scoped-talkline-operator";

/// ChatClusters in two namespaces of three get ready, and the third one is never even asked for.
pub(crate) fn an_operator_of_some_namespaces_keeps_to_them(kubernetes: &Kubernetes, helm: &Helm) -> Result<()> {
    for namespace in ["one", "two", "three"] {
        kubernetes.kubectl(&["create", "namespace", namespace], "")?;
        kubernetes.kubectl(&["apply", "-f", "-"], &cluster(namespace).to_string())?;
    }
    Operator::entitle(kubernetes, helm, "scoped", &["--set=namespaces={one,two}"])?;
    let mut operator = Operator::start_as(kubernetes, "scoped", ACCOUNT, &["--namespaces=one,two"])?;
    for namespace in ["one", "two"] {
        operator.until(&format!("{namespace} is ready"), |_| {
            let ready = "--output=jsonpath={.status.conditions[?(@.type==\"Ready\")].status}";
            let said = kubernetes.kubectl(&["--namespace", namespace, "get", "chatcluster/chat", ready], "")?;
            Ok(said == "True")
        })?;
    }
    let asked = requests(kubernetes, ACCOUNT)?;
    let beyond: Vec<_> = asked
        .iter()
        .filter(|request| {
            request.status == 403 || !["", "one", "two", "talkline-system"].contains(&request.namespace.as_str())
        })
        .collect();
    ensure!(beyond.is_empty(), "{beyond:?}");
    let everywhere: Vec<_> = asked
        .iter()
        .filter(|request| request.namespace.is_empty() && !request.resource.is_empty())
        .collect();
    ensure!(everywhere.is_empty(), "{everywhere:?}");
    ensure!(operator.stop()?.success());
    Ok(())
}

fn cluster(namespace: &str) -> Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
        "metadata": { "name": "chat", "namespace": namespace },
        "spec": {
            "kafka": { "external": { "bootstrapServers": ["127.0.0.1:1"] } },
            "redis": { "external": { "addresses": ["127.0.0.1:1"] } },
            "mongo": { "external": { "hosts": ["127.0.0.1:1"] } },
        },
    })
}
