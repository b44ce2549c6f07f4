//! What people do: for whoever plans capacity, or wonders whether anybody is there.

use talkline_metrics::catalog::{gateway, label, target, worker};

use super::{chats, choose_chats, starts, uid};
use crate::grafana::{Dashboard, Panel, Row, Unit};

/// The route of the search.
const SEARCH: &str = "/api/v1/search/messages";

pub(super) fn board() -> Dashboard {
    Dashboard {
        uid: uid::ACTIVITY,
        title: "Talkline / Activity",
        description: "How many people are there and what they do. No label says who.",
        variables: choose_chats(&gateway::SOCKETS_OPEN),
        annotations: starts(),
        rows: vec![now(), messages(), reading()],
    }
}

fn now() -> Row {
    let chats = chats();
    let sent = || chats.of(&gateway::SENDS).only(label::OUTCOME, "ok").rate();
    Row {
        title: "Now",
        panels: vec![
            Panel::stat(Unit::Count, "Sockets", "Open ones. Somebody with two devices has two.")
                .ask(chats.of(&gateway::SOCKETS_OPEN).sum(), "sockets"),
            Panel::stat(Unit::PerSecond, "Messages", "Accepted, each second.").ask(sent(), "messages"),
            Panel::stat(Unit::Count, "Receivers of a message", "Frames handed to sockets for each message: members who are there, and acknowledgements, typing and presence beside it.")
                .ask(format!("{} / {}", chats.of(&gateway::SOCKET_FRAMES).rate(), sent()), "frames"),
            Panel::stat(Unit::RequestsPerSecond, "REST requests", "Of all kinds.")
                .ask(chats.of(&gateway::HTTP_REQUEST_DURATION).rate(), "requests"),
        ],
    }
}

fn messages() -> Row {
    let chats = chats();
    Row {
        title: "Writing",
        panels: vec![
            Panel::stacked(Unit::PerSecond, "Messages, by chat", "Accepted ones.").ask(
                chats
                    .of(&gateway::SENDS)
                    .only(label::OUTCOME, "ok")
                    .by(&[target::NAMESPACE, target::CHATCLUSTER])
                    .rate(),
                "{{namespace}}/{{chatcluster}}",
            ),
            Panel::stacked(
                Unit::PerSecond,
                "What came of it, by kind",
                "Messages; changes such as edits, deletions, reactions and memberships; and what was rejected.",
            )
            .ask(chats.of(&worker::DOCUMENTS).by(&[label::OUTCOME]).rate(), "{{outcome}}"),
            Panel::stacked(Unit::PerSecond, "Registrations, logins and refreshes", "By outcome.")
                .ask(chats.of(&gateway::LOGINS).by(&[label::OUTCOME]).rate(), "{{outcome}}"),
        ],
    }
}

fn reading() -> Row {
    let chats = chats();
    let requests = || chats.of(&gateway::HTTP_REQUEST_DURATION);
    Row {
        title: "Reading",
        panels: vec![
            Panel::stacked(
                Unit::RequestsPerSecond,
                "REST requests, by method and route",
                "The fifteen busiest.",
            )
            .ask(
                format!("topk(15, {})", requests().by(&[label::METHOD, label::ROUTE]).rate()),
                "{{method}} {{route}}",
            )
            .wide(12),
            Panel::stacked(
                Unit::PerSecond,
                "Pages of history",
                "`within` the newest messages, or `beyond`: somebody scrolls.",
            )
            .ask(
                chats.of(&gateway::HISTORY_PAGES).by(&[label::OUTCOME]).rate(),
                "{{outcome}}",
            )
            .wide(6),
            Panel::stacked(Unit::RequestsPerSecond, "Searches", "By class of status.")
                .ask(
                    requests().only(label::ROUTE, SEARCH).by(&[label::STATUS]).rate(),
                    "{{status}}",
                )
                .wide(6),
            Panel::stacked(
                Unit::PerSecond,
                "Removed because of its age",
                "What retention takes, by kind. Nothing where messages are kept for ever.",
            )
            .ask(chats.of(&worker::REMOVED).by(&[label::KIND]).rate(), "{{kind}}")
            .wide(24),
        ],
    }
}
