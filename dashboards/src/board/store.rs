//! MongoDB and Redis, as the processes that need them see them.

use talkline_metrics::catalog::{dependency, label, mongo, redis, target, worker};

use super::{choose_pods, pods, starts, uid};
use crate::grafana::{Dashboard, Panel, Row, Unit};

pub(super) fn board() -> Dashboard {
    Dashboard {
        uid: uid::STORE,
        title: "Talkline / Store and cache",
        description: "Whether Kafka, MongoDB and Redis answer, how long MongoDB and Redis take, and what the bus loses. What they do inside, their own exporters tell.",
        variables: choose_pods(&dependency::UP),
        annotations: starts(),
        rows: vec![answers(), store(), search(), cache(), nodes(), bus()],
    }
}

fn answers() -> Row {
    let pods = pods();
    Row {
        title: "Servers",
        panels: vec![
            Panel::steps(Unit::Count, "Servers that answer", "1 while every process reaches that server: log is Kafka, store is MongoDB, bus is Redis.")
                .ask(pods.of(&dependency::UP).by(&[label::DEPENDENCY]).min(), "{{dependency}}")
                .below(1.0, 1.0)
                .wide(12),
            Panel::steps(Unit::Count, "By process", "1 while that process reaches all of its servers. One alone at 0 has lost its network; all of them, a server.")
                .ask(pods.of(&dependency::UP).by(&[target::POD]).min(), "{{pod}}")
                .below(1.0, 1.0)
                .wide(12),
        ],
    }
}

fn store() -> Row {
    let pods = pods();
    let operation = [label::OPERATION];
    let slowest = pods.of(&mongo::CALL).by(&operation).quantile(0.99);
    let errors = pods.of(&mongo::ERRORS).by(&[label::OPERATION, label::KIND]).rate();
    Row {
        title: "MongoDB",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Calls, by operation", "The ten most frequent.").ask(
                format!("topk(10, {})", pods.of(&mongo::CALL).by(&operation).rate()),
                "{{operation}}",
            ),
            Panel::lines(
                Unit::Seconds,
                "Duration, p99, by operation",
                "The ten slowest. Writes wait for a majority's disks.",
            )
            .ask(format!("topk(10, {slowest})"), "{{operation}}")
            .above(0.1, 1.0),
            Panel::stacked(
                Unit::PerSecond,
                "Calls that failed",
                "By operation and kind. `conflict` is another one who was faster, and no failure of the server.",
            )
            .ask(errors, "{{operation}}: {{kind}}")
            .above(0.1, 1.0),
        ],
    }
}

fn search() -> Row {
    let pods = pods();
    Row {
        title: "Search, and what is written twice",
        panels: vec![
            Panel::lines(
                Unit::Seconds,
                "Index behind the store",
                "How old the oldest message is that search does not find yet.",
            )
            .ask(pods.of(&mongo::INDEX_LAG).max(), "index")
            .above(30.0, 120.0),
            Panel::lines(
                Unit::PerSecond,
                "Messages indexed",
                "Follows the messages that are stored.",
            )
            .ask(pods.of(&mongo::INDEXED).rate(), "indexed"),
            Panel::lines(
                Unit::PerSecond,
                "Documents that were there already",
                "After a crash, or while two workers believe to have a partition. Harmless, and short.",
            )
            .ask(
                pods.of(&mongo::REPEATED).by(&[label::OPERATION]).rate(),
                "{{operation}}",
            ),
        ],
    }
}

fn cache() -> Row {
    let pods = pods();
    let operation = [label::OPERATION];
    let slowest = pods.of(&redis::CALL).by(&operation).quantile(0.99);
    Row {
        title: "Redis",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Calls, by operation", "The ten most frequent.").ask(
                format!("topk(10, {})", pods.of(&redis::CALL).by(&operation).rate()),
                "{{operation}}",
            ),
            Panel::lines(
                Unit::Seconds,
                "Duration, p99, by operation",
                "The ten slowest. Redis answers within a millisecond; more is the network, or its one thread.",
            )
            .ask(format!("topk(10, {slowest})"), "{{operation}}")
            .above(0.05, 0.5),
            Panel::stacked(
                Unit::PerSecond,
                "Calls that failed",
                "By operation. Chat goes on without Redis, more slowly.",
            )
            .ask(pods.of(&redis::FAILURES).by(&operation).rate(), "{{operation}}")
            .above(0.1, 1.0),
        ],
    }
}

fn nodes() -> Row {
    let pods = pods();
    Row {
        title: "Redis' nodes",
        panels: vec![
            Panel::lines(Unit::Count, "Nodes found silent", "Within the window, by process. Calls to such a node fail at once until it answers.")
                .ask(pods.of(&redis::SILENCES).by(&[target::POD]).increase(), "{{pod}}")
                .above(1.0, 10.0),
            Panel::lines(Unit::PerSecond, "Connections opened", "A steady rate is a node that closes them.")
                .ask(pods.of(&redis::CONNECTIONS).by(&[target::POD]).rate(), "{{pod}}"),
            Panel::lines(Unit::Count, "Changes of the nodes", "Within the window: commands that went to the wrong node first, and times that the nodes changed. A failover, or slots that move.")
                .ask(pods.of(&redis::REDIRECTS).increase(), "redirects")
                .ask(pods.of(&redis::TOPOLOGIES).increase(), "changes"),
        ],
    }
}

fn bus() -> Row {
    let pods = pods();
    Row {
        title: "The bus between gateways and workers",
        panels: vec![
            Panel::lines(Unit::PerSecond, "Signals", "Published by workers and gateways, and received by gateways: as many times as gateways have the conversation's sockets.")
                .ask(pods.of(&redis::PUBLISHED).rate(), "published")
                .ask(pods.of(&redis::RECEIVED).rate(), "received")
                .wide(6),
            Panel::lines(Unit::Count, "Channels subscribed", "By gateway: one for each conversation and user that it holds sockets of.")
                .ask(pods.of(&redis::SUBSCRIPTIONS).by(&[target::POD]).sum(), "{{pod}}")
                .wide(6),
            Panel::lines(Unit::Count, "What the bus lost", "Within the window: times that channels were out of reach, signals for which an inbox was full, signals of another version. What was missed is found by comparing heads.")
                .ask(pods.of(&redis::LOSSES).increase(), "out of reach")
                .ask(pods.of(&redis::OVERFLOWED).increase(), "overflowed")
                .ask(pods.of(&redis::UNREADABLE).increase(), "unreadable")
                .ask(pods.of(&worker::UNTOLD_SIGNALS).increase(), "not published")
                .above(1.0, 100.0)
                .wide(6),
            Panel::lines(Unit::PerSecond, "Presence told again", "Users whose sockets gateways announced once more: in turn, or because Redis may have forgotten.")
                .ask(pods.of(&redis::ANNOUNCED).by(&[target::POD]).rate(), "{{pod}}")
                .wide(6),
        ],
    }
}
