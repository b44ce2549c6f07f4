//! A run of the load harness: what was asked for, what came of it, and whether the harness itself was in the way.

use talkline_metrics::catalog::{label, loadtest, process, target};

use super::{chosen, uid};
use crate::{
    grafana::{Annotation, At, Dashboard, Panel, Row, Unit, Variable},
    promql::Scope,
};

/// Of a run, no ChatCluster is asked: one may strike several.
fn runs() -> Scope {
    chosen(&[target::NAMESPACE, target::POD])
}

pub(super) fn board() -> Dashboard {
    let metric = loadtest::SOCKETS.name;
    Dashboard {
        uid: uid::LOADTEST,
        title: "Talkline / Load test",
        description: "What the load harness sends, how long it takes as a person would see it, and what its checker finds. Lines mark its phases and the starts of processes.",
        variables: vec![
            Variable::of(target::NAMESPACE, "Namespace", &chosen(&[]), metric),
            Variable::of(target::POD, "Pod", &chosen(&[target::NAMESPACE]), metric),
        ],
        annotations: vec![phases(), starts()],
        rows: vec![verdict(), latency(), connections(), harness()],
    }
}

fn phases() -> Annotation {
    let phase = runs().of(&loadtest::PHASE).by(&[label::PHASE]).max();
    Annotation {
        name: "Phases",
        expression: format!("{phase} == 1"),
        text: "{{phase}}",
        at: At::Sample,
    }
}

/// Of every process there: what is deployed while a run goes on explains what it sees.
fn starts() -> Annotation {
    let started = chosen(&[target::NAMESPACE]).of(&process::START_TIME).now();
    Annotation {
        name: "Starts",
        expression: format!("{started} * 1000"),
        text: "{{pod}} started",
        at: At::Value,
    }
}

fn verdict() -> Row {
    let runs = runs();
    Row {
        title: "Verdict",
        panels: vec![
            Panel::stat(Unit::Count, "Broken guarantees", "What the checker has found, by kind: messages lost, duplicated, reordered and the like. Anything but 0 is a defect.")
                .ask(runs.of(&loadtest::FINDINGS).by(&[label::KIND]).max(), "{{kind}}")
                .above(1.0, 1.0)
                .wide(24),
            Panel::lines(Unit::PerSecond, "Offered, sent, acknowledged", "What the schedule asks for, what was written, and what was acknowledged. `sent` below `offered` is the harness, `acknowledged` below `sent` the chat.")
                .ask(runs.of(&loadtest::OFFERED).sum(), "offered")
                .ask(runs.of(&loadtest::SENDS).rate(), "sent")
                .ask(runs.of(&loadtest::ACKNOWLEDGEMENTS).rate(), "acknowledged"),
            Panel::lines(Unit::PerSecond, "Deliveries", "Messages that sockets received, the senders' own included.")
                .ask(runs.of(&loadtest::DELIVERIES).rate(), "received"),
            Panel::stacked(Unit::PerSecond, "Requests, by kind and outcome", "`skipped` were not made: a queue was full, or there was nothing to ask for.")
                .ask(runs.of(&loadtest::REQUESTS).by(&[label::KIND, label::OUTCOME]).rate(), "{{kind}}: {{outcome}}"),
        ],
    }
}

fn latency() -> Row {
    let runs = runs();
    let latency = || runs.of(&loadtest::LATENCY).by(&[label::KIND]);
    Row {
        title: "Latency, from the intended start",
        panels: vec![
            Panel::lines(
                Unit::Seconds,
                "p50, by kind",
                "Half of all are faster. A stall of the chat counts for everything that should have started within it.",
            )
            .ask(latency().quantile(0.5), "{{kind}}"),
            Panel::lines(Unit::Seconds, "p99, by kind", "99 of 100 are faster.")
                .ask(latency().quantile(0.99), "{{kind}}")
                .above(0.1, 1.0),
            Panel::lines(
                Unit::Seconds,
                "p99.9, by kind",
                "One in a thousand is slower: here single stalls are seen.",
            )
            .ask(latency().quantile(0.999), "{{kind}}")
            .above(0.5, 5.0),
        ],
    }
}

fn connections() -> Row {
    let runs = runs();
    Row {
        title: "Connections",
        panels: vec![
            Panel::lines(
                Unit::Count,
                "Sockets",
                "Open and authenticated, by process of the harness.",
            )
            .ask(runs.of(&loadtest::SOCKETS).by(&[target::POD]).sum(), "{{pod}}"),
            Panel::lines(
                Unit::PerSecond,
                "Connections that failed",
                "Lost ones, and attempts that did not succeed.",
            )
            .ask(runs.of(&loadtest::DISCONNECTS).rate(), "lost")
            .ask(runs.of(&loadtest::FAILED_CONNECTS).rate(), "not made")
            .above(1.0, 10.0),
            Panel::lines(
                Unit::PerSecond,
                "Messages sent again",
                "Under the same name, after a connection was lost or an answer did not come. They count once.",
            )
            .ask(runs.of(&loadtest::RETRIES).rate(), "retries"),
        ],
    }
}

fn harness() -> Row {
    let runs = runs();
    let pod = || [target::POD];
    let (cpu, threads) = (
        runs.of(&loadtest::CPU).by(&pod()).rate(),
        runs.of(&loadtest::THREADS).by(&pod()).max(),
    );
    Row {
        title: "Is it the harness?",
        panels: vec![
            Panel::lines(Unit::Share, "CPU of the harness", "Of all that its threads can use. Near 100 %, latencies are its own.")
                .ask(format!("{cpu} / {threads}"), "{{pod}}")
                .above(0.7, 0.9)
                .wide(12),
            Panel::lines(Unit::PerSecond, "Late and shed arrivals", "What it started more than 10 ms late, or not at all, by its own fault. Anything but 0 puts the run in doubt.")
                .ask(runs.of(&loadtest::LATE).rate(), "late")
                .ask(runs.of(&loadtest::SHED).rate(), "shed")
                .above(0.1, 1.0)
                .wide(12),
        ],
    }
}
