//! HDR histograms of what was timed, in microseconds from the intended start.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer as HdrDeserializer, Serializer as _, V2DeflateSerializer},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::kind::Kind;

/// Longer ones count as this: 10 minutes, in µs.
const LONGEST: u64 = 600_000_000;

/// Times of one kind: three significant digits from 1 µs to 10 min. As JSON they are [`Packed`].
#[derive(Debug, Clone, PartialEq)]
pub struct Timings(Histogram<u64>);

impl Timings {
    /// None yet.
    ///
    /// # Errors
    /// Never with the bounds used here; the histogram library can not say so.
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        Histogram::new_with_bounds(1, LONGEST, 3).map(Self)
    }

    /// One more, in µs.
    pub fn record(&mut self, micros: u64) {
        self.0.saturating_record(micros);
    }

    /// Those of another one too.
    pub fn merge(&mut self, other: &Self) {
        // All have the same bounds; one from elsewhere that has not is kept as exactly as this one can.
        if self.0.add(&other.0).is_err() {
            for (micros, count) in other.recorded() {
                self.0.saturating_record_n(micros, count);
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// So much were at most this long, in ms.
    #[must_use]
    pub fn at(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e3
    }

    /// Every time that there is, in µs and ascending, and how often.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.0.iter_recorded();
        recorded.map(|value| (value.value_iterated_to(), value.count_at_value()))
    }

    /// In five numbers.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        Quantiles {
            count: self.0.len(),
            p50_ms: self.at(0.5),
            p90_ms: self.at(0.9),
            p99_ms: self.at(0.99),
            p999_ms: self.at(0.999),
            max_ms: self.0.max() as f64 / 1e3,
        }
    }

    /// The same in as few bytes as there is in it.
    #[must_use]
    pub fn pack(&self) -> Packed {
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        drop(V2DeflateSerializer::new().serialize(&self.0, &mut bytes));
        Packed(bytes)
    }
}

/// [`Timings`] as HDR histograms are stored everywhere: V2, deflated; and as text in Base64. Nothing is lost.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// What was packed.
    ///
    /// # Errors
    /// When it is from elsewhere and no histogram.
    pub fn unpack(&self) -> Result<Timings, String> {
        let histogram = HdrDeserializer::new().deserialize(&mut self.0.as_slice());
        histogram.map(Timings).map_err(|error| format!("histogram: {error}"))
    }

    /// So much were at most this long, in ms; 0 of none.
    #[must_use]
    pub fn at(&self, quantile: f64) -> f64 {
        self.unpack().map_or(0.0, |timings| timings.at(quantile))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.unpack().map_or(0, |timings| timings.count())
    }

    /// Those of another one too.
    pub fn merge(&mut self, other: &Self) {
        match (self.unpack(), other.unpack()) {
            (Ok(mut timings), Ok(others)) => {
                timings.merge(&others);
                *self = timings.pack();
            }
            (Err(_), Ok(_)) => self.clone_from(other),
            (_, Err(_)) => {}
        }
    }
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(deserializer)?);
        bytes.map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Timings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.pack().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Packed::deserialize(deserializer)?.unpack().map_err(D::Error::custom)
    }
}

/// Timings for each [`Kind`]; memory is taken with the first of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Latencies {
    empty: Timings,
    kinds: [Option<Timings>; Kind::ALL.len()],
}

impl Latencies {
    /// None yet.
    ///
    /// # Errors
    /// As [`Timings::new`].
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        let empty = Timings::new()?;
        let kinds = [const { None }; Kind::ALL.len()];
        Ok(Self { empty, kinds })
    }

    fn kind(&mut self, kind: Kind) -> &mut Timings {
        self.kinds[kind as usize].get_or_insert_with(|| self.empty.clone())
    }

    /// One more of that kind, in µs.
    pub fn record(&mut self, kind: Kind, micros: u64) {
        self.kind(kind).record(micros);
    }

    /// Those of another one too.
    pub fn merge(&mut self, other: &Self) {
        for (kind, timings) in other.iter() {
            self.kind(kind).merge(timings);
        }
    }

    /// Those of one kind; empty if there are none.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Timings {
        self.kinds[kind as usize].as_ref().unwrap_or(&self.empty)
    }

    /// The kinds that there are times of.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Timings)> {
        let all = Kind::ALL.into_iter().zip(&self.kinds);
        all.filter_map(|(kind, timings)| Some((kind, timings.as_ref()?)))
    }

    /// All requests together.
    #[must_use]
    pub fn requests(&self) -> Timings {
        let mut together = self.empty.clone();
        let requests = self.iter().filter(|(kind, _)| kind.is_request());
        requests.for_each(|(_, timings)| together.merge(timings));
        together
    }
}

impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = std::collections::BTreeMap::<Kind, Timings>::deserialize(deserializer)?;
        let mut latencies = Self::new().map_err(D::Error::custom)?;
        for (kind, timings) in read {
            latencies.kinds[kind as usize] = Some(timings);
        }
        Ok(latencies)
    }
}

/// One histogram in five numbers, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
    use proptest::prelude::*;

    use super::*;

    /// Within what three significant digits allow.
    fn assert_close(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 0.002, "{value} is not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_the_kind_in_milliseconds() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1000).for_each(|millis| latencies.record(Kind::Ack, millis * 1000));
        latencies.record(Kind::Delivery, u64::MAX);
        let ack = latencies.of(Kind::Ack).quantiles();
        assert_eq!(ack.count, 1000);
        assert_close(ack.p50_ms, 500.0);
        assert_close(ack.p90_ms, 900.0);
        assert_close(ack.p99_ms, 990.0);
        assert_close(ack.max_ms, 1000.0);
        assert!(latencies.of(Kind::Delivery).quantiles().max_ms >= 600_000.0);
        assert_eq!(latencies.of(Kind::History).quantiles().count, 0);
        assert_eq!(latencies.requests().count(), 1000);
    }

    #[test]
    fn known_distributions_are_reported_within_a_percent() {
        // Inverse transform at even ranks: the exact quantile function of each is known.
        let ranks = (0..200_000).map(|rank| (f64::from(rank) + 0.5) / 200_000.0);
        let exponential = |rank: f64| -20_000.0 * (1.0 - rank).ln();
        let pareto = |rank: f64| 1_000.0 / (1.0 - rank).powf(1.0 / 1.5);
        let bimodal = |rank: f64| if rank < 0.995 { 2_000.0 } else { 1_000_000.0 };
        for quantile_of in [&exponential as &dyn Fn(f64) -> f64, &pareto, &bimodal] {
            let mut timings = Timings::new().unwrap();
            ranks.clone().for_each(|rank| timings.record(quantile_of(rank) as u64));
            for rank in [0.5, 0.9, 0.99, 0.999] {
                let (reported, known) = (timings.at(rank), quantile_of(rank) / 1e3);
                assert!(
                    (reported / known - 1.0).abs() < 0.01,
                    "p{rank}: {reported} is not {known}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn merged_equals_single_and_survives_being_written(
            times in proptest::collection::vec((0..Kind::ALL.len(), 0..700_000_000_u64, 0..3_usize), 0..400),
        ) {
            let mut single = Latencies::new().unwrap();
            let mut parts: [Latencies; 3] = std::array::from_fn(|_| Latencies::new().unwrap());
            for (kind, micros, part) in times {
                single.record(Kind::ALL[kind], micros);
                parts[part].record(Kind::ALL[kind], micros);
            }
            let mut merged = Latencies::new().unwrap();
            for part in parts {
                let sent = serde_json::to_string(&part).unwrap();
                merged.merge(&serde_json::from_str(&sent).unwrap());
            }
            prop_assert_eq!(merged, single);
        }
    }
}
