//! From the log to the store: what waits, what is done, and what goes wrong on the way.

use talkline_metrics::catalog::{kafka, label, target, worker};

use super::{choose_pods, pods, process, starts, uid};
use crate::grafana::{Dashboard, Panel, Row, Unit};

pub(super) fn board() -> Dashboard {
    Dashboard {
        uid: uid::WORKER,
        title: "Talkline / Worker and log",
        description: "What waits in the log, how fast workers number and store it, and what Kafka has to do with it. Of a gateway, its producer is shown.",
        variables: choose_pods(&kafka::PRODUCER_QUEUE),
        annotations: starts(),
        rows: vec![
            lag(),
            batches(),
            producer(),
            brokers(),
            exceptions(),
            process::row(&pods()),
        ],
    }
}

fn lag() -> Row {
    let pods = pods();
    Row {
        title: "Lag",
        panels: vec![
            Panel::lines(
                Unit::Count,
                "Lag",
                "Accepted messages that are not stored yet, by worker. While a worker holds no partition, it has none.",
            )
            .ask(pods.of(&kafka::LAG).by(&[target::POD]).sum(), "{{pod}}")
            .above(1_000.0, 10_000.0),
            Panel::lines(
                Unit::Count,
                "Lag, the ten worst partitions",
                "One partition alone is one busy conversation, or a poisoned one; all of them, a server.",
            )
            .ask(
                format!("topk(10, {})", pods.of(&kafka::LAG).by(&[label::PARTITION]).max()),
                "partition {{partition}}",
            )
            .above(100.0, 1_000.0),
            Panel::lines(
                Unit::Count,
                "Fetched and waiting",
                "Records that lie in a worker's memory, by worker. Bounded: what is beyond stays in Kafka.",
            )
            .ask(pods.of(&kafka::FETCHED).by(&[target::POD]).sum(), "{{pod}}"),
        ],
    }
}

fn batches() -> Row {
    let pods = pods();
    let batch = || pods.of(&worker::BATCH);
    Row {
        title: "Batches",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Documents, by kind", "What records led to: messages, changes, rejections. Rejections in numbers are clients that try what they may not.")
                .ask(pods.of(&worker::DOCUMENTS).by(&[label::OUTCOME]).rate(), "{{outcome}}"),
            Panel::lines(Unit::Seconds, "Duration of a batch", "From reading it to moving the mark. It follows the store's writes.")
                .ask(batch().quantile(0.5), "p50")
                .ask(batch().quantile(0.99), "p99")
                .above(0.25, 2.0)
                .more(uid::STORE),
            Panel::lines(Unit::Count, "Records in a batch", "Batches grow with load: that is how a worker keeps up. At the limit it does not any more.")
                .ask(pods.of(&worker::BATCH_RECORDS).mean(), "mean")
                .ask(pods.of(&worker::BATCH_RECORDS).quantile(0.99), "p99"),
            Panel::steps(Unit::Count, "Marks", "How far each partition is done, by the log's own numbers. A line that stays level beside a lag stands still.")
                .ask(pods.of(&worker::POSITION).by(&[label::PARTITION]).max(), "partition {{partition}}")
                .wide(12),
            Panel::lines(Unit::Count, "Partitions given and taken", "Within the window. Workers that come and go cause a few; a steady rate is a worker that is too slow to stay.")
                .ask(pods.of(&kafka::REBALANCES).by(&[target::POD]).increase(), "{{pod}}")
                .wide(12),
        ],
    }
}

fn producer() -> Row {
    let pods = pods();
    Row {
        title: "Producers",
        panels: vec![
            Panel::lines(
                Unit::Seconds,
                "Append",
                "From the call to the acknowledgement by all replicas in sync.",
            )
            .ask(pods.of(&kafka::APPEND).quantile(0.5), "p50")
            .ask(pods.of(&kafka::APPEND).quantile(0.99), "p99")
            .above(0.1, 1.0)
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Appends that failed",
                "By kind. `overloaded` is a full queue, `unavailable` are brokers that do not answer in time.",
            )
            .ask(pods.of(&kafka::APPEND_FAILURES).by(&[label::KIND]).rate(), "{{kind}}")
            .above(0.1, 1.0)
            .wide(6),
            Panel::lines(
                Unit::Count,
                "Records in producers",
                "Not acknowledged yet. They pile up while Kafka is slow.",
            )
            .ask(
                pods.of(&kafka::PRODUCER_QUEUE_RECORDS).by(&[target::POD]).sum(),
                "{{pod}}",
            )
            .wide(6),
            Panel::lines(
                Unit::Bytes,
                "Bytes in producers",
                "The same in bytes; at its limit, appends are refused as `overloaded`.",
            )
            .ask(pods.of(&kafka::PRODUCER_QUEUE).by(&[target::POD]).sum(), "{{pod}}")
            .wide(6),
        ],
    }
}

fn brokers() -> Row {
    let pods = pods();
    Row {
        title: "Brokers",
        panels: vec![
            Panel::lines(
                Unit::Seconds,
                "Round trip, p99, by broker",
                "One broker alone is that broker; all of them, the network.",
            )
            .ask(
                pods.of(&kafka::ROUND_TRIP).by(&[label::BROKER]).max(),
                "broker {{broker}}",
            )
            .above(0.1, 1.0)
            .wide(6),
            Panel::lines(
                Unit::Seconds,
                "Waits for a quota, by broker",
                "How long a broker made clients wait. Above 0, a quota is too small.",
            )
            .ask(
                pods.of(&kafka::THROTTLE).by(&[label::BROKER]).max(),
                "broker {{broker}}",
            )
            .above(0.01, 0.5)
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Errors that clients report",
                "By Kafka's code. Connections that fail are reported again and again.",
            )
            .ask(pods.of(&kafka::ERRORS).by(&[label::CODE]).rate(), "{{code}}")
            .wide(6),
            Panel::lines(
                Unit::Count,
                "Producers made anew",
                "Within the window. One that could not go on without breaking the order was replaced.",
            )
            .ask(
                pods.of(&kafka::PRODUCER_RENEWALS).by(&[target::POD]).increase(),
                "{{pod}}",
            )
            .wide(6),
        ],
    }
}

fn exceptions() -> Row {
    let pods = pods();
    Row {
        title: "What should be rare",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Steps that are repeated", "By step. Until it succeeds, its partition waits.")
                .ask(pods.of(&worker::RETRIES).by(&[label::STEP]).rate(), "{{step}}")
                .above(1.0, 10.0)
                .more(uid::STORE),
            Panel::lines(Unit::Count, "Records put aside, conversations in quarantine", "Within the window; 0 for ever. Both have a runbook.")
                .ask(pods.of(&worker::DEAD_LETTERS).increase(), "worker: dead letters")
                .ask(pods.of(&kafka::DEAD_LETTERS).increase(), "log: dead letters")
                .ask(pods.of(&worker::QUARANTINED).increase(), "quarantined")
                .above(1.0, 1.0),
            Panel::lines(Unit::PerSecond, "What the bus did not take", "Signals to gateways, and notes to the cache of newest messages. Gateways find the former by comparing, the latter follow.")
                .ask(pods.of(&worker::UNTOLD_SIGNALS).rate(), "signals")
                .ask(pods.of(&worker::UNNOTED).rate(), "notes")
                .above(0.1, 10.0)
                .more(uid::STORE),
        ],
    }
}
