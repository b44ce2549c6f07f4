//! The pod template of a role. It satisfies the restricted Pod Security Standard, and overrides are merged over it last.

mod container;
mod threads;
mod volumes;

use serde_json::{Value, json};

use super::{Component, config_map, hash::hash, merge, object::labels, object::selector, settings};
use crate::validate::ValidatedCluster;

pub(crate) use container::pull_policy;
pub(crate) use threads::{THREADS, whole_cores};

/// The annotation that rolls pods when what they read at their start has changed in the ConfigMap.
const CONFIG_HASH: &str = "talkline.dev/config-hash";
/// The same for Secrets.
const SECRETS_HASH: &str = "talkline.dev/secrets-hash";

/// `spec.template` of a role's Deployment.
pub(super) fn template(cluster: &ValidatedCluster, component: Component) -> Value {
    let role = component.role(cluster);
    let settings = settings::of(cluster);
    let config = config_map::build(cluster);
    let mut annotations = json!({ CONFIG_HASH: hash(&config.value["data"]) });
    if let Some(secrets) = &cluster.secrets_hash {
        annotations[SECRETS_HASH] = json!(secrets);
    }
    let mut spec = json!({
        "serviceAccountName": cluster.child(component.name()),
        "automountServiceAccountToken": false,
        // A Service called `talkline` would put variables of our own prefix into the pod.
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": role.grace_seconds,
        "securityContext": security(),
        "topologySpreadConstraints": spread(cluster, component),
        "containers": [container::build(cluster, component, &settings)],
        "volumes": volumes::build(cluster, component, &settings),
    });
    let pull_secrets = &cluster.spec.image.pull_secrets;
    if !pull_secrets.is_empty() {
        spec["imagePullSecrets"] = pull_secrets.iter().map(|name| json!({ "name": name })).collect();
    }
    let mut template = json!({
        "metadata": { "labels": labels(cluster, component.name()), "annotations": annotations },
        "spec": spec,
    });
    for over in &role.overrides {
        let others = Component::ALL.into_iter().filter(|other| *other != component);
        let others: Vec<&str> = others.map(Component::name).collect();
        merge::merge_for(&mut template, over, &others);
    }
    if role.is_told_threads {
        threads::tell(&mut template, component);
    }
    template
}

/// Of a restricted pod: nobody is root, and system calls are filtered.
pub(crate) fn security() -> Value {
    json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } })
}

/// Of a restricted container: no rights at all, and nothing to write to but what is mounted.
pub(crate) fn container_security() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "readOnlyRootFilesystem": true,
    })
}

/// Evenly over zones and nodes, counted for each revision by itself, so that a rollout does not end lopsided. A wish and no condition:
/// a pod somewhere is better than none.
fn spread(cluster: &ValidatedCluster, component: Component) -> Value {
    let over = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(|key| {
        json!({
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": { "matchLabels": selector(cluster, component.name()) },
            "matchLabelKeys": ["pod-template-hash"],
        })
    });
    Value::Array(over.into())
}
