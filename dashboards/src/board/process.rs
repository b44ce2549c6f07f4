//! The row that every program's dashboard ends with.

use talkline_metrics::catalog::{process, target};

use crate::{
    grafana::{Panel, Row, Unit},
    promql::Scope,
};

pub(super) fn row(scope: &Scope) -> Row {
    let pod = [target::POD];
    let (open, most) = (
        scope.of(&process::OPEN_FDS).by(&pod).max(),
        scope.of(&process::MAX_FDS).by(&pod).max(),
    );
    Row {
        title: "Processes",
        panels: vec![
            Panel::lines(Unit::Count, "CPU", "Cores in use, by process.")
                .ask(scope.of(&process::CPU).by(&pod).rate(), "{{pod}}")
                .wide(6),
            Panel::lines(
                Unit::Bytes,
                "Memory",
                "Resident, by process. A line that only rises is a leak.",
            )
            .ask(scope.of(&process::RESIDENT_MEMORY).by(&pod).sum(), "{{pod}}")
            .wide(6),
            Panel::lines(Unit::Share, "Files and sockets", "Open, of those that may be.")
                .ask(format!("{open} / {most}"), "{{pod}}")
                .above(0.7, 0.9)
                .wide(6),
            Panel::lines(
                Unit::Seconds,
                "Age",
                "Since the process began. A line that falls to 0 is a restart.",
            )
            .ask(
                format!("time() - {}", scope.of(&process::START_TIME).by(&pod).max()),
                "{{pod}}",
            )
            .wide(6),
        ],
    }
}
