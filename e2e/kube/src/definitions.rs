//! CustomResourceDefinitions of other people: of Gateway API, the Prometheus operator, KEDA and Strimzi, as they publish them.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    command::{output, text},
    kubernetes::{CANNOT, script},
    tool,
};

/// The definitions, and where they are.
pub struct Definitions(PathBuf);

impl Definitions {
    /// All kinds that there are, by plural. Of `httproutes` there is also `httproutes-experimental`, Gateway API's channel with all fields.
    pub const ALL: [&str; 8] = [
        "httproutes",
        "podmonitors",
        "prometheusrules",
        "scaledobjects",
        "triggerauthentications",
        "kafkas",
        "kafkatopics",
        "kafkausers",
    ];

    /// Finds or fetches them; none if this machine cannot, after saying that `tests` did not run.
    ///
    /// # Errors
    /// When they are missing where everything must be there (`CI` is set).
    pub fn find(tests: &str) -> Result<Option<Self>> {
        let found = output(&mut script("definitions.sh", tool::BUILD_SECONDS), "")?;
        let complaint = text(&found.stderr);
        if found.status.code() == Some(CANNOT) {
            tool::lacking(tests, complaint.lines().last().unwrap_or("definitions of others"))?;
            return Ok(None);
        }
        ensure!(found.status.success(), "definitions.sh: {complaint}");
        Ok(Some(Self(PathBuf::from(text(&found.stdout).trim()))))
    }

    /// One of them, by its plural.
    ///
    /// # Errors
    /// When there is none.
    pub fn one(&self, plural: &str) -> Result<Value> {
        let path = self.0.join(plural).with_extension("yaml");
        let yaml = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(serde_saphyr::from_str(&yaml)?)
    }

    /// Some of them, as a list that kubectl takes.
    ///
    /// # Errors
    /// When one is missing.
    pub fn list(&self, plurals: &[&str]) -> Result<String> {
        let items = plurals
            .iter()
            .map(|plural| self.one(plural))
            .collect::<Result<Vec<_>>>()?;
        Ok(serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())
    }
}
