//! A run, as far as it is projected.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Serialize;

use crate::{
    measure::Kind,
    report::{Cost, Report},
};

/// The name of the harness's own costs.
pub(super) const HARNESS: &str = "harness";

/// A run, as far as it is projected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its file.
    pub file: String,
    /// Requests a second that were answered.
    pub requests_per_second: f64,
    /// Sockets that were open.
    pub sockets: f64,
    /// Whether its figures are partly the harness's own.
    pub saturated: bool,
    /// Requests a second of each kind.
    #[serde(skip)]
    pub(super) kinds: BTreeMap<Kind, f64>,
    /// What each role cost, and the harness.
    #[serde(skip)]
    pub(super) costs: BTreeMap<String, Cost>,
    /// Calls a second of log, store and cache.
    #[serde(skip)]
    pub(super) operations: BTreeMap<String, f64>,
}

impl Run {
    /// Reads a report.
    ///
    /// # Errors
    /// When the file is none.
    pub(super) fn read(file: &PathBuf) -> Result<Self, String> {
        let fail = |why: String| format!("{}: {why}", file.display());
        let text = fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
        let report: Report = serde_json::from_str(&text).map_err(|error| fail(format!("no report: {error}")))?;
        let mut costs: BTreeMap<String, Cost> = BTreeMap::from([(HARNESS.to_owned(), report.generator)]);
        for server in &report.servers {
            let cost = costs.entry(role(&server.name).to_owned()).or_default();
            cost.cores += server.cost.cores;
            cost.rss_bytes += server.cost.rss_bytes;
            cost.written_bytes_per_second += server.cost.written_bytes_per_second;
        }
        let kinds = report.requests.iter();
        Ok(Self {
            file: file.display().to_string(),
            requests_per_second: report.requests_per_second,
            sockets: report.load.sockets as f64,
            saturated: report.saturated,
            kinds: kinds.map(|(kind, requests)| (*kind, requests.per_second)).collect(),
            costs,
            operations: report.operations,
        })
    }
}

/// What a process does: its name without the number. Processes of one role share its load.
fn role(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((role, number)) if number.parse::<u32>().is_ok() => role,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_name_without_its_number() {
        let roles = ["gateway-1", "gateway-12", "server", "load-worker-2", "a-b"].map(role);
        assert_eq!(roles, ["gateway", "gateway", "server", "load-worker", "a-b"]);
    }
}
