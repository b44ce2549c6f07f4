//! An API server that does not take what it is asked for: here a policy of the cluster's owners refuses it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{CHAT, Stage};
use crate::operator::{Operator, get};

/// The policies' own words.
const WORDS: &str = "not on Fridays";

impl Stage<'_> {
    /// The refusal of a write, and of a removal, is said in the API server's words. Chat runs on, and once nobody refuses it any more, it
    /// is done.
    pub(crate) fn what_the_api_server_refuses_is_said_and_tried_again(&self, operator: &mut Operator) -> Result<()> {
        let ingress = json!({ "host": "chat.example.com" });
        self.patch(&json!({ "spec": { "gateway": { "ingress": ingress } } }))?;
        operator.until("there is a way in", |_| Ok(get(self.0, "ingress/chat-gateway").is_ok()))?;

        let policy = self.refuse(
            operator,
            "UPDATE",
            ("", "configmaps"),
            &["annotate", "configmap/chat-config", "a=b"],
        )?;
        self.patch(&json!({ "spec": { "limits": { "messagesPerMinute": 41 } } }))?;
        self.is_said(operator, "ApplyFailed")?;
        self.0.kubectl(&["delete", "-f", "-"], &policy)?;
        self.is_done(operator)?;

        let policy = self.refuse(
            operator,
            "DELETE",
            ("networking.k8s.io", "ingresses"),
            &["delete", "ingress/chat-gateway"],
        )?;
        self.patch(&json!({ "spec": { "gateway": { "ingress": null } } }))?;
        self.is_said(operator, "CleanupFailed")?;
        self.0.kubectl(&["delete", "-f", "-"], &policy)?;
        self.is_done(operator)?;
        ensure!(get(self.0, "ingress/chat-gateway").is_err(), "it is still there");
        Ok(())
    }

    /// From now on the API server refuses that, which `probe` finds out without doing it.
    fn refuse(&self, operator: &mut Operator, operation: &str, of: (&str, &str), probe: &[&str]) -> Result<String> {
        let policy = policy(operation, of).to_string();
        self.0.kubectl(&["apply", "-f", "-"], &policy)?;
        let mut arguments = vec!["--namespace=team", "--dry-run=server"];
        arguments.extend(probe);
        operator.until("the policy holds", |_| Ok(self.0.kubectl(&arguments, "").is_err()))?;
        Ok(policy)
    }

    fn is_said(&self, operator: &mut Operator, reason: &str) -> Result<()> {
        operator.until(reason, |_| Ok(self.condition("Degraded")? == format!("True/{reason}")))?;
        let chat = get(self.0, CHAT)?["status"]["conditions"].to_string();
        ensure!(chat.contains(WORDS), "{chat}");
        ensure!(self.condition("Ready")? == "True/ChatRuns", "{chat}");
        Ok(())
    }

    fn is_done(&self, operator: &mut Operator) -> Result<()> {
        operator.until("it is done", |_| {
            Ok(self.is_observed()? && self.condition("Degraded")? == "False/AsExpected")
        })
    }
}

fn policy(operation: &str, (group, resource): (&str, &str)) -> Value {
    let rule =
        json!({ "apiGroups": [group], "apiVersions": ["v1"], "operations": [operation], "resources": [resource] });
    let meta = json!({ "name": format!("no-{resource}") });
    let version = "admissionregistration.k8s.io/v1";
    json!({ "apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": version, "kind": "ValidatingAdmissionPolicy", "metadata": meta,
            "spec": {
                "matchConstraints": { "resourceRules": [rule] },
                "validations": [{ "expression": "!request.name.startsWith('chat-')", "message": WORDS }],
            },
        },
        {
            "apiVersion": version, "kind": "ValidatingAdmissionPolicyBinding", "metadata": meta,
            "spec": { "policyName": meta["name"], "validationActions": ["Deny"] },
        },
    ] })
}
