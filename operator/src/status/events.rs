//! Events: what has turned, for whoever looks at a ChatCluster with `kubectl describe`. They are told once at each turn; one that is lost
//! costs nothing, since the conditions say the same.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    Resource as _,
    runtime::events::{Event, EventType},
};
use talkline_crds::{ChatCluster, status::ChatClusterStatus};

use crate::controller::Context;

/// The conditions whose turns are told, and the status that is bad.
const TOLD: [(&str, &str); 7] = [
    ("Ready", "False"),
    ("Degraded", "True"),
    ("Paused", "True"),
    ("Exposed", "False"),
    ("KafkaAsDeclared", "False"),
    ("RedisAsDeclared", "False"),
    ("MongoAsDeclared", "False"),
];

pub(super) async fn tell(
    cluster: &ChatCluster,
    context: &Context,
    before: &ChatClusterStatus,
    after: &ChatClusterStatus,
) {
    for (turned, is_bad) in turns(&before.conditions, &after.conditions) {
        let event = Event {
            type_: if is_bad { EventType::Warning } else { EventType::Normal },
            reason: turned.reason.clone(),
            note: Some(format!("{} is {}: {}", turned.type_, turned.status, turned.message)),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        if let Err(error) = context.shared.events.publish(&event, &cluster.object_ref(&())).await {
            tracing::debug!(%error, reason = turned.reason, "an event was not taken");
        }
    }
}

/// What has turned, and whether for the worse. What is not yet so at the beginning is no turn.
fn turns<'a>(before: &[Condition], after: &'a [Condition]) -> Vec<(&'a Condition, bool)> {
    let mut turns = Vec::new();
    for (kind, bad) in TOLD {
        let find = |conditions: &'a [Condition]| conditions.iter().find(|condition| condition.type_ == kind);
        let Some(now) = find(after) else {
            continue;
        };
        let is_bad = now.status == bad;
        let was = before.iter().find(|condition| condition.type_ == kind);
        let turned = match was {
            Some(was) => (was.status == bad) != is_bad || is_bad && was.reason != now.reason,
            None => is_bad && kind != "Ready",
        };
        if turned {
            turns.push((now, is_bad));
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

    use super::*;

    fn condition(kind: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    fn told(before: Option<&Condition>, after: &Condition) -> Option<(String, bool)> {
        let before: Vec<Condition> = before.into_iter().cloned().collect();
        let turns = turns(&before, std::slice::from_ref(after));
        turns
            .first()
            .map(|(condition, is_bad)| (condition.reason.clone(), *is_bad))
    }

    #[test]
    fn turns_are_told_once_and_a_beginning_is_none() {
        let (starting, running) = (
            condition("Ready", "False", "NoGatewayReady"),
            condition("Ready", "True", "ChatRuns"),
        );
        let word = |reason: &str, is_bad| Some((reason.to_owned(), is_bad));
        assert_eq!(told(None, &starting), None);
        assert_eq!(told(Some(&starting), &running), word("ChatRuns", false));
        assert_eq!(told(Some(&running), &running), None);
        assert_eq!(told(Some(&running), &starting), word("NoGatewayReady", true));
        let (one, other) = (
            condition("Degraded", "True", "InvalidSpec"),
            condition("Degraded", "True", "ApplyFailed"),
        );
        assert_eq!(told(None, &one), word("InvalidSpec", true));
        assert_eq!(told(Some(&one), &other), word("ApplyFailed", true));
        assert_eq!(told(Some(&other), &other), None);
    }
}
