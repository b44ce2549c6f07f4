//! What one unit of load costs, as it was measured. The operator's planner sizes by these tables; `talkline-loadtest project` makes a new one
//! of its runs, and says what the planner's comes to beside its own projection.
//!
//! CPU is in nanoseconds, memory in bytes. Figures of a busy two-core machine are upper bounds for a quieter one.
//!
//! A table that is measured anew is a new edition, a file in `editions/`, and no edition ever changes: pods stay as large as the one that they
//! were made with has them, until they are replaced anyway.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Sockets that a message of [`Message`] was delivered to: the rooms had two members.
pub const MEASURED_FAN_OUT: u64 = 2;

/// The files, from the first edition on.
const FILES: [&str; 2] = [include_str!("../editions/1.json"), include_str!("../editions/2.json")];

static EDITIONS: LazyLock<Vec<Table>> = LazyLock::new(|| {
    // They are part of the program: a test finds each to be a table.
    FILES
        .iter()
        .filter_map(|file| serde_json::from_str(file).ok())
        .collect()
});

/// Every edition, from the first one on.
#[must_use]
pub fn editions() -> &'static [Table] {
    &EDITIONS
}

/// A table of unit costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// When, and on what.
    pub measured: String,
    /// The runs that the figures come from, which number them from 1 on.
    pub runs: Vec<String>,
    /// A message: accepted, numbered, stored, delivered to [`MEASURED_FAN_OUT`] sockets.
    pub message: Message,
    /// A gateway's CPU for one delivery more.
    pub delivery: Figure,
    /// A gateway's CPU for one REST request.
    pub request: Figure,
    /// A gateway's CPU for one signal of the bus.
    pub signal: Figure,
    /// A gateway's memory for one idle socket.
    pub socket: Figure,
}

/// CPU of one message in each role's processes. At low rates hardly anything is batched, so a message costs more there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The rate of [`PerMessage::slow`], in messages a second.
    pub slow_rate: u64,
    /// The rate of [`PerMessage::fast`].
    pub fast_rate: u64,
    /// Of the gateways.
    pub gateway: PerMessage,
    /// Of the workers.
    pub worker: PerMessage,
    /// Of Kafka's brokers.
    pub kafka: PerMessage,
    /// Of MongoDB's primaries.
    pub mongo: PerMessage,
    /// Of Redis' nodes.
    pub redis: PerMessage,
    /// Of these two rates.
    pub runs: Vec<usize>,
}

/// CPU of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerMessage {
    /// At the lower rate that was measured, and below.
    pub slow: u64,
    /// At the higher one, and above.
    pub fast: u64,
}

/// One cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// In nanoseconds or bytes.
    pub value: u64,
    /// The runs that it comes from.
    pub runs: Vec<usize>,
}

impl Message {
    /// CPU that `rate` messages a second take in a second. Between the two measured rates nobody measured: there it stays at what the
    /// lower one took, until the higher one's cost is more, so that a higher rate never seems to need less.
    #[must_use]
    pub fn cpu(&self, of: PerMessage, rate: u64) -> u64 {
        (rate * of.fast).max(rate.min(self.slow_rate) * of.slow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_every_edition_names_runs_that_there_are() {
        for table in editions() {
            let figures = [&table.delivery, &table.request, &table.signal, &table.socket];
            let runs = figures
                .map(|figure| &figure.runs)
                .into_iter()
                .chain([&table.message.runs]);
            for runs in runs {
                assert!(
                    !runs.is_empty() && runs.iter().all(|run| (1..=table.runs.len()).contains(run)),
                    "{table:?}"
                );
            }
            assert!(table.message.slow_rate < table.message.fast_rate, "{table:?}");
        }
        assert_eq!(editions().len(), FILES.len());
    }

    #[test]
    fn a_higher_rate_never_seems_to_need_less() {
        for table in editions() {
            let mut last = 0;
            for rate in (0..20_000).step_by(250) {
                let cpu = table.message.cpu(table.message.mongo, rate);
                assert!(cpu >= last, "{rate}");
                last = cpu;
            }
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for (file, table) in FILES.iter().zip(editions()) {
            let written: serde_json::Value = serde_json::to_value(table).unwrap();
            assert_eq!(written, serde_json::from_str::<serde_json::Value>(file).unwrap());
        }
    }
}
