//! HDR histograms of what was timed, in microseconds from the intended start.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Longer ones count as this: 10 minutes, in µs.
const LONGEST: u64 = 600_000_000;

/// What is timed, always from the moment that a message was meant to be sent or a request to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Until the send's acknowledgement.
    Ack,
    /// Until another member's socket had the message.
    Delivery,
    /// Until a page of history was read.
    History,
    /// Until the harness itself got to sending: its own lateness.
    Lag,
}

impl Kind {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Ack, Self::Delivery, Self::History, Self::Lag];

    /// As reports and goose name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Delivery => "delivery",
            Self::History => "history",
            Self::Lag => "lag",
        }
    }
}

/// A histogram for each [`Kind`].
#[derive(Debug)]
pub(super) struct Latencies([Histogram<u64>; 4]);

impl Latencies {
    /// Empty ones, of three significant digits from 1 µs to 10 min.
    pub(super) fn new() -> Result<Self, hdrhistogram::CreationError> {
        let empty = Histogram::new_with_bounds(1, LONGEST, 3)?;
        Ok(Self([empty.clone(), empty.clone(), empty.clone(), empty]))
    }

    pub(super) fn record(&mut self, kind: Kind, micros: u64) {
        self.0[kind as usize].saturating_record(micros);
    }

    pub(super) fn quantiles(&self, kind: Kind) -> Quantiles {
        let histogram = &self.0[kind as usize];
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
        Quantiles {
            count: histogram.len(),
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: histogram.max() as f64 / 1e3,
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.iter_mut().for_each(Histogram::reset);
    }
}

/// One histogram in five numbers, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantiles {
    /// How many were timed.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// 90 % were faster.
    pub p90_ms: f64,
    /// 99 % were faster.
    pub p99_ms: f64,
    /// 99.9 % were faster.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_kind_in_milliseconds() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1000).for_each(|millis| latencies.record(Kind::Ack, millis * 1000));
        latencies.record(Kind::Delivery, u64::MAX);
        let ack = latencies.quantiles(Kind::Ack);
        assert_eq!(ack.count, 1000);
        for (value, expected) in [
            (ack.p50_ms, 500.0),
            (ack.p90_ms, 900.0),
            (ack.p99_ms, 990.0),
            (ack.max_ms, 1000.0),
        ] {
            assert!((value / expected - 1.0).abs() < 0.002, "{value} is not {expected}");
        }
        assert!(latencies.quantiles(Kind::Delivery).max_ms >= 600_000.0);
        latencies.reset();
        assert_eq!(latencies.quantiles(Kind::Ack).count, 0);
    }
}
