//! What a metric is, apart from its values: one constant each, by which it is registered, described and charted.
//!
//! Its kind is a type, so a rate of a gauge, or a quantile of a counter, does not compile.

use std::{fmt, ops::Deref};

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::histogram::Histogram as Observed,
    registry::{Metric, Registry, Unit as Suffix},
};

use crate::histogram;

/// What the values of a metric are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: things, or 1 for yes.
    One,
    /// Seconds; of a point in time, since 1970.
    Seconds,
    /// Bytes.
    Bytes,
}

/// What all kinds have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descriptor {
    /// As Prometheus shows it, with its unit and `_total`; of a histogram, without `_bucket` and the like.
    pub name: &'static str,
    /// A sentence without its full stop.
    pub help: &'static str,
    /// The unit, which the name ends in.
    pub unit: Unit,
    /// The labels that its values are told apart by.
    pub labels: &'static [&'static str],
}

/// Only goes up, but for a new process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counter(Descriptor);

/// Goes up and down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge(Descriptor);

/// How many values were how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Histogram {
    descriptor: Descriptor,
    bounds: Bounds,
}

/// The upper bounds of a histogram's classic buckets, in its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// These, ascending.
    Listed(&'static [f64]),
    /// So many, each `factor` times the one before.
    Exponential {
        /// The lowest.
        first: f64,
        /// From one to the next.
        factor: f64,
        /// How many.
        count: u16,
    },
}

impl Descriptor {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            unit: Unit::One,
            labels: &[],
        }
    }

    /// Has `registry` show the values of `metric` under this name from now on.
    pub fn register(&self, registry: &mut Registry, metric: impl Metric) {
        match self.suffix() {
            Some(unit) => registry.register_with_unit(self.stem(), self.help, unit, metric),
            None => registry.register(self.stem(), self.help, metric),
        }
    }

    /// Writes one value, for a collector.
    ///
    /// # Errors
    /// The encoder's.
    pub fn write(&self, encoder: &mut DescriptorEncoder<'_>, metric: &impl EncodeMetric) -> fmt::Result {
        let unit = self.suffix();
        metric.encode(encoder.encode_descriptor(self.stem(), self.help, unit.as_ref(), metric.metric_type())?)
    }

    /// Writes a value for each set of labels, for a collector; nothing at all where there are none.
    ///
    /// # Errors
    /// The encoder's.
    pub fn write_each<L: EncodeLabelSet, M: EncodeMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        values: impl IntoIterator<Item = (L, M)>,
    ) -> fmt::Result {
        let mut values = values.into_iter().peekable();
        let Some((_, first)) = values.peek() else { return Ok(()) };
        let (kind, unit) = (first.metric_type(), self.suffix());
        let mut family = encoder.encode_descriptor(self.stem(), self.help, unit.as_ref(), kind)?;
        for (labels, value) in values {
            value.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// The name without what an encoder adds to it: the unit, and `_total`.
    fn stem(&self) -> &'static str {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        let unit = match self.unit {
            Unit::One => "",
            Unit::Seconds => "_seconds",
            Unit::Bytes => "_bytes",
        };
        name.strip_suffix(unit).unwrap_or(name)
    }

    /// The unit as an encoder takes it.
    fn suffix(&self) -> Option<Suffix> {
        match self.unit {
            Unit::One => None,
            Unit::Seconds => Some(Suffix::Seconds),
            Unit::Bytes => Some(Suffix::Bytes),
        }
    }
}

/// The builders that all kinds share; `$self.$($to).+` is where the descriptor lies.
macro_rules! kind {
    ($kind:ident, $($to:tt).+) => {
        impl $kind {
            /// The same, in seconds.
            pub const fn seconds(mut self) -> Self {
                self.$($to).+.unit = Unit::Seconds;
                self
            }

            /// The same, in bytes.
            pub const fn bytes(mut self) -> Self {
                self.$($to).+.unit = Unit::Bytes;
                self
            }

            /// The same, told apart by these labels.
            pub const fn by(mut self, labels: &'static [&'static str]) -> Self {
                self.$($to).+.labels = labels;
                self
            }
        }

        impl Deref for $kind {
            type Target = Descriptor;

            fn deref(&self) -> &Descriptor {
                &self.$($to).+
            }
        }
    };
}

kind!(Counter, 0);
kind!(Gauge, 0);
kind!(Histogram, descriptor);

impl Counter {
    /// One of that name, which ends in `_total`.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self(Descriptor::new(name, help))
    }
}

impl Gauge {
    /// One of that name.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self(Descriptor::new(name, help))
    }
}

impl Histogram {
    /// One of that name.
    pub const fn new(name: &'static str, help: &'static str, bounds: Bounds) -> Self {
        Self {
            descriptor: Descriptor::new(name, help),
            bounds,
        }
    }

    /// An empty one, with classic and native buckets.
    pub fn empty(&self) -> Observed {
        histogram(self.bounds.values())
    }

    /// Whether `value` is the upper bound of a classic bucket, so that what lies below it can be counted exactly.
    pub fn has_bound(&self, value: f64) -> bool {
        self.bounds.values().any(|bound| bound == value)
    }
}

impl Bounds {
    fn values(self) -> impl Iterator<Item = f64> {
        let (listed, first, factor, count) = match self {
            Self::Listed(listed) => (listed, 0.0, 1.0, 0),
            Self::Exponential { first, factor, count } => (&[][..], first, factor, count),
        };
        let grown = std::iter::successors(Some(first), move |bound| Some(bound * factor));
        listed.iter().copied().chain(grown.take(count.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exposition;

    const SENT: Counter = Counter::new("sent_bytes_total", "Sent").bytes();
    const TOOK: Histogram = Histogram::new("took_seconds", "Took", Bounds::Listed(&[0.5, 1.0])).seconds();
    const OPEN: Gauge = Gauge::new("open", "Open");

    #[test]
    fn a_metric_is_shown_under_the_name_of_its_constant() {
        let mut registry = Registry::default();
        let (sent, took) = (
            prometheus_client::metrics::counter::Counter::<u64>::default(),
            TOOK.empty(),
        );
        sent.inc_by(3);
        took.observe(0.7);
        SENT.register(&mut registry, sent);
        TOOK.register(&mut registry, took);
        OPEN.register(
            &mut registry,
            prometheus_client::metrics::gauge::Gauge::<i64>::default(),
        );
        let page = String::from_utf8(Exposition::Text.write(&registry).unwrap()).unwrap();
        let expected = [
            "sent_bytes_total 3",
            "took_seconds_bucket{le=\"1.0\"} 1",
            "open 0",
            "# UNIT took_seconds seconds",
        ];
        for line in expected {
            assert!(page.contains(&format!("{line}\n")), "{line}\n{page}");
        }
    }

    #[test]
    fn bounds_are_those_that_were_given() {
        let grown = Bounds::Exponential {
            first: 0.25,
            factor: 2.0,
            count: 3,
        };
        assert!(grown.values().eq([0.25, 0.5, 1.0]));
        assert!(TOOK.has_bound(0.5) && !TOOK.has_bound(0.7));
    }
}
