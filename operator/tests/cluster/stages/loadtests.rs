//! Load tests on simulated nodes. Whatever ends one, it ends with a reason, and what it made goes.
//!
//! Simulated pods would complete at once. These find no node, and what a kubelet would say of them is written onto them.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Stage;
use crate::operator::{Operator, get};

/// No node has it.
const NOWHERE: &str = r#"{ "spec": { "nodeSelector": { "nowhere": "to-be-found" } } }"#;

/// Names, what they say beside that their pods find no node, and how they end by themselves.
const ALONE: [(&str, &str, &str); 3] = [
    (
        "roomless",
        r#"{ "target": { "chatCluster": "chat" }, "startSeconds": 10 }"#,
        "Unschedulable",
    ),
    (
        "aimless",
        r#"{ "target": { "chatCluster": "nobody" }, "startSeconds": 10 }"#,
        "TargetMissing",
    ),
    (
        "mislabelled",
        r#"{ "target": { "chatCluster": "chat" }, "podTemplate": { "metadata": { "labels": { "app.kubernetes.io/name": "a" } } } }"#,
        "InvalidScenario",
    ),
];

/// Those that something happens to.
const STRUCK: [&str; 5] = ["evicted", "starved", "cancelled", "played", "deserted"];

impl Stage<'_> {
    pub(crate) fn load_tests_end_whatever_happens(&self, operator: &mut Operator) -> Result<()> {
        for (name, spec, _) in ALONE {
            self.load(name, serde_json::from_str(spec)?)?;
        }
        for name in STRUCK {
            self.load(
                name,
                json!({ "target": { "chatCluster": "chat" }, "parallelism": 2, "ttlSecondsAfterFinished": 5 }),
            )?;
        }
        for name in STRUCK {
            operator.until(&format!("the agents of {name} wait"), |_| {
                Ok(self.pods_of(name, "agent")?.len() == 2)
            })?;
        }
        let agent = |name: &str| Ok::<_, anyhow::Error>(self.pods_of(name, "agent")?.remove(0));
        self.say(
            &agent("evicted")?,
            &json!({ "phase": "Failed", "reason": "Evicted", "message": "low on memory" }),
        )?;
        self.say(&agent("starved")?, &ended("agent", 137, "OOMKilled", ""))?;
        self.kubectl(&["delete", "job/cancelled-agents", "--cascade=foreground"])?;
        self.play_a_run(operator)?;
        self.desert(operator)?;
        let ends = [
            ("evicted", "AgentEvicted"),
            ("starved", "AgentOutOfMemory"),
            ("cancelled", "Cancelled"),
            ("deserted", "ControllerLost"),
        ];
        for (name, reason) in ALONE.map(|(name, _, reason)| (name, reason)).into_iter().chain(ends) {
            self.has_ended(operator, name, "Failed", reason)?;
        }
        self.leaves_nothing(operator)
    }

    /// A run from its agents' being ready to its verdict.
    fn play_a_run(&self, operator: &mut Operator) -> Result<()> {
        self.controller_comes(operator, "played")?;
        let figures = json!({ "acknowledged": 480, "deliveryP99Micros": 9_100 });
        let word = json!({ "outcome": "passed", "broken": [], "figures": figures }).to_string();
        let controller = self.pods_of("played", "controller")?.remove(0);
        let mut status = ended("controller", 0, "Completed", &word);
        status["phase"] = json!("Succeeded");
        self.say(&controller, &status)?;
        self.has_ended(operator, "played", "Succeeded", "Passed")?;
        let Ok(test) = get(self.0, "clt/played") else {
            // Its time was over while we looked; the loop above has seen its end.
            return Ok(());
        };
        ensure!(test["status"]["figures"]["acknowledged"] == 480, "{test}");
        ensure!(test["status"]["verdict"] == "Passed", "{test}");
        Ok(())
    }

    /// A controller that is gone without a word.
    fn desert(&self, operator: &mut Operator) -> Result<()> {
        self.controller_comes(operator, "deserted")?;
        let controller = self.pods_of("deserted", "controller")?.remove(0);
        self.say(
            &controller,
            &json!({ "phase": "Failed", "reason": "Evicted", "message": "low on disk" }),
        )
    }

    /// Makes the agents ready, and waits for the controller.
    fn controller_comes(&self, operator: &mut Operator, name: &str) -> Result<()> {
        for pod in self.pods_of(name, "agent")? {
            self.say(
                &pod,
                &json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }),
            )?;
        }
        operator.until(&format!("{name} has a controller"), |_| {
            Ok(!self.pods_of(name, "controller")?.is_empty())
        })
    }

    fn load(&self, name: &str, mut spec: Value) -> Result<()> {
        if spec.get("podTemplate").is_none() {
            spec["podTemplate"] = serde_json::from_str(NOWHERE)?;
        }
        let test = json!({
            "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatLoadTest",
            "metadata": { "name": name, "namespace": "team" }, "spec": spec,
        });
        self.0.kubectl(&["apply", "-f", "-"], &test.to_string()).map(drop)
    }

    /// Its time is over soon after its end, so it may be gone when it is looked for: then its event says how it ended.
    fn has_ended(&self, operator: &mut Operator, name: &str, phase: &str, reason: &str) -> Result<()> {
        operator.until(&format!("{name} has ended: {reason}"), |_| {
            let Ok(test) = get(self.0, &format!("clt/{name}")) else {
                let fields = format!("--field-selector=regarding.name={name},reason={reason}");
                return Ok(self
                    .kubectl(&["get", "events.events.k8s.io", "--output=name", &fields])?
                    .contains("event"));
            };
            let status = &test["status"];
            if !["Succeeded", "Failed"].iter().any(|end| status["phase"] == *end) {
                return Ok(false);
            }
            let is_so = status["phase"] == phase && status["reason"] == reason && status["completionTime"].is_string();
            ensure!(is_so, "{name}: {status}");
            Ok(true)
        })
    }

    /// Those with a time to live go with everything; of the others the pods end, and the Jobs stay to be looked at.
    fn leaves_nothing(&self, operator: &mut Operator) -> Result<()> {
        operator.until("those whose time is over are gone, with all that was theirs", |_| {
            let struck = STRUCK.join(",");
            let selector = format!("--selector=app.kubernetes.io/instance in ({struck})");
            let left = self.kubectl(&["get", "jobs,pods,services,networkpolicies", &selector, "--output=name"])?;
            let tests = self.kubectl(&["get", "clt", "--output=name"])?;
            Ok(left.trim().is_empty() && tests.lines().count() == ALONE.len())
        })?;
        operator.until("nothing of it runs", |_| {
            let job = get(self.0, "job/roomless-agents")?;
            Ok(job["spec"]["suspend"] == true && self.pods_of("roomless", "agent")?.is_empty())
        })?;
        let names = ALONE.map(|(name, ..)| format!("clt/{name}"));
        let mut arguments = vec!["delete"];
        arguments.extend(names.iter().map(String::as_str));
        self.kubectl(&arguments).map(drop)
    }

    fn pods_of(&self, name: &str, role: &str) -> Result<Vec<String>> {
        let selector = format!("--selector=app.kubernetes.io/instance={name},app.kubernetes.io/component={role}");
        let pods = self.kubectl(&["get", "pods", &selector, "--output=name"])?;
        Ok(pods.lines().map(str::to_owned).collect())
    }

    /// Writes what a kubelet would say of a pod.
    fn say(&self, pod: &str, status: &Value) -> Result<()> {
        let patch = json!({ "status": status }).to_string();
        self.kubectl(&["patch", pod, "--subresource=status", "--type=merge", "--patch", &patch])
            .map(drop)
            .with_context(|| format!("{pod}: {patch}"))
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut all = vec!["--namespace=team"];
        all.extend(arguments);
        self.0.kubectl(&all, "")
    }
}

fn ended(container: &str, code: i32, reason: &str, word: &str) -> Value {
    json!({
        "phase": "Failed",
        "containerStatuses": [{
            "name": container, "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "terminated": { "exitCode": code, "reason": reason, "message": word } },
        }],
    })
}
