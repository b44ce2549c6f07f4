//! What a look at one server came to, as conditions say it.

use std::fmt::Display;

use talkline_cluster::provision::Report;

/// The longest list of sentences that is shown: an event's note has room for 1,024 bytes.
const LONGEST: usize = 1_000;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It does not answer, in these words.
    Silent(String),
    /// It answers, and refuses us, or what we asked.
    Refuses(String),
    /// It was looked at.
    Seen {
        /// What a person has to do.
        manual: Vec<String>,
        /// What differs and was left, as the ChatCluster wants it.
        drift: Vec<String>,
        /// What cannot be looked at.
        unseen: Vec<String>,
    },
}

impl Finding {
    /// Of a look that came to its end.
    pub(super) fn seen(report: Report) -> Self {
        let Report {
            drift, refused, unseen, ..
        } = report;
        Self::Seen {
            manual: refused,
            drift,
            unseen,
        }
    }

    /// Of one that did not.
    pub(super) fn failed(error: &impl Display, is_retryable: bool) -> Self {
        match is_retryable {
            true => Self::Silent(error.to_string()),
            false => Self::Refuses(error.to_string()),
        }
    }

    /// Whether the server is as its ChatCluster says, for all that could be seen.
    pub(crate) fn is_as_declared(&self) -> bool {
        matches!(self, Self::Seen { manual, drift, .. } if manual.is_empty() && drift.is_empty())
    }

    /// Whether it does not answer.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Silent(_))
    }

    /// Whether it answers: status, reason and message of a condition.
    pub(crate) fn reachable(&self) -> (Option<bool>, &'static str, String) {
        match self {
            Self::Silent(error) => (Some(false), "NoAnswer", error.clone()),
            Self::Refuses(_) | Self::Seen { .. } => (Some(true), "Answers", "it answers the operator".to_owned()),
        }
    }

    /// Whether it is as declared: status, reason and message of a condition.
    pub(crate) fn as_declared(&self) -> (Option<bool>, &'static str, String) {
        match self {
            Self::Silent(error) => (None, "NoAnswer", error.clone()),
            Self::Refuses(error) => (Some(false), "RequestRefused", error.clone()),
            Self::Seen { manual, .. } if !manual.is_empty() => (Some(false), "ManualActionRequired", sentence(manual)),
            Self::Seen { drift, .. } if !drift.is_empty() => (Some(false), "Drift", sentence(drift)),
            Self::Seen { unseen, .. } if !unseen.is_empty() => {
                (Some(true), "AsDeclared", format!("not looked at: {}", sentence(unseen)))
            }
            Self::Seen { .. } => (Some(true), "AsDeclared", "it has what the ChatCluster says".to_owned()),
        }
    }

    /// What a person has to do, where that is so.
    pub(crate) fn action(&self) -> Option<String> {
        let (is, reason, message) = self.as_declared();
        (is == Some(false) && reason != "Drift").then_some(message)
    }
}

/// Several sentences as one line.
pub(super) fn sentence(lines: &[String]) -> String {
    let line = lines.join("; ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(manual: &[&str], drift: &[&str], unseen: &[&str]) -> Finding {
        let lines = |of: &[&str]| of.iter().map(|line| (*line).to_owned()).collect();
        Finding::seen(Report {
            done: vec!["something was made".to_owned()],
            drift: lines(drift),
            refused: lines(manual),
            unseen: lines(unseen),
        })
    }

    #[test]
    fn the_worst_is_the_reason_and_says_what_it_is() {
        let table = [
            (seen(&[], &[], &[]), "AsDeclared", true),
            (seen(&[], &[], &["its settings"]), "AsDeclared", true),
            (seen(&[], &["a topic differs"], &["its settings"]), "Drift", false),
            (
                seen(&["reassign"], &["a topic differs"], &[]),
                "ManualActionRequired",
                false,
            ),
            (Finding::failed(&"wrong password", false), "RequestRefused", false),
        ];
        for (finding, expected, is) in table {
            let (status, reason, message) = finding.as_declared();
            assert_eq!((status, reason), (Some(is), expected), "{message}");
            assert_eq!(finding.is_as_declared(), is);
            assert_eq!(finding.action().is_some(), !["AsDeclared", "Drift"].contains(&reason));
            assert_eq!(finding.reachable().0, Some(true), "it answered");
        }
        let silent = Finding::failed(&"refused", true);
        assert_eq!((silent.reachable().0, silent.as_declared().0), (Some(false), None));
        assert_eq!(silent.action(), None, "it may answer again");
    }

    #[test]
    fn a_long_list_is_cut() {
        let lines: Vec<String> = (0..200).map(|number| format!("tópic {number} was made")).collect();
        assert!(sentence(&lines).chars().count() <= LONGEST + 1);
    }
}
