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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{
        Outcome::{AgentLost, GuaranteesBroken, Invalid, NothingMeasured, Passed, ThresholdsMissed},
        *,
    };

    /// What the harness's tests write.
    const WRITTEN: &str = include_str!("../../../loadtest/tests/conclusions.json");

    #[test]
    fn every_kind_of_it_is_read_as_it_is_written() {
        let written: Vec<Value> = serde_json::from_str(WRITTEN).unwrap();
        let mut outcomes = Vec::new();
        for written in written {
            let read = Conclusion::read(&written.to_string()).unwrap();
            assert_eq!(serde_json::to_value(&read.broken).unwrap(), written["broken"]);
            let figures = read.figures.map(|figures| serde_json::to_value(figures).unwrap());
            assert_eq!(figures.as_ref(), written.get("figures"));
            outcomes.push(read.outcome);
        }
        assert_eq!(
            outcomes,
            [
                Passed,
                ThresholdsMissed,
                GuaranteesBroken,
                AgentLost,
                Invalid,
                NothingMeasured
            ]
        );
    }
}
