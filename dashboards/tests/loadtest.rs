//! The load harness registers its own names; what is charted of it is what it has.

use std::collections::BTreeSet;

use talkline_loadtest::metrics::names;
use talkline_metrics::{
    catalog::{label, loadtest},
    descriptor::Descriptor,
};

/// Everything that is known of it here.
fn charted() -> [&'static Descriptor; 16] {
    [
        &loadtest::SENDS,
        &loadtest::ACKNOWLEDGEMENTS,
        &loadtest::DELIVERIES,
        &loadtest::REQUESTS,
        &loadtest::LATENCY,
        &loadtest::FINDINGS,
        &loadtest::LATE,
        &loadtest::SHED,
        &loadtest::RETRIES,
        &loadtest::SOCKETS,
        &loadtest::DISCONNECTS,
        &loadtest::FAILED_CONNECTS,
        &loadtest::PHASE,
        &loadtest::OFFERED,
        &loadtest::CPU,
        &loadtest::THREADS,
    ]
}

#[test]
fn the_harness_has_the_names_that_are_charted() {
    let charted: BTreeSet<_> = charted().map(|metric| metric.name.trim_end_matches("_total")).into();
    assert_eq!(charted, names::ALL.into());
    assert_eq!(
        [names::KIND, names::OUTCOME, names::PHASE_LABEL],
        [label::KIND, label::OUTCOME, label::PHASE]
    );
}
