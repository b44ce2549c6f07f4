//! Is all well, and if not, where to look.

use talkline_metrics::catalog::{dependency, gateway, kafka, label, mongo, process, redis, target, worker};

use super::{chats, choose_chats, starts, uid};
use crate::{
    grafana::{Dashboard, Panel, Row, Unit},
    rules::Objective,
};

/// The part of the budget that is left below which one should go slow, and below which one should stop.
const BUDGET_LEFT: (f64, f64) = (0.5, 0.1);
/// The pace at which 30 days' budget is gone within them, and the one that wakes somebody up.
const BURN: (f64, f64) = (1.0, 14.4);

/// Seconds.
const DAY: f64 = 86_400.0;

pub(super) fn board() -> Dashboard {
    Dashboard {
        uid: uid::OVERVIEW,
        title: "Talkline / Overview",
        description: "Whether a chat keeps its promises, what people notice, and the usual causes. Start here.",
        variables: choose_chats(&gateway::SOCKETS_OPEN),
        annotations: starts(),
        rows: vec![objectives(), symptoms(), causes(), saturation()],
    }
}

/// From the series that the recording rules keep.
fn objectives() -> Row {
    let left = Panel::stat(
        Unit::Share,
        "Error budgets left, 30 days",
        "What is left of the errors that each objective allows in 30 days; below 0 the promise was broken. Needs the recording rules.",
    );
    let burn = Panel::lines(
        Unit::Times,
        "Burn rate, 1 hour",
        "How many times faster than allowed errors come: at 1 the budget lasts 30 days, at 14.4 two days. Needs the recording rules.",
    );
    let (mut left, mut burn) = (
        left.below(BUDGET_LEFT.0, BUDGET_LEFT.1).wide(12),
        burn.above(BURN.0, BURN.1).wide(12),
    );
    let chats = chats();
    for objective in &Objective::ALL {
        let (short, hour) = (
            chats.named(&objective.recorded("5m")),
            chats.named(&objective.recorded("1h")),
        );
        let budget = objective.budget();
        left = left.ask_once(format!("1 - avg_over_time({short}[30d]) / {budget}"), objective.promise);
        burn = burn.ask(format!("{hour} / {budget}"), objective.promise);
    }
    left.height = burn.height;
    Row {
        title: "Objectives",
        panels: vec![left, burn],
    }
}

fn symptoms() -> Row {
    let chats = chats();
    let sends = chats.of(&gateway::SENDS).by(&[label::OUTCOME]).rate();
    let delivery = || chats.of(&gateway::DELIVERY);
    let requests = chats.of(&gateway::HTTP_REQUEST_DURATION).by(&[label::STATUS]).rate();
    Row {
        title: "Symptoms: what people notice",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Messages sent", "By outcome. `ok` was accepted by the log; TIMEOUT, UNAVAILABLE, OVERLOADED, INTERNAL and QUARANTINED are the platform's fault, all others the client's.")
                .ask(sends, "{{outcome}}")
                .more(uid::GATEWAY),
            Panel::lines(Unit::Seconds, "Delivery", "From a message's acceptance to its receivers' sockets. 99 of 100 shall take less than 500 ms.")
                .ask(delivery().quantile(0.5), "p50")
                .ask(delivery().quantile(0.99), "p99")
                .above(0.2, 0.5)
                .more(uid::WORKER),
            Panel::stacked(Unit::RequestsPerSecond, "REST requests", "By class of status. 5xx are the platform's fault.")
                .ask(requests, "{{status}}")
                .more(uid::GATEWAY),
            Panel::lines(Unit::Count, "Sockets", "People who are connected, by gateway. A gap that others fill is a gateway that left.")
                .ask(chats.of(&gateway::SOCKETS_OPEN).by(&[target::POD]).sum(), "{{pod}}")
                .more(uid::GATEWAY),
            Panel::lines(Unit::PerSecond, "Accepted and stored", "What gateways append to the log, and the records that workers have done. The second below the first is a lag that grows.")
                .ask(chats.of(&kafka::APPEND).rate(), "accepted")
                .ask(stored(), "stored")
                .more(uid::WORKER),
            Panel::lines(Unit::Count, "Processes", "Gateways and workers that Prometheus reaches.")
                .ask(format!("count by ({}) ({})", target::ROLE, chats.of(&process::START_TIME).now()), "{{role}}"),
        ],
    }
}

/// Records a second that batches had.
fn stored() -> String {
    let records = format!("{}_sum", worker::BATCH_RECORDS.name);
    format!("sum(rate({}[{}]))", chats().named(&records), super::WINDOW)
}

fn causes() -> Row {
    let chats = chats();
    Row {
        title: "Causes: what they may come from",
        panels: vec![
            Panel::steps(Unit::Count, "Servers that answer", "1 while every process reaches that server, 0 when one does not: log is Kafka, store is MongoDB, bus is Redis.")
                .ask(chats.of(&dependency::UP).by(&[label::DEPENDENCY]).min(), "{{dependency}}")
                .below(1.0, 1.0)
                .more(uid::STORE),
            Panel::lines(Unit::Count, "Lag", "Accepted messages that are not stored yet. A few while messages flow; a line that rises means that workers do not keep up, or stand still.")
                .ask(chats.of(&kafka::LAG).sum(), "records")
                .above(1_000.0, 10_000.0)
                .more(uid::WORKER),
            Panel::lines(Unit::Seconds, "Append to the log, p99", "What an acknowledgement waits for. It follows Kafka's slowest replica in sync.")
                .ask(chats.of(&kafka::APPEND).quantile(0.99), "p99")
                .above(0.1, 1.0)
                .more(uid::WORKER),
            Panel::lines(Unit::Seconds, "Calls to the store, p99", "MongoDB, all operations together, by what a process does.")
                .ask(chats.of(&mongo::CALL).by(&[target::ROLE]).quantile(0.99), "{{role}}")
                .above(0.1, 1.0)
                .more(uid::STORE),
            Panel::lines(Unit::Seconds, "Calls to the bus, p99", "Redis, all operations together, by what a process does.")
                .ask(chats.of(&redis::CALL).by(&[target::ROLE]).quantile(0.99), "{{role}}")
                .above(0.05, 0.5)
                .more(uid::STORE),
            Panel::lines(Unit::PerSecond, "Steps that workers repeat", "By step. A worker repeats what a server refused until it succeeds, and its partition waits meanwhile.")
                .ask(chats.of(&worker::RETRIES).by(&[label::STEP]).rate(), "{{step}}")
                .above(1.0, 10.0)
                .more(uid::WORKER),
        ],
    }
}

fn saturation() -> Row {
    let chats = chats();
    let pod = [target::POD];
    let (open, most) = (
        chats.of(&process::OPEN_FDS).by(&pod).max(),
        chats.of(&process::MAX_FDS).by(&pod).max(),
    );
    Row {
        title: "Saturation: what may run out",
        panels: vec![
            Panel::lines(Unit::Count, "CPU", "Cores in use, by process.")
                .ask(chats.of(&process::CPU).by(&pod).rate(), "{{pod}}"),
            Panel::lines(Unit::Bytes, "Memory", "Resident, by process.")
                .ask(chats.of(&process::RESIDENT_MEMORY).by(&pod).sum(), "{{pod}}"),
            Panel::lines(
                Unit::Share,
                "Files and sockets",
                "Open, of those that may be. At 100 % a gateway takes no connection.",
            )
            .ask(format!("{open} / {most}"), "{{pod}}")
            .above(0.7, 0.9),
            Panel::lines(
                Unit::Seconds,
                "Age of the signing key",
                "Since the key that signs access tokens was made. The operator exchanges it every 90 days.",
            )
            .ask(
                format!("time() - ({} > 0)", chats.of(&gateway::SIGNING_KEY_MADE).min()),
                "key",
            )
            .above(100.0 * DAY, 120.0 * DAY),
        ],
    }
}
