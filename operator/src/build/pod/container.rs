//! The container of a role: the one program with the role's command.

use serde_json::{Value, json};
use talkline_crds::spec::PullPolicy;

use super::container_security;
use crate::{
    build::{
        Component,
        config_map::FILE,
        settings::{ADMIN_PORT, CONFIG, HTTP_PORT, KEYS, Settings, TRUST},
    },
    validate::ValidatedCluster,
};

pub(super) fn build(cluster: &ValidatedCluster, component: Component, settings: &Settings) -> Value {
    json!({
        "name": component.name(),
        "image": cluster.image,
        "imagePullPolicy": pull_policy(cluster.spec.image.pull_policy),
        "args": [component.name(), "--config", format!("{CONFIG}/{FILE}")],
        "env": settings.environment,
        "ports": ports(component),
        // Alive from the first moment on, so a start of any length is not killed; the process itself ends one that takes too long.
        "livenessProbe": probe("/livez", 10, 3),
        // A gateway that drains is to be left alone at once.
        "readinessProbe": probe("/readyz", 5, 1),
        "resources": component.role(cluster).resources,
        "securityContext": container_security(),
        "volumeMounts": mounts(component, settings),
    })
}

pub(crate) fn pull_policy(policy: PullPolicy) -> &'static str {
    match policy {
        PullPolicy::Always => "Always",
        PullPolicy::IfNotPresent => "IfNotPresent",
        PullPolicy::Never => "Never",
    }
}

fn ports(component: Component) -> Value {
    let port = |name: &str, port: u16| json!({ "name": name, "containerPort": port, "protocol": "TCP" });
    match component {
        Component::Gateway => json!([port("http", HTTP_PORT), port("admin", ADMIN_PORT)]),
        Component::Worker => json!([port("admin", ADMIN_PORT)]),
    }
}

fn probe(path: &str, period: u32, failures: u32) -> Value {
    json!({
        "httpGet": { "path": path, "port": "admin" },
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    })
}

fn mounts(component: Component, settings: &Settings) -> Value {
    let mount = |name: &str, path: &str| json!({ "name": name, "mountPath": path, "readOnly": true });
    let mut mounts = vec![mount("config", CONFIG)];
    if component == Component::Gateway {
        mounts.push(mount("keys", KEYS));
    }
    if !settings.files.is_empty() {
        mounts.push(mount("trust", TRUST));
    }
    Value::Array(mounts)
}
