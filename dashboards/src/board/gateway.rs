//! Who talks with clients: requests, sockets, logins, and the cache of newest messages.

use talkline_metrics::catalog::{gateway, label, target};

use super::{choose_pods, pods, process, starts, uid};
use crate::grafana::{Dashboard, Form, Panel, Row, Unit};

pub(super) fn board() -> Dashboard {
    Dashboard {
        uid: uid::GATEWAY,
        title: "Talkline / Gateway",
        description: "What gateways accept and deliver, the sockets that they hold, and what slows them down.",
        variables: choose_pods(&gateway::SOCKETS_OPEN),
        annotations: starts(),
        rows: vec![
            messages(),
            requests(),
            sockets(),
            readers(),
            history(),
            process::row(&pods()),
        ],
    }
}

fn messages() -> Row {
    let pods = pods();
    let sends = || pods.of(&gateway::SENDS);
    let faults = sends().among(label::OUTCOME, &gateway::FAULTS);
    Row {
        title: "Messages",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Messages sent, by outcome", "`ok` was accepted by the log. RATE_LIMITED and the like are what clients did; TIMEOUT and the like are ours.")
                .ask(sends().by(&[label::OUTCOME]).rate(), "{{outcome}}"),
            Panel::lines(Unit::Share, "Sends that failed inside", "TIMEOUT, UNAVAILABLE, OVERLOADED, INTERNAL and QUARANTINED among all sends, by gateway. One alone points at that gateway, all at the log.")
                .ask(format!("{} / {}", faults.by(&[target::POD]).rate(), sends().by(&[target::POD]).rate()), "{{pod}}")
                .above(0.001, 0.01)
                .more(uid::WORKER),
            Panel::new(Form::Heatmap, Unit::Seconds, "Delivery", "From acceptance by any gateway to the sockets of this one. A second band far above the first is a worker that was away.")
                .ask(pods.of(&gateway::DELIVERY).buckets(), "{{le}}"),
        ],
    }
}

fn requests() -> Row {
    let pods = pods();
    let requests = || pods.of(&gateway::HTTP_REQUEST_DURATION);
    let answered = requests().but(label::STATUS, "5xx").by(&[label::ROUTE]).rate();
    let all = requests().by(&[label::ROUTE]).rate();
    Row {
        title: "REST",
        panels: vec![
            Panel::stacked(Unit::RequestsPerSecond, "Requests, by route", "The ten busiest routes.")
                .ask(format!("topk(10, {all})"), "{{route}}"),
            Panel::lines(
                Unit::Seconds,
                "Duration, p99, by route",
                "The ten slowest routes. Logins hash a password and take their time.",
            )
            .ask(
                format!("topk(10, {})", requests().by(&[label::ROUTE]).quantile(0.99)),
                "{{route}}",
            )
            .above(0.5, 2.0),
            Panel::lines(
                Unit::Share,
                "Requests that failed inside, by route",
                "5xx among all requests of a route.",
            )
            .ask(format!("1 - {answered} / {all}"), "{{route}}")
            .above(0.001, 0.01)
            .more(uid::STORE),
        ],
    }
}

fn sockets() -> Row {
    let pods = pods();
    let pod = [target::POD];
    Row {
        title: "Sockets",
        panels: vec![
            Panel::stacked(Unit::Count, "Sockets open", "Engine.IO sessions, by gateway. They should be spread evenly; a gateway that drains gives its own away.")
                .ask(pods.of(&gateway::SOCKETS_OPEN).by(&pod).sum(), "{{pod}}"),
            Panel::stacked(Unit::Count, "TCP connections open", "Sockets, requests, and whoever has not said yet what it wants.")
                .ask(pods.of(&gateway::CONNECTIONS_OPEN).by(&pod).sum(), "{{pod}}"),
            Panel::lines(Unit::PerSecond, "Frames and writes", "Frames handed to sockets, and the writes that carried them. The further apart, the more a write carries.")
                .ask(pods.of(&gateway::SOCKET_FRAMES).rate(), "frames")
                .ask(pods.of(&gateway::SOCKET_WRITES).rate(), "writes"),
            Panel::stacked(Unit::BytesPerSecond, "Bytes sent", "Written to WebSockets, by gateway.")
                .ask(pods.of(&gateway::SOCKET_SENT).by(&pod).rate(), "{{pod}}"),
            Panel::lines(Unit::PerSecond, "Handshakes refused", "The gateway is full, or drains. More than a few mean that gateways are missing.")
                .ask(pods.of(&gateway::HANDSHAKES_REFUSED).by(&pod).rate(), "{{pod}}")
                .above(0.1, 1.0),
            Panel::lines(Unit::PerSecond, "Logins", "Registrations, logins and refreshes, by outcome. INVALID_CREDENTIALS in numbers is somebody who guesses.")
                .ask(pods.of(&gateway::LOGINS).by(&[label::OUTCOME]).rate(), "{{outcome}}"),
        ],
    }
}

fn readers() -> Row {
    let pods = pods();
    let pod = [target::POD];
    Row {
        title: "Slow readers, and passwords",
        panels: vec![
            Panel::lines(
                Unit::Bytes,
                "Backlog",
                "What waits for sockets that read slowly. It is bounded for each of them.",
            )
            .ask(pods.of(&gateway::SOCKET_BACKLOG).by(&pod).sum(), "{{pod}}")
            .wide(6),
            Panel::lines(
                Unit::PerSecond,
                "Readers that were too slow",
                "Backlogs that gave way to one resync event, and sockets that were ended.",
            )
            .ask(pods.of(&gateway::SOCKET_RESYNCS).rate(), "resyncs")
            .ask(pods.of(&gateway::SOCKETS_STALLED).rate(), "ended")
            .wide(6),
            Panel::lines(
                Unit::Count,
                "Passwords that wait",
                "Hashing takes a core for a while; many that wait are a storm of logins.",
            )
            .ask(pods.of(&gateway::PASSWORD_HASHES_PENDING).by(&pod).sum(), "{{pod}}")
            .wide(6),
            Panel::lines(
                Unit::PerSecond,
                "Handlers that panicked",
                "A defect: 0 for ever. The log has the place.",
            )
            .ask(pods.of(&gateway::SOCKET_HANDLER_PANICS).by(&pod).rate(), "{{pod}}")
            .above(0.001, 0.01)
            .wide(6),
        ],
    }
}

fn history() -> Row {
    let pods = pods();
    let outcome = [label::OUTCOME];
    Row {
        title: "What is remembered: the newest messages of conversations, and their members",
        panels: vec![
            Panel::stacked(
                Unit::PerSecond,
                "Pages asked for",
                "`within` the newest messages the cache answers, `beyond` the store.",
            )
            .ask(pods.of(&gateway::HISTORY_PAGES).by(&outcome).rate(), "{{outcome}}")
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Looks in memory",
                "A hit was confirmed by the shared cache; `behind` was not, and is brought up to date from there.",
            )
            .ask(pods.of(&gateway::HISTORY_MEMORY).by(&outcome).rate(), "{{outcome}}")
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Looks in the shared cache",
                "A miss costs a read of the store; `failed` means that Redis does not answer.",
            )
            .ask(pods.of(&gateway::HISTORY_SHARED).by(&outcome).rate(), "{{outcome}}")
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Fills of the shared cache",
                "What was read from the store and brought. `overtaken` is harmless: a worker was faster.",
            )
            .ask(pods.of(&gateway::HISTORY_FILLS).by(&outcome).rate(), "{{outcome}}")
            .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Who knows who is in a conversation",
                "This gateway's `memory`, what gateways have `shared`, or the `store`: many of the store are as many reads of it.",
            )
            .ask(pods.of(&gateway::MEMBERSHIPS).by(&[label::SOURCE]).rate(), "{{source}}")
            .wide(24),
        ],
    }
}
