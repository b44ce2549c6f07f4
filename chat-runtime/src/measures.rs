//! What is measured, for people: a page of every metric of a gateway and a worker, made from the registries themselves.

use std::{collections::BTreeMap, fmt, sync::Arc};

use prometheus_client::{encoding::text, registry::Registry};
use talkline_cluster::{kafka, mongo, redis};
use talkline_gateway::metrics::{self as gateway, Readings};
use talkline_metrics::Process;

use crate::{certificates, dependencies::Dependencies, keys, telemetry};

const HEAD: &str = "# Metrics

<!-- Made from the code by `talkline metrics`; change it there. -->

`/metrics` on the admin port of `talkline gateway`, `talkline worker` and `talkline up`, in the OpenMetrics text format; in
Protobuf for a Prometheus that scrapes native histograms (`scrape_native_histograms: true`), which all histograms here have
beside their classic buckets. Names end in their unit, counters in `_total`. What has labels is shown from its first value on, but
for the outcomes of sends that alerts count, which begin at 0. No label has a user, a conversation, a path or an address. What is
drawn of them, and which alerts there are, is in [monitoring.md](monitoring.md).
";

/// The sections, by what the names in them begin with.
const SECTIONS: [(&str, &str); 8] = [
    ("talkline_gateway_", "The gateway"),
    ("talkline_worker_", "The worker"),
    ("talkline_traces_", "Traces"),
    ("talkline_dependency_", "Gateway and worker: the servers that they need"),
    ("talkline_kafka_", "Gateway and worker: Kafka"),
    ("talkline_mongo_", "Gateway and worker: MongoDB"),
    ("talkline_redis_", "Gateway and worker: Redis"),
    ("process_", "Any process, the operator's too"),
];

/// A metric as it is exposed.
#[derive(Debug, Default)]
struct Measure {
    kind: String,
    unit: String,
    help: String,
    labels: Vec<String>,
}

/// The page, as Markdown.
///
/// # Errors
/// Never in practice: it is written into a string.
pub(crate) fn reference() -> Result<String, fmt::Error> {
    let mut exposed = String::new();
    text::encode(&mut exposed, &everything())?;
    let measures = measures(&exposed);
    let mut page = HEAD.to_owned();
    for (prefix, title) in SECTIONS {
        page += &format!("\n## {title}\n\n| metric | type | unit | labels | |\n|---|---|---|---|---|\n");
        let rows = measures.iter().filter(|(name, _)| name.starts_with(prefix));
        rows.for_each(|(name, measure)| page += &row(name, measure));
    }
    Ok(page)
}

/// All metrics, each with a value: what has labels and no value is not exposed.
fn everything() -> Registry {
    let mut registry = Registry::default();
    gateway::Metrics::register(&mut registry).fill();
    registry.register_collector(Box::new(Readings {
        engine: Arc::default(),
        pending_hashes: Box::new(|| 0),
    }));
    keys::Age::register(&mut registry);
    talkline_worker::Metrics::register(&mut registry).fill();
    telemetry::Metrics::register(&mut registry).fill();
    Dependencies::register(&mut registry).answered("log", &Ok(()));
    kafka::Metrics::register(&mut registry).fill();
    mongo::Metrics::register(&mut registry).fill();
    redis::Metrics::register(&mut registry).fill();
    certificates::Expiries::register(&mut registry).fill();
    Process::register(&mut registry);
    registry
}

fn measures(exposed: &str) -> BTreeMap<String, Measure> {
    let mut measures = BTreeMap::<String, Measure>::new();
    let mut last = String::new();
    for line in exposed.lines() {
        match line
            .strip_prefix("# ")
            .map(|line| line.splitn(3, ' ').collect::<Vec<_>>())
            .as_deref()
        {
            Some(["HELP", name, help]) => {
                measures.entry((*name).to_owned()).or_default().help = help.trim_end_matches('.').to_owned()
            }
            Some(["TYPE", name, kind]) => {
                last = (*name).to_owned();
                measures.entry(last.clone()).or_default().kind = (*kind).to_owned();
            }
            Some(["UNIT", name, unit]) => measures.entry((*name).to_owned()).or_default().unit = (*unit).to_owned(),
            Some(_) => {}
            None => {
                if let Some(measure) = measures.get_mut(&last) {
                    measure.labels = labels(line);
                }
            }
        }
    }
    measures
}

/// The names of a sample's labels, but for a histogram's own.
fn labels(sample: &str) -> Vec<String> {
    let inner = sample.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
    let pairs = inner.map_or("", |(inner, _)| inner).split("\",");
    let names = pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, _)| name.to_owned());
    names.filter(|name| name != "le").collect()
}

fn row(name: &str, measure: &Measure) -> String {
    let Measure {
        kind,
        unit,
        help,
        labels,
    } = measure;
    let suffix = if kind == "counter" { "_total" } else { "" };
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!(
        "| `{name}{suffix}` | {kind} | {unit} | {} | {help} |\n",
        labels.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The committed page. `TALKLINE_UPDATE=1` writes it anew.
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");

    #[test]
    fn the_committed_page_is_the_codes() {
        let current = reference().unwrap();
        if std::env::var_os("TALKLINE_UPDATE").is_some() {
            std::fs::write(PAGE, &current).unwrap();
        }
        let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(
            committed == current,
            "docs/metrics.md is not what the code says: TALKLINE_UPDATE=1 cargo test -p talkline measures"
        );
    }

    /// One that `fill` forgets has no value, and would be missing without a word.
    #[test]
    fn every_registered_metric_is_on_the_page() {
        let registry = everything();
        let mut exposed = String::new();
        text::encode(&mut exposed, &registry).unwrap();
        let registered = format!("{registry:?}").matches("Descriptor {").count();
        let mut read = Registry::default();
        read.register_collector(Box::new(Readings {
            engine: Arc::default(),
            pending_hashes: Box::new(|| 0),
        }));
        Process::register(&mut read);
        let mut readings = String::new();
        text::encode(&mut readings, &read).unwrap();
        assert!(registered > 30, "{registered}");
        assert_eq!(measures(&exposed).len(), registered + measures(&readings).len());
        let page = reference().unwrap();
        for name in measures(&exposed).keys() {
            assert!(page.contains(&format!("| `{name}")), "{name} has no section");
        }
    }

    #[test]
    fn names_have_units_and_labels_are_nobodys() {
        for (name, measure) in measures(&{
            let mut exposed = String::new();
            text::encode(&mut exposed, &everything()).unwrap();
            exposed
        }) {
            assert!(name.ends_with(&measure.unit) && !measure.help.is_empty(), "{name}");
            for label in measure.labels {
                let foreign = ["user", "conversation", "address", "path", "email", "token"];
                assert!(!foreign.contains(&label.as_str()), "{name}: {label}");
            }
        }
    }
}
