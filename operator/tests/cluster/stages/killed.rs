//! An operator that dies anywhere in a reconcile leaves nothing that the next one does not finish.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Stage, condition};
use crate::operator::{DEADLINE, Operator, get};

/// Fewer than every operator writes of a ChatCluster that it does not know yet: each of its objects once.
const WRITES: usize = 10;
/// As many as an operator writes from one of [`forms`] to the other: configuration, two Deployments and who holds `replicas`, a scaler, a way
/// in, two policies that go.
const CHANGES: usize = 8;
/// Between two looks at the API server's log: a write takes a few of these.
const MOMENT: Duration = Duration::from_millis(1);

impl Stage<'_> {
    /// The first operator dies after its first write for a new ChatCluster, the next one after its second, and so on. Each begins anew, so
    /// every one gets further than the last.
    pub(crate) fn an_operator_killed_at_every_step_converges(&self, mut operator: Operator) -> Result<Operator> {
        self.0.kubectl(&["apply", "-f", "-"], &cluster("whole").to_string())?;
        self.settles(&mut operator, "whole")?;
        let mut seen = self.end_of_log()?;
        self.0.kubectl(&["apply", "-f", "-"], &cluster("fragile").to_string())?;
        for died in 1..=WRITES {
            self.until_written(&mut operator, seen, died)?;
            seen = self.end_of_log()?;
            operator = operator.succeeded(self.0, &format!("mortal-{died}"))?;
        }
        self.settles(&mut operator, "fragile")?;
        self.is_whole()?;
        Ok(operator)
    }

    /// A change, and each time an operator that knew all of what there was dies one write later in it.
    pub(crate) fn one_killed_at_every_write_of_a_change_converges(&self, mut operator: Operator) -> Result<Operator> {
        let forms = forms();
        for died in 1..=CHANGES {
            let seen = self.end_of_log()?;
            self.patch_one("fragile", &forms[died % 2])?;
            self.until_written(&mut operator, seen, died)?;
            operator = operator.succeeded(self.0, &format!("changer-{died}"))?;
            self.patch_one("whole", &forms[died % 2])?;
            for name in ["fragile", "whole"] {
                self.follows(&mut operator, name)?;
            }
            self.is_whole()?;
        }
        for name in ["fragile", "whole"] {
            self.0
                .kubectl(&["--namespace=team", "delete", "chatcluster", name], "")?;
        }
        Ok(operator)
    }

    fn settles(&self, operator: &mut Operator, name: &str) -> Result<()> {
        operator.until(&format!("{name} settles"), |_| {
            let chat = get(self.0, &format!("chatcluster/{name}"))?;
            Ok(condition(&chat, "Progressing") == "False/Settled")
        })
    }

    /// Waits until all is applied of what a ChatCluster says now.
    fn follows(&self, operator: &mut Operator, name: &str) -> Result<()> {
        operator.until(&format!("{name} is as it says"), |_| {
            let chat = get(self.0, &format!("chatcluster/{name}"))?;
            let is_observed = chat["status"]["observedGeneration"] == chat["metadata"]["generation"];
            Ok(is_observed && condition(&chat, "Degraded") == "False/AsExpected")
        })
    }

    /// Whether the one whose operators died has what the other one has.
    fn is_whole(&self) -> Result<()> {
        let (fragile, whole) = (self.objects("fragile")?, self.objects("whole")?);
        ensure!(fragile == whole.replace("whole", "fragile"), "{fragile}\n{whole}");
        Ok(())
    }

    /// All that belongs to a ChatCluster and stays, by kind and name, and how many pods it is to have.
    fn objects(&self, name: &str) -> Result<String> {
        let kinds = "serviceaccounts,secrets,configmaps,services,deployments,poddisruptionbudgets,networkpolicies,hpa,ingresses";
        let ours = format!("--selector=app.kubernetes.io/instance={name}");
        let line = r"--output=go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.kind}} {{.metadata.name}} {{.spec.replicas}}{{end}}
{{end}}";
        self.0.kubectl(&["--namespace=team", "get", kinds, &ours, line], "")
    }

    fn patch_one(&self, name: &str, spec: &Value) -> Result<()> {
        let (chat, patch) = (format!("chatcluster/{name}"), json!({ "spec": spec }).to_string());
        let arguments = ["--namespace=team", "patch", &chat, "--type=merge", "--patch", &patch];
        self.0.kubectl(&arguments, "").map(drop)
    }

    fn until_written(&self, operator: &mut Operator, since: u64, count: usize) -> Result<()> {
        operator.until_in(DEADLINE, MOMENT, "it has written so much", |_| {
            Ok(self.written_since(since)? >= count)
        })
    }

    /// Writes of an operator for the fragile one, since a place in the API server's log.
    fn written_since(&self, place: u64) -> Result<usize> {
        let is_write = |line: &&str| {
            let is = |verb: &str| line.contains(&format!("\"verb\":\"{verb}\""));
            (is("patch") || is("delete")) && line.contains("\"name\":\"fragile")
        };
        self.asked_since(place, is_write)
    }
}

fn cluster(name: &str) -> Value {
    json!({
        "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
        "metadata": { "name": name, "namespace": "team" },
        "spec": {
            "kafka": { "external": { "bootstrapServers": ["127.0.0.1:1"] } },
            "redis": { "external": { "addresses": ["127.0.0.1:1"] } },
            "mongo": { "external": { "hosts": ["127.0.0.1:1"] } },
        },
    })
}

/// Two specs between which objects of many kinds come, go and change.
fn forms() -> [Value; 2] {
    [
        json!({
            "limits": { "messagesPerMinute": 31 }, "networkPolicy": { "enabled": true },
            "gateway": { "replicas": 2, "autoscaling": null, "ingress": null },
        }),
        json!({
            "limits": { "messagesPerMinute": 32 }, "networkPolicy": { "enabled": false },
            "gateway": { "replicas": null, "autoscaling": { "minReplicas": 2, "maxReplicas": 4 }, "ingress": { "host": "a.example.com" } },
        }),
    ]
}
