//! How a registry is written: as OpenMetrics text, or as Protobuf, which alone can carry native histograms.
//!
//! Prometheus asks for Protobuf first where it scrapes native histograms (`scrape_native_histograms`), and elsewhere not at all.
//! Both forms have the classic buckets.

use http::{HeaderMap, HeaderValue, header};
use prometheus_client::{
    encoding::{
        prometheus_protobuf::{self, EncodeError},
        text,
    },
    registry::Registry,
};

/// The content type of the text.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The content type of the Protobuf: families one after the other, each after its length.
pub const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A form in which metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// [`OPEN_METRICS`].
    Text,
    /// [`PROTOBUF`].
    Protobuf,
}

impl Exposition {
    /// What a request likes best, by its `Accept` headers; the text if it does not say.
    pub fn asked(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| HeaderValue::to_str(value).ok());
        let mut best = (0.0, Self::Text);
        for range in accepted.flat_map(|value| value.split(',')) {
            let (weight, form) = Self::of_range(range);
            if weight > best.0 {
                best = (weight, form);
            }
        }
        best.1
    }

    /// A media range's weight, and the form that it gets.
    fn of_range(range: &str) -> (f32, Self) {
        let parts: Vec<_> = range.split(';').map(str::trim).collect();
        let weight = parts.iter().find_map(|part| part.strip_prefix("q=")?.parse().ok());
        let mut ours = PROTOBUF.split(';').map(str::trim);
        let form = if ours.all(|part| parts.contains(&part)) {
            Self::Protobuf
        } else {
            Self::Text
        };
        (weight.unwrap_or(1.0), form)
    }

    /// The `Content-Type` of what [`write`](Self::write) writes.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => OPEN_METRICS,
            Self::Protobuf => PROTOBUF,
        }
    }

    /// Everything that `registry` holds.
    ///
    /// # Errors
    /// When one of its metrics cannot be encoded.
    pub fn write(self, registry: &Registry) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Text => {
                let mut out = String::new();
                text::encode(&mut out, registry)?;
                Ok(out.into_bytes())
            }
            Self::Protobuf => prometheus_protobuf::encode_to_vec(registry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram;

    fn asked(accept: &'static str) -> Exposition {
        Exposition::asked(&HeaderMap::from_iter([(
            header::ACCEPT,
            HeaderValue::from_static(accept),
        )]))
    }

    #[test]
    fn who_scrapes_native_histograms_says_so() {
        // As Prometheus 3 sends them: with native histograms, and without.
        let native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
                      application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let classic = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        assert_eq!(asked(native), Exposition::Protobuf);
        for accept in [
            "",
            "*/*",
            classic,
            "application/vnd.google.protobuf;proto=other;encoding=delimited",
        ] {
            assert_eq!(asked(accept), Exposition::Text, "{accept}");
        }
        assert_eq!(Exposition::asked(&HeaderMap::new()), Exposition::Text);
    }

    #[test]
    fn both_forms_have_the_classic_buckets_and_one_the_native_ones() {
        let latency = histogram([0.5, 1.0]);
        let mut registry = Registry::default();
        registry.register("latency", "A test", latency.clone());
        latency.observe(0.7);
        let text = String::from_utf8(Exposition::Text.write(&registry).unwrap()).unwrap();
        assert!(text.contains("latency_bucket{le=\"1.0\"} 1"), "{text}");
        let families = prometheus_protobuf::encode(&registry).unwrap();
        let written = families[0].metric[0].histogram.as_ref().unwrap();
        assert_eq!((written.bucket.len(), written.positive_span.len()), (3, 1));
        assert_eq!(written.positive_delta, [1]);
        assert!(!Exposition::Protobuf.write(&registry).unwrap().is_empty());
    }
}
