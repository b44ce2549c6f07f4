//! What a ChatLoadTest says, as flags of `talkline-loadtest run`. What it does not say has none: the scenario's own hold.

use std::fmt::Display;

use talkline_crds::loadtest::Arrivals;

use super::Run;

/// The flags, each followed by its value.
pub(super) fn of(run: &Run) -> Vec<String> {
    let spec = &run.spec;
    let held = &spec.thresholds;
    let rows = [
        ("--users", word(spec.users)),
        ("--rooms-of", word(spec.members_per_conversation)),
        ("--rate", word(spec.rate_per_second)),
        ("--arrivals", word(spec.arrivals.map(arrivals))),
        ("--ramp", word(spec.ramp_seconds)),
        ("--warmup", word(spec.warmup_seconds)),
        ("--duration", word(spec.duration_seconds)),
        ("--settle", word(spec.settle_seconds)),
        ("--max-p99-ms", word(held.delivery_p99_millis)),
        ("--max-request-p99-ms", word(held.request_p99_millis)),
        ("--max-failed-percent", word(Some(held.failed_percent))),
        ("--min-rate", word(held.acknowledged_per_second)),
    ];
    let targets = run.target.urls().into_iter().map(|url| ("--target", Some(url)));
    let said = targets
        .chain(rows)
        .filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
    said.flatten().collect()
}

fn word(value: Option<impl Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

const fn arrivals(arrivals: Arrivals) -> &'static str {
    match arrivals {
        Arrivals::Constant => "constant",
        Arrivals::Poisson => "poisson",
        Arrivals::Bursts => "bursts",
    }
}
