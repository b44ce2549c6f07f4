//! The stages of a ChatCluster's life, each from where the last one left it.

mod conflict;
mod cut;
mod failures;
mod killed;
mod life;
mod loadtests;
mod refused;
mod rendering;
mod rights;
mod scaling;
mod scope;
mod strimzi;
mod watching;

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use anyhow::Result;
use serde_json::Value;
use talkline_testbed::Kubernetes;

use crate::operator::{ACCOUNT, get};

pub(crate) use rendering::{
    built_in_objects_are_taken_by_a_strict_api_server, trap_an_operators_upgrade_rolls_nothing,
};
pub(crate) use scope::an_operator_of_some_namespaces_keeps_to_them;
pub(crate) use watching::{every_panel_about_the_operator_shows_it, watch};

const GATEWAY: &str = "deployment/chat-gateway";
const WORKER: &str = "deployment/chat-worker";
const CHAT: &str = "chatcluster/chat";

/// A running Kubernetes in which a ChatCluster lives.
pub(crate) struct Stage<'a>(&'a Kubernetes);

/// A condition as `status/reason`; nothing where there is none.
pub(crate) fn condition(chat: &Value, kind: &str) -> String {
    let conditions = chat["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.iter().find(|condition| condition["type"] == kind);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found
        .map(|condition| format!("{}/{}", text(&condition["status"]), text(&condition["reason"])))
        .unwrap_or_default()
}

impl<'a> Stage<'a> {
    pub(crate) fn new(kubernetes: &'a Kubernetes) -> Self {
        Self(kubernetes)
    }

    pub(super) fn condition(&self, kind: &str) -> Result<String> {
        Ok(condition(&get(self.0, CHAT)?, kind))
    }

    /// Whether the status speaks of the newest spec.
    pub(super) fn is_observed(&self) -> Result<bool> {
        let chat = get(self.0, CHAT)?;
        Ok(chat["status"]["observedGeneration"] == chat["metadata"]["generation"])
    }

    pub(super) fn patch(&self, patch: &Value) -> Result<()> {
        self.0
            .kubectl(
                &[
                    "--namespace=team",
                    "patch",
                    CHAT,
                    "--type=merge",
                    "--patch",
                    &patch.to_string(),
                ],
                "",
            )
            .map(drop)
    }

    pub(super) fn annotate(&self, object: &str, annotation: &str) -> Result<()> {
        self.0
            .kubectl(&["--namespace=team", "annotate", "--overwrite", object, annotation], "")
            .map(drop)
    }

    /// Where the API server's log ends now.
    fn end_of_log(&self) -> Result<u64> {
        Ok(self.0.folder().join("audit.log").metadata()?.len())
    }

    /// How many requests of operators stand in that log behind a place, of those whose line `is` one to count.
    fn asked_since(&self, place: u64, is: impl Fn(&&str) -> bool) -> Result<usize> {
        let mut log = File::open(self.0.folder().join("audit.log"))?;
        log.seek(SeekFrom::Start(place))?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        let user = format!(":talkline-system:{ACCOUNT}\"");
        let ours = text.lines().filter(|line| line.contains(&user));
        Ok(ours.filter(is).count())
    }
}
