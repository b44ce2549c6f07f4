//! Traces, and where they go.

use talkline_crds::spec::TracesSpec;

use crate::config::{
    field::{number, text_if_any},
    key::Key,
    role::Role,
};

/// Traces as they are set.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    endpoint: Option<String>,
    samples_per_million: u32,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            endpoint: None,
            samples_per_million: TracesSpec::ONE_PERCENT,
        }
    }
}

pub(super) fn keys() -> Vec<Key> {
    let keys = [
        Key::new(
            "traces.otlpEndpoint",
            "The collector that takes spans by OTLP over HTTP, as http://collector:4318; without it there are none.",
            text_if_any("an http:// or https:// URL, without a password", is_endpoint, |s| {
                &mut s.traces.endpoint
            }),
        )
        .also("OTEL_EXPORTER_OTLP_ENDPOINT"),
        Key::new(
            "traces.samplesPerMillion",
            "Traces kept of a million that start here. Of the requests whose client asks for it, 10 a second are kept too.",
            number(0..=1_000_000, |s| &mut s.traces.samples_per_million),
        ),
    ];
    keys.map(|key| key.of(Role::CLUSTER)).into()
}

impl Traces {
    /// As the ChatCluster has it; nothing where there is no collector.
    pub(crate) fn spec(&self) -> Option<TracesSpec> {
        let otlp_endpoint = self.endpoint.clone()?;
        Some(TracesSpec {
            otlp_endpoint,
            samples_per_million: self.samples_per_million,
        })
    }
}

/// Keys to a collector are no part of its address: they would be shown.
fn is_endpoint(text: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['@', ' ', '?', '#']))
}
