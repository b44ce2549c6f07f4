//! What the servers that we run have in common: a headless Service and a StatefulSet of one pod with a volume.

use serde_json::{Map, Value, json};
use talkline_crds::{
    DeletionPolicy,
    spec::{Amounts, Resources},
};

use crate::{
    build::{
        Object, kind,
        object::{labels, selector},
        pod::{container_security, security},
    },
    validate::{Managed, ValidatedCluster},
};

/// A server.
pub(super) struct Server<'a> {
    /// Its part's name.
    pub(super) component: &'static str,
    /// What was said of it.
    pub(super) managed: &'a Managed,
    /// The image that this operator was tested with.
    pub(super) image: &'static str,
    /// The user that the image's files belong to.
    pub(super) user: u32,
    /// Its port.
    pub(super) port: u16,
    /// Where its volume is mounted.
    pub(super) data: &'static str,
    /// The command, its arguments and its variables: fields of the container.
    pub(super) run: Value,
    /// A command that succeeds when the server answers.
    pub(super) ready: Value,
    /// Whether it must find itself by its Service's name while it starts: as long as a `postStart` hook runs, its pod has no address there.
    pub(super) finds_itself: bool,
    /// CPU and memory, unless others are stated.
    pub(super) request: (&'static str, &'static str),
}

/// Seconds that a server has to close its files.
const GRACE: u32 = 60;

impl Server<'_> {
    /// Its objects.
    pub(super) fn objects(&self, cluster: &ValidatedCluster) -> [Object; 2] {
        [self.service(cluster), self.stateful_set(cluster)]
    }

    /// Headless, and with an address before the pod is ready: a member of a replica set must find itself to become it.
    fn service(&self, cluster: &ValidatedCluster) -> Object {
        let body = json!({
            "spec": {
                "clusterIP": "None",
                "publishNotReadyAddresses": true,
                "selector": selector(cluster, self.component),
                "ports": [{ "name": self.component, "port": self.port, "targetPort": self.component, "protocol": "TCP" }],
            }
        });
        Object::new(cluster, &kind::SERVICE, self.component, self.managed.name.clone(), body)
    }

    fn stateful_set(&self, cluster: &ValidatedCluster) -> Object {
        let kept = match cluster.spec.deletion_policy {
            DeletionPolicy::Retain => "Retain",
            DeletionPolicy::Delete => "Delete",
        };
        let mut security = security();
        security["runAsUser"] = json!(self.user);
        security["runAsGroup"] = json!(self.user);
        security["fsGroup"] = json!(self.user);
        let mut body = json!({
            "spec": {
                "replicas": 1,
                "serviceName": self.managed.name,
                "selector": { "matchLabels": selector(cluster, self.component) },
                "persistentVolumeClaimRetentionPolicy": { "whenDeleted": kept, "whenScaled": "Retain" },
                "volumeClaimTemplates": [self.claim()],
                "template": {
                    "metadata": { "labels": labels(cluster, self.component) },
                    "spec": {
                        "automountServiceAccountToken": false,
                        "enableServiceLinks": false,
                        "terminationGracePeriodSeconds": GRACE,
                        "securityContext": security,
                        "containers": [self.container()],
                        "volumes": [{ "name": "tmp", "emptyDir": {} }],
                    },
                },
            }
        });
        if self.finds_itself {
            let here = json!([{ "ip": "127.0.0.1", "hostnames": [self.managed.host] }]);
            body["spec"]["template"]["spec"]["hostAliases"] = here;
        }
        Object::new(
            cluster,
            &kind::STATEFUL_SET,
            self.component,
            self.managed.name.clone(),
            body,
        )
    }

    fn container(&self) -> Value {
        let mut container = json!({
            "name": self.component,
            "image": self.managed.spec.image.as_deref().unwrap_or(self.image),
            "ports": [{ "name": self.component, "containerPort": self.port, "protocol": "TCP" }],
            "readinessProbe": {
                "exec": { "command": self.ready },
                "periodSeconds": 5,
                "timeoutSeconds": 5,
                "failureThreshold": 3,
            },
            "resources": self.resources(),
            "securityContext": container_security(),
            "volumeMounts": [{ "name": "data", "mountPath": self.data }, { "name": "tmp", "mountPath": "/tmp" }],
        });
        if let (Value::Object(container), Value::Object(run)) = (&mut container, &self.run) {
            container.extend(run.clone());
        }
        container
    }

    /// A StatefulSet's claims are compared with defaults filled in, so what the API server would fill in stands here.
    fn claim(&self) -> Value {
        let storage = &self.managed.spec.storage;
        let mut spec = json!({
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": storage } },
            "volumeMode": "Filesystem",
        });
        if let Some(class) = &self.managed.spec.storage_class {
            spec["storageClassName"] = json!(class);
        }
        json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": "data" }, "spec": spec })
    }

    fn resources(&self) -> Value {
        let (cpu, memory) = self.request;
        let Some(Resources { requests, limits }) = &self.managed.spec.resources else {
            return json!({ "requests": { "cpu": cpu, "memory": memory } });
        };
        let mut resources = Map::new();
        for (name, Amounts { cpu, memory }) in [("requests", requests), ("limits", limits)] {
            let amounts = [("cpu", cpu), ("memory", memory)];
            let stated = amounts
                .into_iter()
                .filter_map(|(name, amount)| Some((name.to_owned(), json!(amount.as_ref()?))));
            let stated: Map<String, Value> = stated.collect();
            if !stated.is_empty() {
                resources.insert(name.to_owned(), Value::Object(stated));
            }
        }
        Value::Object(resources)
    }
}
