//! The conditions: what a person, or `kubectl wait`, asks for first. Each has a reason that one can act on (`docs/operator.md`).

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};

use super::{Observed, Outcome, Role, Server, Way};
use crate::upkeep::Finding;

/// The condition of the way in from outside.
const EXPOSED: &str = "Exposed";

/// Something that is or is not so, and why.
struct Fact {
    kind: String,
    is: Option<bool>,
    reason: String,
    message: String,
}

impl Fact {
    fn new(kind: &str, is: bool, reason: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            is: Some(is),
            reason: reason.to_owned(),
            message: message.into(),
        }
    }
}

/// All conditions. One that stays keeps the time of its last turn; those of what is not known at the moment stay as they are.
pub(super) fn conditions(
    outcome: &Outcome,
    observed: &Observed,
    before: &[Condition],
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let mut facts = vec![
        ready(outcome, observed),
        progressing(outcome, observed),
        degraded(outcome, observed),
        paused(outcome),
    ];
    facts.extend(observed.way.iter().map(exposed));
    facts.extend(observed.servers.iter().flat_map(server));
    let mut conditions: Vec<Condition> = Vec::new();
    for fact in facts {
        let status = fact.is.map_or("Unknown", |is| if is { "True" } else { "False" });
        let last = before
            .iter()
            .find(|condition| condition.type_ == fact.kind && condition.status == status);
        conditions.push(Condition {
            type_: fact.kind,
            status: status.to_owned(),
            reason: fact.reason,
            message: fact.message,
            observed_generation: generation,
            last_transition_time: last.map_or(Time(now), |last| last.last_transition_time.clone()),
        });
    }
    let is_over = |old: &Condition| old.type_ == EXPOSED && outcome.valid().is_some();
    let is_kept = |old: &&Condition| !is_over(old) && conditions.iter().all(|condition| condition.type_ != old.type_);
    let kept: Vec<Condition> = before.iter().filter(is_kept).cloned().collect();
    conditions.extend(kept);
    conditions
}

/// Whether clients can chat now: somebody holds their sockets, and somebody stores what they say.
fn ready(outcome: &Outcome, observed: &Observed) -> Fact {
    let (gateway, worker) = (&observed.gateway, &observed.worker);
    let counts = format!(
        "{} of {} gateways and {} of {} workers are ready",
        gateway.ready, gateway.wanted, worker.ready, worker.wanted
    );
    match outcome {
        Outcome::Invalid(_) if gateway.wanted == 0 => Fact::new("Ready", false, "InvalidSpec", wrong(outcome)),
        _ if gateway.ready == 0 => Fact::new("Ready", false, "NoGatewayReady", counts),
        _ if worker.ready == 0 => Fact::new("Ready", false, "NoWorkerReady", counts),
        _ => Fact::new("Ready", true, "ChatRuns", counts),
    }
}

/// Whether something is on its way.
fn progressing(outcome: &Outcome, observed: &Observed) -> Fact {
    let moving = [("gateways", &observed.gateway), ("workers", &observed.worker)]
        .into_iter()
        .filter(|(_, role)| !role.is_settled())
        .map(|(name, role)| moves(name, role))
        .collect::<Vec<_>>();
    match outcome {
        Outcome::Paused(_) => Fact::new("Progressing", false, "Paused", "spec.paused is true: changes wait"),
        Outcome::Invalid(_) => Fact::new(
            "Progressing",
            false,
            "InvalidSpec",
            "the last valid spec stays in force",
        ),
        Outcome::Applied(_) | Outcome::Failed { .. } if moving.is_empty() => Fact::new(
            "Progressing",
            false,
            "Settled",
            "every pod is of the newest template and ready",
        ),
        Outcome::Applied(_) | Outcome::Failed { .. } => Fact::new("Progressing", true, "RollingOut", moving.join("; ")),
    }
}

fn moves(name: &str, role: &Role) -> String {
    format!(
        "{name}: {} wanted, {} there, {} updated, {} ready",
        role.wanted, role.replicas, role.updated, role.ready
    )
}

/// Whether something is wrong that does not mend by itself.
fn degraded(outcome: &Outcome, observed: &Observed) -> Fact {
    match outcome {
        Outcome::Invalid(_) => return Fact::new("Degraded", true, "InvalidSpec", wrong(outcome)),
        Outcome::Failed { step, error, .. } => return Fact::new("Degraded", true, reason_of(step), error),
        Outcome::Applied(_) | Outcome::Paused(_) => {}
    }
    let stuck = [("gateways", &observed.gateway), ("workers", &observed.worker)]
        .into_iter()
        .find_map(|(name, role)| role.stuck.as_ref().map(|(reason, message)| (name, reason, message)));
    if let Some((name, reason, message)) = stuck {
        return Fact::new("Degraded", true, reason, format!("{name}: {message}"));
    }
    if let Some(refused) = observed.way.as_ref().filter(|way| way.is_open == Some(false)) {
        return Fact::new("Degraded", true, "NotExposed", &refused.message);
    }
    match observed.servers.iter().find_map(action) {
        Some(action) => Fact::new("Degraded", true, "ManualActionRequired", action),
        None => Fact::new("Degraded", false, "AsExpected", notes(outcome)),
    }
}

/// What a person has to do about a server.
fn action(server: &Server) -> Option<String> {
    let action = server.finding.as_ref()?.action()?;
    Some(format!("{}: {action}", server.name))
}

fn reason_of(step: &str) -> &'static str {
    match step {
        "dereference" => "ReferenceMissing",
        "apply" => "ApplyFailed",
        "orphans" => "CleanupFailed",
        _ => "ReconcileFailed",
    }
}

/// What of the YAML has no effect is nothing wrong; this is where it is said nevertheless.
fn notes(outcome: &Outcome) -> String {
    let notes = outcome.valid().map(|valid| valid.notes.join("; ")).unwrap_or_default();
    match notes.is_empty() {
        true => "nothing is wrong".to_owned(),
        false => format!("nothing is wrong; without effect: {notes}"),
    }
}

fn wrong(outcome: &Outcome) -> String {
    let Outcome::Invalid(wrong) = outcome else {
        return String::new();
    };
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn paused(outcome: &Outcome) -> Fact {
    match outcome {
        Outcome::Paused(_) => Fact::new("Paused", true, "Paused", "spec.paused is true: nothing is applied"),
        _ => Fact::new("Paused", false, "Active", "changes are applied"),
    }
}

/// Whether there is a way in from outside the cluster.
fn exposed(way: &Way) -> Fact {
    Fact {
        kind: EXPOSED.to_owned(),
        is: way.is_open,
        reason: way.reason.clone(),
        message: way.message.clone(),
    }
}

/// Whether a server answers the operator (whether it answers the pods is what makes them ready), and whether it has what the
/// ChatCluster says. Nothing is said of what nobody has looked at yet.
fn server(server: &Server) -> Vec<Fact> {
    let fact = |kind: &str, (is, reason, message): (Option<bool>, &str, String)| Fact {
        kind: format!("{}{kind}", server.name),
        is,
        reason: reason.to_owned(),
        message,
    };
    let reachable = match (&server.pod, &server.finding) {
        (Some(Ok(())), _) => {
            let message = "the server that this operator runs is ready".to_owned();
            Some((Some(true), "PodReady", message))
        }
        (Some(Err(error)), _) => Some((Some(false), "PodNotReady", error.clone())),
        (None, finding) => finding.as_ref().map(Finding::reachable),
    };
    let declared = server.finding.as_ref().map(Finding::as_declared);
    let facts = [("Reachable", reachable), ("AsDeclared", declared)];
    let said = facts.into_iter().filter_map(|(kind, said)| Some(fact(kind, said?)));
    said.collect()
}
