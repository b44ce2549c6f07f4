//! What has happened to a role's pods and its Deployment, by the API server's own record: watches that begin in the past.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use talkline_e2e::Verdict;

use crate::platform::{PACE, Platform};

const TEMPLATE: &str = "/metadata/labels/pod-template-hash";
const COST: &str = "/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost";

/// That whoever had to move was asked in turn, and came to another gateway no faster than that: by the record of those who talked.
pub(crate) fn moved_at_a_pace(verdict: &Verdict) -> Result<()> {
    for (what, counts) in [
        ("asked to move", &verdict.asked_to_move),
        ("connected again", &verdict.reconnects),
    ] {
        // Where the machine stands still for a second, two seconds' come in one.
        let most = counts.iter().max().copied().unwrap_or(0);
        ensure!(most <= 2 * PACE, "{what}, second by second: {counts:?}");
    }
    Ok(())
}

/// A moment, as the API server counts.
pub(crate) struct Since<'a> {
    platform: &'a Platform,
    version: String,
    /// The gateways that there were.
    gateways: BTreeMap<String, Pod>,
}

/// A pod, as far as it matters who goes first.
#[derive(Clone)]
struct Pod {
    /// The template that it was made of: a rollout takes pods of the old one only, whatever the others cost.
    template: String,
    cost: i64,
    is_ready: bool,
    is_leaving: bool,
}

impl<'a> Since<'a> {
    /// Now.
    pub(crate) fn now(platform: &'a Platform) -> Result<Self> {
        let path = format!("/api/v1/namespaces/talkline/pods?{}", of_role("gateway"));
        let list: Value = serde_json::from_str(&platform.kubectl(&["get", "--raw", &path])?)?;
        let version = list["metadata"]["resourceVersion"].as_str().context("no version")?;
        let gateways = list["items"].as_array().context("no list")?.iter();
        Ok(Self {
            platform,
            version: version.to_owned(),
            gateways: gateways
                .map(|pod| Ok((name(pod)?, Pod::of(pod))))
                .collect::<Result<_>>()?,
        })
    }

    /// Every number of pods that the role's Deployment was asked for since then.
    pub(crate) fn asked(&self, role: &str) -> Result<Vec<u64>> {
        let changes = self.changes("apis/apps/v1", "deployments", role)?;
        let mut asked: Vec<u64> = changes
            .iter()
            .filter_map(|change| change["object"]["spec"]["replicas"].as_u64())
            .collect();
        asked.dedup();
        Ok(asked)
    }

    /// That gateways went one at a time, each when none of its kind that stayed was cheaper; how many went.
    pub(crate) fn gateways_left_in_turn(&self) -> Result<usize> {
        let mut pods = self.gateways.clone();
        let mut left = 0;
        for change in self.changes("api/v1", "pods", "gateway")? {
            let object = &change["object"];
            let name = name(object)?;
            let before = pods.get(&name).cloned();
            if change["type"] == "DELETED" {
                pods.remove(&name);
                continue;
            }
            let pod = Pod::of(object);
            let is_leaving = pod.is_leaving;
            pods.insert(name.clone(), pod);
            // One that was never ready has nothing to hand over.
            let Some(before) = before.filter(|before| is_leaving && !before.is_leaving && before.is_ready) else {
                continue;
            };
            left += 1;
            let leaving = pods.values().filter(|pod| pod.is_leaving).count();
            ensure!(leaving == 1, "{leaving} gateways leave at the same time");
            let is_other = |pod: &&Pod| pod.is_ready && !pod.is_leaving && pod.template == before.template;
            let others: Vec<i64> = pods.values().filter(is_other).map(|pod| pod.cost).collect();
            ensure!(
                others.iter().all(|other| *other >= before.cost),
                "{name} at {} was not the cheapest of {others:?}",
                before.cost
            );
        }
        Ok(left)
    }

    /// Whether the operator has noted which gateway goes first, which takes its right to patch pods.
    pub(crate) fn costs_were_noted(&self) -> Result<bool> {
        let changes = self.changes("api/v1", "pods", "gateway")?;
        Ok(changes.iter().any(|change| change["object"].pointer(COST).is_some()))
    }

    /// Every change of a role's objects since then, in order.
    fn changes(&self, api: &str, kind: &str, role: &str) -> Result<Vec<Value>> {
        let version = &self.version;
        let path = format!(
            "/{api}/namespaces/talkline/{kind}?watch=true&resourceVersion={version}&timeoutSeconds=1&{}",
            of_role(role)
        );
        let events = self.platform.kubectl(&["get", "--raw", &path])?;
        let changes = events.lines().map(|line| Ok(serde_json::from_str(line)?));
        changes.collect()
    }
}

/// A query for the objects of a role.
fn of_role(role: &str) -> String {
    format!("labelSelector=app.kubernetes.io%2Fcomponent%3D{role}")
}

fn name(object: &Value) -> Result<String> {
    Ok(object["metadata"]["name"].as_str().context("no name")?.to_owned())
}

impl Pod {
    fn of(object: &Value) -> Self {
        let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let mut ready = conditions.filter(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        let cost = object.pointer(COST).and_then(Value::as_str);
        let template = object.pointer(TEMPLATE).and_then(Value::as_str);
        Self {
            template: template.unwrap_or_default().to_owned(),
            cost: cost.and_then(|cost| cost.parse().ok()).unwrap_or(0),
            is_ready: ready.next().is_some(),
            is_leaving: object["metadata"].get("deletionTimestamp").is_some(),
        }
    }
}
