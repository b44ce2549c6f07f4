//! Questions to Prometheus, asked of metrics by their constants: what a counter cannot be asked does not compile.

use std::{fmt::Write as _, ops::Deref};

use talkline_metrics::descriptor::{Counter, Descriptor, Gauge, Histogram};

/// Whose series are asked for, and over which time a rate is taken.
#[derive(Clone, Debug)]
pub struct Scope {
    matchers: String,
    window: String,
}

/// Some series of one metric, and how they are gathered.
#[derive(Clone, Debug)]
pub struct Series<'a, M: 'static> {
    scope: &'a Scope,
    metric: &'static M,
    matchers: String,
    by: Vec<&'static str>,
}

impl Scope {
    /// All series that `matchers` leave, such as `pod="a"`; rates over `window`, such as `5m`.
    pub fn new(matchers: impl Into<String>, window: impl Into<String>) -> Self {
        Self {
            matchers: matchers.into(),
            window: window.into(),
        }
    }

    /// The same series, over another time.
    #[must_use]
    pub fn over(&self, window: impl Into<String>) -> Self {
        Self::new(self.matchers.clone(), window)
    }

    /// The series of a metric.
    pub fn of<M: Deref<Target = Descriptor>>(&self, metric: &'static M) -> Series<'_, M> {
        Series {
            scope: self,
            metric,
            matchers: self.matchers.clone(),
            by: Vec::new(),
        }
    }

    /// The series under a name that Prometheus or a rule gave.
    pub fn named(&self, name: &str) -> String {
        selector(name, &self.matchers)
    }
}

fn selector(name: &str, matchers: &str) -> String {
    if matchers.is_empty() {
        name.to_owned()
    } else {
        format!("{name}{{{matchers}}}")
    }
}

impl<M: Deref<Target = Descriptor>> Series<'_, M> {
    /// Only those with this value of a label.
    #[must_use]
    pub fn only(self, label: &'static str, value: &str) -> Self {
        self.matching(label, "=", value)
    }

    /// Only those with another value of a label.
    #[must_use]
    pub fn but(self, label: &'static str, value: &str) -> Self {
        self.matching(label, "!=", value)
    }

    /// Only those with one of these values of a label.
    #[must_use]
    pub fn among(self, label: &'static str, values: &[&str]) -> Self {
        self.matching(label, "=~", &values.join("|"))
    }

    /// One result for each combination of these labels. Without any, one in all.
    #[must_use]
    pub fn by(mut self, labels: &[&'static str]) -> Self {
        self.by.extend(labels);
        self
    }

    fn matching(mut self, label: &'static str, operator: &str, value: &str) -> Self {
        debug_assert!(
            self.metric.labels.contains(&label),
            "{} has no {label}",
            self.metric.name
        );
        let comma = if self.matchers.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        _ = write!(self.matchers, "{comma}{label}{operator}\"{value}\"");
        self
    }

    fn gathered(&self, how: &str, what: &str, and_by: &[&'static str]) -> String {
        let by: Vec<_> = self.by.iter().chain(and_by).copied().collect();
        if by.is_empty() {
            format!("{how}({what})")
        } else {
            format!("{how} by ({}) ({what})", by.join(", "))
        }
    }

    fn ranged(&self, function: &str, suffix: &str) -> String {
        let name = format!("{}{suffix}", self.metric.name);
        format!("{function}({}[{}])", selector(&name, &self.matchers), self.scope.window)
    }
}

impl Series<'_, Counter> {
    /// How many a second.
    pub fn rate(&self) -> String {
        self.gathered("sum", &self.ranged("rate", ""), &[])
    }

    /// How many within the window.
    pub fn increase(&self) -> String {
        self.gathered("sum", &self.ranged("increase", ""), &[])
    }
}

impl Series<'_, Gauge> {
    /// All together.
    pub fn sum(&self) -> String {
        self.gathered("sum", &self.now(), &[])
    }

    /// The largest.
    pub fn max(&self) -> String {
        self.gathered("max", &self.now(), &[])
    }

    /// The smallest.
    pub fn min(&self) -> String {
        self.gathered("min", &self.now(), &[])
    }

    /// The series as they are.
    pub fn now(&self) -> String {
        selector(self.metric.name, &self.matchers)
    }
}

impl Series<'_, Histogram> {
    /// The value that so large a part of all values does not exceed: 0.99 for the 99th of 100.
    pub fn quantile(&self, part: f64) -> String {
        let buckets = self.gathered("sum", &self.ranged("rate", "_bucket"), &["le"]);
        format!("histogram_quantile({part}, {buckets})")
    }

    /// The mean.
    pub fn mean(&self) -> String {
        let sum = self.gathered("sum", &self.ranged("rate", "_sum"), &[]);
        format!("{sum} / {}", self.rate())
    }

    /// How many values a second.
    pub fn rate(&self) -> String {
        self.gathered("sum", &self.ranged("rate", "_count"), &[])
    }

    /// How many values within the window, bucket by bucket.
    pub fn buckets(&self) -> String {
        self.gathered("sum", &self.ranged("increase", "_bucket"), &["le"])
    }

    /// The part of all values that exceeds `bound`, which is one of the histogram's; nothing where there are no values.
    pub fn share_above(self, bound: f64) -> String {
        debug_assert!(
            self.metric.has_bound(bound),
            "{}: no bucket ends at {bound}",
            self.metric.name
        );
        let all = self.rate();
        let below = Series {
            matchers: format!(
                "{}{}le=\"{bound:?}\"",
                self.matchers,
                if self.matchers.is_empty() { "" } else { "," }
            ),
            ..self
        };
        let below = below.gathered("sum", &below.ranged("rate", "_bucket"), &[]);
        format!("1 - {below} / ({all} > 0)")
    }
}

#[cfg(test)]
mod tests {
    use talkline_metrics::catalog::{gateway, kafka, label};

    use super::*;

    #[test]
    fn questions_are_those_that_one_would_write() {
        let (pods, all) = (Scope::new("pod=~\"$pod\"", "$__rate_interval"), Scope::new("", "5m"));
        let failed = pods.of(&gateway::SENDS).among(label::OUTCOME, &["TIMEOUT", "INTERNAL"]);
        let expected = [
            (
                failed.by(&[label::OUTCOME]).rate(),
                "sum by (outcome) (rate(talkline_gateway_sends_total{pod=~\"$pod\",outcome=~\"TIMEOUT|INTERNAL\"}[$__rate_interval]))",
            ),
            (all.of(&kafka::LAG).sum(), "sum(talkline_kafka_lag_records)"),
            (
                all.of(&gateway::DELIVERY).by(&["pod"]).quantile(0.99),
                "histogram_quantile(0.99, sum by (pod, le) (rate(talkline_gateway_delivery_seconds_bucket[5m])))",
            ),
            (
                all.of(&gateway::DELIVERY).share_above(1.0),
                "1 - sum(rate(talkline_gateway_delivery_seconds_bucket{le=\"1.0\"}[5m])) / (sum(rate(talkline_gateway_delivery_seconds_count[5m])) > 0)",
            ),
        ];
        for (question, written) in expected {
            assert_eq!(question, written);
        }
    }
}
