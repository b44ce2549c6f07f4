//! What is said of a load test: its standing, with conditions for `kubectl wait`, and an event at each turn.

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};
use kube::{
    Api, Resource as _, ResourceExt as _,
    api::Patch,
    runtime::events::{Event, EventType},
};
use serde_json::json;
use talkline_crds::{
    ChatLoadTest,
    loadtest::{Agents, ChatLoadTestStatus, Phase, Report},
};

use super::standing::Standing;
use crate::{
    apply::{as_operator, reason},
    build::{GROUP, OPERATOR},
    controller::Shared,
};

/// What is known beside the standing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Where the target is, once that is known.
    pub(crate) target: Option<String>,
    /// Agents that are ready; none where they were not looked for.
    pub(crate) ready: Option<usize>,
    /// Where the report is, once it was taken.
    pub(crate) report: Option<Report>,
}

/// The whole status. Pure.
pub(crate) fn status(test: &ChatLoadTest, standing: &Standing, facts: Facts, now: Timestamp) -> ChatLoadTestStatus {
    let before = test.status.clone().unwrap_or_default();
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let wanted = i32::try_from(test.spec.parallelism).unwrap_or(i32::MAX);
    let agents = facts.ready.map(|ready| Agents {
        wanted,
        ready: number(ready),
    });
    ChatLoadTestStatus {
        observed_generation: test.metadata.generation,
        phase: standing.phase,
        reason: standing.reason.word().to_owned(),
        message: standing.message.clone(),
        verdict: standing.verdict,
        broken: standing.broken.clone(),
        conditions: conditions(standing, &before.conditions, test.metadata.generation, now),
        start_time: before.start_time.or(Some(Time(now))),
        completion_time: standing.phase.is_over().then_some(Time(now)),
        target: facts.target.or(before.target),
        agents: agents.or(before.agents),
        figures: standing.figures.clone(),
        report: facts.report.or(before.report),
    }
}

fn conditions(standing: &Standing, before: &[Condition], generation: Option<i64>, now: Timestamp) -> Vec<Condition> {
    let is_over = standing.phase.is_over();
    let word = |is: bool| if is { "True" } else { "False" };
    let passed = match is_over {
        true => word(standing.phase == Phase::Succeeded),
        false => "Unknown",
    };
    let all = [("Finished", word(is_over)), ("Passed", passed)].map(|(kind, status)| {
        let mut last = before.iter();
        let last = last.find(|condition| condition.type_ == kind && condition.status == status);
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: standing.reason.word().to_owned(),
            message: standing.message.clone(),
            observed_generation: generation,
            last_transition_time: last.map_or(Time(now), |last| last.last_transition_time.clone()),
        }
    });
    all.into()
}

/// Writes it, if it is something else than what stands there, and tells people what has turned.
///
/// # Errors
/// The API server does not take it.
pub(crate) async fn write(shared: &Shared, test: &ChatLoadTest, status: &ChatLoadTestStatus) -> Result<(), String> {
    let before = test.status.clone().unwrap_or_default();
    if *status == before {
        return Ok(());
    }
    let (namespace, name) = (test.namespace().unwrap_or_default(), test.name_any());
    let api: Api<ChatLoadTest> = Api::namespaced(shared.client.clone(), &namespace);
    let patch = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"),
        "kind": "ChatLoadTest",
        "metadata": { "name": name },
        "status": status,
    });
    match api
        .patch_status(&name, &as_operator(OPERATOR), &Patch::Apply(&patch))
        .await
    {
        Ok(_) => {}
        // It went while it was looked at.
        Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(()),
        Err(error) => return Err(format!("the status is not taken: {}", reason(&error))),
    }
    if (status.phase, &status.reason) != (before.phase, &before.reason) {
        tell(shared, test, status).await;
    }
    Ok(())
}

/// One that is lost costs nothing, since the status says the same.
async fn tell(shared: &Shared, test: &ChatLoadTest, status: &ChatLoadTestStatus) {
    let is_bad = status.phase == Phase::Failed;
    tracing::info!(
        namespace = test.namespace(),
        name = test.name_any(),
        phase = ?status.phase,
        reason = status.reason,
        "a load test goes on"
    );
    let event = Event {
        type_: if is_bad { EventType::Warning } else { EventType::Normal },
        reason: status.reason.clone(),
        note: Some(status.message.clone()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    if let Err(error) = shared.events.publish(&event, &test.object_ref(&())).await {
        tracing::debug!(%error, reason = status.reason, "an event was not taken");
    }
}
