//! Who says how many pods there are.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{CHAT, GATEWAY, Stage};
use crate::operator::{Operator, get};

impl Stage<'_> {
    /// A Deployment whose `replicas` nobody applies any more has one pod, unless somebody took them over first.
    pub(crate) fn trap_replicas_survive_the_way_to_autoscaling_and_back(&self, operator: &mut Operator) -> Result<()> {
        self.patch(&json!({ "spec": { "gateway": { "replicas": 5 } } }))?;
        operator.until("five are ready", |_| {
            Ok(get(self.0, CHAT)?["status"]["gateway"]["readyReplicas"] == 5)
        })?;
        let version = get(self.0, GATEWAY)?["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let scaled = json!({ "minReplicas": 3, "maxReplicas": 9 });
        self.patch(&json!({ "spec": { "gateway": { "replicas": null, "autoscaling": scaled } } }))?;
        operator.until(
            "there is an autoscaler",
            |_| Ok(get(self.0, "hpa/chat-gateway").is_ok()),
        )?;
        self.patch(&json!({ "spec": { "gateway": { "autoscaling": { "minReplicas": 6 } } } }))?;
        // This is the autoscaler's own doing, and after whatever the operator did.
        operator.until("the autoscaler made six", |_| {
            Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 6)
        })?;
        let seen = self.replicas_since(&version)?;
        ensure!(seen.iter().all(|replicas| *replicas >= 5), "{seen:?}");
        self.patch(&json!({ "spec": { "gateway": { "replicas": 4, "autoscaling": null } } }))?;
        operator.until("four are left", |_| Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 4))?;
        operator.until("the autoscaler is gone", |_| {
            Ok(get(self.0, "hpa/chat-gateway").is_err())
        })
    }

    /// Every number of replicas that the gateways' Deployment has had since a version of it: the API server's own record.
    fn replicas_since(&self, version: &str) -> Result<Vec<i64>> {
        let path = format!(
            "/apis/apps/v1/namespaces/team/deployments?watch=true&resourceVersion={version}&timeoutSeconds=1&fieldSelector=metadata.name%3Dchat-gateway"
        );
        let events = self.0.kubectl(&["get", "--raw", &path], "")?;
        let replicas = events.lines().map(|line| {
            let event: Value = serde_json::from_str(line)?;
            event["object"]["spec"]["replicas"]
                .as_i64()
                .with_context(|| event.to_string())
        });
        replicas.collect()
    }
}
