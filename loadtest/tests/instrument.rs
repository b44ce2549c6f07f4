//! The instrument held against what is known: a server that is slow, loses, repeats, reorders and misdirects by exact numbers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so with a panic, its server too"
)]

mod contract_server;
mod program;

use std::time::Duration;

use serde_json::Value;

use contract_server::{ContractServer, Faults};
use program::{Run, findings};

/// A number of the report, by its path.
fn number(report: &Value, path: &str) -> f64 {
    report
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("{path}: {report:#}"))
}

/// Judges a time in ms by what the server made of it: within a percent, and not less. What the harness itself was late, and what the
/// server took longer than it was told to, is known, and is a part of the truth on a busy machine.
fn assert_reported(report: &Value, path: &str, injected: f64, overslept: Duration) {
    let reported = number(report, path);
    let known = number(report, "/latency/lag/maxMs") + overslept.as_secs_f64() * 1e3;
    let range = injected * 0.99..injected * 1.01 + known + 5.0;
    assert!(
        range.contains(&reported),
        "{path} is {reported}, not in {range:?}: {report:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_distribution_of_latencies_is_reported() {
    // Of a hundred acknowledgements 80 take 0.3 s, 15 0.6 s, and 5 1.2 s.
    let faults = Faults {
        slow: Some([(80, 300), (15, 600), (5, 1_200)]),
        ..Faults::default()
    };
    let server = ContractServer::start(faults).await;
    let (code, report) = Run::start(&server.url(), "--users 20 --rate 200 --duration 4")
        .finish()
        .await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    assert_eq!(report["latency"]["ack"]["count"], 800);
    let overslept = server.overslept();
    for (quantile, injected) in [
        ("p50Ms", 300.0),
        ("p90Ms", 600.0),
        ("p99Ms", 1_200.0),
        ("maxMs", 1_200.0),
    ] {
        assert_reported(&report, &format!("/latency/ack/{quantile}"), injected, overslept);
    }
    // Delivery does not wait for the acknowledgement.
    assert!(number(&report, "/latency/delivery/p50Ms") < 300.0, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_of_a_second_shows_in_the_latencies_of_all_that_fell_due_meanwhile() {
    let faults = Faults {
        stall: Some(Duration::from_secs(1)),
        ..Faults::default()
    };
    let server = ContractServer::start(faults).await;
    let args = "--users 10 --rate 200 --duration 4 --max-p99-ms 500";
    let (code, report) = Run::start(&server.url(), args).finish().await;
    assert_eq!(
        (code, findings(&report)),
        (1, vec![]),
        "the p99 is over the limit: {report:#}"
    );
    for kind in ["ack", "delivery"] {
        // The first that met the stall waited for all of it; those of the 99.9th percentile came a few sends later.
        assert_reported(&report, &format!("/latency/{kind}/maxMs"), 1_000.0, server.overslept());
        assert_reported(&report, &format!("/latency/{kind}/p999Ms"), 1_000.0, server.overslept());
        // A quarter of the schedule fell into the stall; a closed loop would have timed ten messages there.
        assert!(number(&report, &format!("/latency/{kind}/p90Ms")) > 400.0, "{report:#}");
        assert!(number(&report, &format!("/latency/{kind}/p50Ms")) < 300.0, "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_faults_are_found_exactly() {
    let faults = Faults {
        lose: 30,
        duplicate: 40,
        reorder: 50,
        skip: 20,
        misdirect: 25,
        ..Faults::default()
    };
    let server = ContractServer::start(faults).await;
    let args = "--users 8 --rate 400 --duration 2.5 --settle 2";
    let (code, report) = Run::start(&server.url(), args).finish().await;
    assert_eq!(code, 1);
    assert_eq!(
        findings(&report),
        [("duplicated", 40), ("lost", 30), ("reordered", 50)],
        "{report:#}"
    );
    assert_eq!(report["counts"]["foreign"], 25, "{report:#}");
    assert_eq!(report["settledMs"], Value::Null, "what was lost can not arrive");
    let broken: Vec<_> = report["broken"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let expected = [
        "30 lost",
        "40 duplicated",
        "50 reordered",
        "25 deliveries to somebody who is no member of the conversation",
    ];
    assert_eq!(broken, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_climb_finds_where_a_server_of_known_capacity_breaks() {
    let faults = Faults {
        capacity: Some(300),
        ..Faults::default()
    };
    let server = ContractServer::start(faults).await;
    let args = "--users 20 --rate 75 --duration 2 --reads-per-write 0 --step 2 --closer 1 --max-request-p99-ms 250";
    let (_, report) = Run::start(&server.url(), args).finish().await;
    let steps = report["climbed"]["steps"].as_array().unwrap();
    let rates: Vec<_> = steps.iter().map(|step| step["rate"].as_f64().unwrap()).collect();
    let broke: Vec<_> = steps
        .iter()
        .map(|step| !step["broke"].as_array().unwrap().is_empty())
        .collect();
    // On a busy machine the harness may be the first to be full, and says so; beyond 300 it is the server in any case.
    let limit = broke
        .iter()
        .position(|broke| *broke)
        .unwrap_or_else(|| panic!("{report:#}"));
    assert!(
        rates[limit] <= 600.0 && rates[..limit].iter().all(|rate| *rate <= 300.0),
        "{rates:?} {broke:?}"
    );
    if rates[limit] > 300.0 {
        let why = steps[limit]["broke"][0].as_str().unwrap();
        assert!(why.starts_with("p99 is more than 250 ms: ack "), "{why}");
    }
    if limit > 0 {
        let between = f64::midpoint(rates[limit - 1], rates[limit]);
        assert!((rates[limit + 1] - between).abs() < 1e-9, "then closer: {rates:?}");
    }
}
