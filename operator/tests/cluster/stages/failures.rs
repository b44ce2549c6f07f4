//! What goes wrong: in the ChatCluster, with the operator, around it.

use anyhow::{Result, ensure};
use serde_json::json;
use talkline_testbed::Definitions;

use super::{CHAT, GATEWAY, Stage, WORKER};
use crate::operator::{Operator, get};

impl Stage<'_> {
    pub(crate) fn what_cannot_be_had_is_said_and_chat_runs_on(&self, operator: &mut Operator) -> Result<()> {
        let image = &get(self.0, GATEWAY)?["spec"]["template"]["spec"]["containers"][0]["image"];
        // What is told a second time is the same event, counted.
        for _ in 0..2 {
            self.patch(&json!({ "spec": { "image": { "tag": "9.9.9" } } }))?;
            operator.until("the skew is said", |_| {
                Ok(self.condition("Degraded")? == "True/InvalidSpec")
            })?;
            ensure!(self.condition("Ready")? == "True/ChatRuns");
            ensure!(&get(self.0, GATEWAY)?["spec"]["template"]["spec"]["containers"][0]["image"] == image);
            self.patch(&json!({ "spec": { "image": { "tag": null } } }))?;
            operator.until("all is well", |_| Ok(self.condition("Degraded")? == "False/AsExpected"))?;
        }
        Ok(())
    }

    /// One that died cannot give its Lease back; the next one waits for its end, and does what was left.
    pub(crate) fn a_killed_operator_is_followed_by_another(&self, operator: Operator) -> Result<Operator> {
        let mut second = Operator::start(self.0, "second")?;
        ensure!(!second.leads()?, "two would lead");
        self.patch(&json!({ "spec": { "gateway": { "replicas": 3 }, "limits": { "messagesPerMinute": 32 } } }))?;
        operator.kill()?;
        self.0
            .kubectl(&["--namespace=team", "delete", "service/chat-gateway"], "")
            .ok();
        second.until("the other one leads", |operator| operator.leads())?;
        second.until("what was left is done", |_| {
            Ok(get(self.0, GATEWAY)?["spec"]["replicas"] == 3
                && get(self.0, "service/chat-gateway").is_ok()
                && self.is_observed()?)
        })?;
        second.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))?;
        Ok(second)
    }

    /// Whoever cannot renew its Lease cannot know whether it still leads. A process that starts anew finds the API server again.
    pub(crate) fn a_leader_without_an_api_server_ends(&self, operator: Operator) -> Result<Operator> {
        self.0.kill("kube-apiserver")?;
        let code = operator.ended()?;
        ensure!(code == Some(1), "{code:?}");
        self.0.resume()?;
        self.0
            .kubectl(&["--namespace=team", "delete", "service/chat-gateway"], "")?;
        let mut third = Operator::start(self.0, "third")?;
        third.until("it works on", |_| Ok(get(self.0, "service/chat-gateway").is_ok()))?;
        Ok(third)
    }

    /// The Prometheus operator's API and Gateway API, by their own definitions: they are installed, used, and gone again, and the operator
    /// runs on.
    pub(crate) fn an_optional_api_comes_and_goes(&self, operator: &mut Operator, others: &Definitions) -> Result<()> {
        let route = json!({ "kind": "HttpRoute", "host": "chat.example.com", "gatewayName": "edge" });
        self.patch(&json!({ "spec": { "gateway": { "ingress": route } } }))?;
        operator.until("it is said that the API is missing", |_| {
            let chat = get(self.0, CHAT)?["status"]["conditions"].to_string();
            Ok(chat.contains("Gateway API is not installed"))
        })?;
        let definitions = others.list(&["podmonitors", "prometheusrules", "httproutes"])?;
        self.0.kubectl(&["apply", "--server-side", "-f", "-"], &definitions)?;
        let monitor = "podmonitors.monitoring.coreos.com/chat";
        let objects = [
            monitor,
            "prometheusrules.monitoring.coreos.com/chat",
            "httproute/chat-gateway",
        ];
        for object in objects {
            operator.until(&format!("there is {object}"), |_| Ok(get(self.0, object).is_ok()))?;
        }
        operator.until("nobody serves the route", |_| {
            Ok(self.condition("Exposed")? == "Unknown/NotTaken")
        })?;
        self.0.kubectl(&["--namespace=team", "delete", monitor], "")?;
        operator.until("it is back", |_| Ok(get(self.0, monitor).is_ok()))?;
        self.0.kubectl(&["delete", "-f", "-"], &definitions)?;
        self.patch(&json!({ "spec": { "limits": { "messagesPerMinute": 33 }, "gateway": { "ingress": null } } }))?;
        operator.until("it works on", |_| {
            Ok(self.is_observed()? && self.condition("Degraded")? == "False/AsExpected")
        })?;
        operator.until("it settles", |_| Ok(self.condition("Progressing")? == "False/Settled"))?;
        ensure!(self.condition("Exposed")?.is_empty(), "there is no way in");
        Ok(())
    }

    /// A definition that lets everything through, as one of another version might, and an object that cannot be read.
    pub(crate) fn a_bad_object_poisons_nobody(&self, operator: &mut Operator) -> Result<()> {
        let open = json!([{ "op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
            "value": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } }]);
        let crd = "customresourcedefinition/chatclusters.talkline.dev";
        self.0
            .kubectl(&["patch", crd, "--type=json", "--patch", &open.to_string()], "")?;
        let bad = json!({
            "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "metadata": { "name": "bad", "namespace": "team" },
            "spec": { "worker": "two" },
        });
        operator.until("the bad one is there", |_| {
            Ok(self.0.kubectl(&["apply", "-f", "-"], &bad.to_string()).is_ok())
        })?;
        let unreadable = r#"talkline_operator_reconcile_seconds_count{outcome="unreadable"}"#;
        operator.until("it is noticed", |operator| Ok(operator.metric(unreadable)? > 0.0))?;
        self.patch(&json!({ "spec": { "worker": { "replicas": 2 } } }))?;
        operator.until("the good one goes on", |_| {
            Ok(get(self.0, WORKER)?["spec"]["replicas"] == 2)
        })?;
        self.0
            .kubectl(&["--namespace=team", "delete", "chatcluster/bad"], "")
            .map(drop)
    }
}
