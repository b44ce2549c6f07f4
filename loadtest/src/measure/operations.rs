//! How often the server's processes call log, store and cache, as their `/metrics` tell.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Client;
use talkline_metrics::{
    catalog::{kafka, mongo, redis},
    descriptor::Descriptor,
};

/// How long a scrape may take.
const SCRAPING: Duration = Duration::from_secs(5);

/// Calls so far, by what is called.
pub type Operations = BTreeMap<String, f64>;

/// What is called, and the histogram that counts its calls.
fn called() -> [(&'static str, &'static Descriptor); 3] {
    [
        ("log appends", &kafka::APPEND),
        ("store calls", &mongo::CALL),
        ("cache calls", &redis::CALL),
    ]
}

/// The sum over these addresses of `/metrics`. Of one that does not answer nothing is known, and so of none.
pub async fn read(addresses: &[String]) -> Option<Operations> {
    let client = Client::builder().timeout(SCRAPING).build().ok()?;
    let mut sum = Operations::new();
    for address in addresses {
        let response = client.get(address).send().await.ok()?.error_for_status().ok()?;
        add(&mut sum, &response.text().await.ok()?);
    }
    Some(sum)
}

/// What was called between two moments; nothing where one of them is not known.
#[must_use]
pub fn between(before: Option<Operations>, after: Option<Operations>) -> Operations {
    let both = before.zip(after);
    both.map_or_else(Operations::new, |(before, after)| {
        let calls = after.into_iter().map(|(what, calls)| {
            let more = calls - before.get(&what).copied().unwrap_or(0.0);
            (what, more)
        });
        calls.collect()
    })
}

/// Adds what a page of metrics says.
fn add(sum: &mut Operations, page: &str) {
    for (what, histogram) in called() {
        let count = format!("{}_count", histogram.name);
        let values = page.lines().filter_map(|line| {
            let rest = line.strip_prefix(&count)?;
            let value = rest.starts_with(['{', ' ']).then(|| rest.rsplit(' ').next())??;
            value.parse::<f64>().ok()
        });
        let calls: f64 = values.sum();
        if calls > 0.0 {
            *sum.entry(what.to_owned()).or_default() += calls;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_every_kind_and_process_add_up() {
        let page = "# TYPE talkline_mongo_call_seconds histogram\ntalkline_mongo_call_seconds_count{operation=\"find a page\"} 3\n\
                    talkline_mongo_call_seconds_count{operation=\"write\"} 4\ntalkline_kafka_append_seconds_count 5\n";
        let mut sum = Operations::new();
        add(&mut sum, page);
        let before = sum.clone();
        add(&mut sum, page);
        assert_eq!(sum["store calls"].to_string(), "14");
        let between = between(Some(before.clone()), Some(sum));
        assert_eq!(
            (between["log appends"], between.contains_key("cache calls")),
            (5.0, false)
        );
        assert!(super::between(None, Some(before)).is_empty());
    }
}
