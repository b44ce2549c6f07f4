//! The last word of a controller: what `talkline-loadtest run --conclusion` writes, or else its last lines.

use serde::Deserialize;
use talkline_crds::loadtest::Figures;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Conclusion {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What did not hold, or why there is nothing.
    pub(crate) broken: Vec<String>,
    /// None where nothing was measured.
    pub(crate) figures: Option<Figures>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Outcome {
    /// Everything held.
    Passed,
    /// A threshold did not.
    ThresholdsMissed,
    /// A guarantee did not.
    GuaranteesBroken,
    /// A part of it is missing.
    AgentLost,
    /// It cannot be run.
    Invalid,
    /// There was nothing to measure.
    NothingMeasured,
}

impl Conclusion {
    /// Reads it.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn read(word: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(word)
    }
}
