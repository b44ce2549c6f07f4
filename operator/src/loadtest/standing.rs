//! Where a load test stands: from what was and what is seen to a phase with a reason. Pure, and the one place where it is decided.
//!
//! Every way through it ends: a phase that waits has a deadline, and so has the controller's Job.

use talkline_crds::loadtest::{Figures, Phase, Verdict};

use super::{
    conclusion::{Conclusion, Outcome},
    reason::Reason,
    seen::{End, JobSeen, PodSeen, Seen, State},
    target::Unresolved,
};

/// Where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The phase.
    pub(crate) phase: Phase,
    /// Why, in a word.
    pub(crate) reason: Reason,
    /// Why, in a sentence.
    pub(crate) message: String,
    /// What the run said of itself.
    pub(crate) verdict: Option<Verdict>,
    /// What did not hold.
    pub(crate) broken: Vec<String>,
    /// What was measured.
    pub(crate) figures: Option<Figures>,
}

/// What has run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Late {
    /// The time until the agents are ready.
    pub(crate) start: bool,
    /// The same again, for the controller's pod.
    pub(crate) controller: bool,
}

impl Standing {
    fn new(phase: Phase, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            phase,
            reason,
            message: message.into(),
            verdict: None,
            broken: Vec::new(),
            figures: None,
        }
    }

    /// It has ended, and not well.
    pub(crate) fn failed(reason: Reason, message: impl Into<String>) -> Self {
        Self::new(Phase::Failed, reason, message)
    }

    /// Something is not there yet: waited for, until it is too late.
    pub(crate) fn awaited(why: &Unresolved, is_late: bool) -> Self {
        let (reason, message) = match why {
            Unresolved::Missing(message) => (Reason::TargetMissing, message),
            Unresolved::NotReady(message) => (Reason::TargetNotReady, message),
        };
        match is_late {
            true => Self::failed(reason, format!("{message}, and did not become so within startSeconds")),
            false => Self::new(Phase::Pending, Reason::WaitingForTarget, message),
        }
    }

    /// The agents were made.
    pub(crate) fn begun() -> Self {
        Self::new(Phase::Starting, Reason::AgentsStarting, "the agents were made")
    }

    /// The API server does not take the controller.
    pub(crate) fn refused_controller(why: &str, is_late: bool) -> Self {
        match is_late {
            true => Self::failed(Reason::ObjectsRefused, why),
            false => Self::new(Phase::Starting, Reason::ObjectsRefused, why),
        }
    }

    /// The API server does not take an object.
    pub(crate) fn refused(why: &str, is_late: bool) -> Self {
        match is_late {
            true => Self::failed(Reason::ObjectsRefused, why),
            false => Self::new(Phase::Pending, Reason::ObjectsRefused, why),
        }
    }
}

/// Judges a load test whose agents were made, and which has not ended: `before` is the phase that was written last.
pub(crate) fn judge(before: Phase, wanted: usize, seen: &Seen, late: Late) -> Standing {
    match &seen.controller {
        Some(job) => running(job, seen, late),
        None if before == Phase::Running => cancelled("controller"),
        None => starting(before, wanted, seen, late),
    }
}

fn cancelled(whose: &str) -> Standing {
    let message = format!("the Job of the {whose} was removed before its end");
    Standing::failed(Reason::Cancelled, message)
}

/// The agents were made, and are not ready yet. One that ends now is the end of all.
fn starting(before: Phase, wanted: usize, seen: &Seen, late: Late) -> Standing {
    let Some(job) = &seen.agents else {
        // What was made a moment ago is listed, so it was removed.
        return match before {
            Phase::Pending => Standing::begun(),
            _ => cancelled("agents"),
        };
    };
    if let Some((reason, message)) = lost(seen) {
        return Standing::failed(reason, format!("before the run: {message}"));
    }
    if let Some(why) = &job.failed {
        return Standing::failed(Reason::AgentLost, format!("the Job of the agents has failed: {why}"));
    }
    let ready = seen.ready();
    if ready >= wanted {
        return Standing::new(
            Phase::Running,
            Reason::UnderWay,
            format!("{ready} agents are ready, and begin together"),
        );
    }
    let count = format!("{ready} of {wanted} agents are ready");
    let stuck = seen.agent_pods.iter().find_map(PodSeen::stuck);
    let message = stuck
        .as_ref()
        .map_or(count.clone(), |(_, why)| format!("{count}; {why}"));
    match (late.start, stuck) {
        (false, _) => Standing::new(Phase::Starting, Reason::AgentsStarting, message),
        (true, Some((reason, _))) => Standing::failed(reason, format!("after startSeconds {message}")),
        (true, None) => Standing::failed(Reason::AgentsNotReady, format!("after startSeconds {message}")),
    }
}

/// The controller was made: it says how it ends, unless it cannot.
fn running(job: &JobSeen, seen: &Seen, late: Late) -> Standing {
    let state = seen.controller_pod.as_ref().map(|pod| &pod.state);
    match (state, &job.failed) {
        // A Job that has run out of time ends its pod without a word.
        (_, Some(why)) if why == "DeadlineExceeded" => Standing::failed(
            Reason::DeadlineExceeded,
            "it took longer than deadlineSeconds, and was ended",
        ),
        (Some(State::Ended(end)), _) => ended(end, seen),
        (_, Some(why)) => Standing::failed(Reason::ControllerLost, format!("the controller's pod is gone: {why}")),
        (None, None) if job.is_over => Standing::failed(Reason::ControllerLost, "the controller's pod is gone"),
        (Some(State::Stuck(reason, why)), None) if late.controller => {
            Standing::failed(*reason, format!("the controller cannot run: {why}"))
        }
        (Some(State::Stuck(_, why)), None) => {
            Standing::new(Phase::Running, Reason::UnderWay, format!("the controller waits: {why}"))
        }
        _ => Standing::new(Phase::Running, Reason::UnderWay, "the agents work"),
    }
}

fn ended(end: &End, seen: &Seen) -> Standing {
    let lost_with = |why: String| Standing::failed(Reason::ControllerLost, why);
    match end {
        End::Evicted(why) => lost_with(format!("the controller was evicted: {why}")),
        End::OutOfMemory => lost_with("the controller took more memory than it may".to_owned()),
        End::Unknown(why) => lost_with(format!("the controller's pod ended without a word: {why}")),
        End::Exited(code, word) => match Conclusion::read(word) {
            Ok(conclusion) => concluded(conclusion, seen),
            Err(_) => lost_with(format!("the controller ended with code {code} and no verdict: {word}")),
        },
    }
}

/// The run has said how it ended. Where an agent was lost, its pod says better why.
fn concluded(conclusion: Conclusion, seen: &Seen) -> Standing {
    let lines = conclusion.broken.join("; ");
    let lost = || lost(seen).unwrap_or((Reason::AgentLost, lines.clone()));
    let (reason, verdict, message) = match conclusion.outcome {
        Outcome::Passed => (
            Reason::Passed,
            Some(Verdict::Passed),
            "every guarantee and threshold held".to_owned(),
        ),
        Outcome::ThresholdsMissed => (Reason::ThresholdsMissed, Some(Verdict::ThresholdsMissed), lines.clone()),
        Outcome::GuaranteesBroken => (Reason::GuaranteesBroken, Some(Verdict::GuaranteesBroken), lines.clone()),
        Outcome::AgentLost => {
            let (reason, message) = lost();
            (reason, Some(Verdict::Incomplete), message)
        }
        Outcome::Invalid => (Reason::InvalidScenario, None, lines.clone()),
        Outcome::NothingMeasured => match self::lost(seen) {
            Some((reason, message)) => (reason, None, message),
            None => (Reason::NothingMeasured, None, lines.clone()),
        },
    };
    let phase = match reason {
        Reason::Passed => Phase::Succeeded,
        _ => Phase::Failed,
    };
    Standing {
        verdict,
        broken: conclusion.broken,
        figures: conclusion.figures,
        ..Standing::new(phase, reason, message)
    }
}

/// The agent that was lost, and how: by its pod, or where that is gone, by its Job.
fn lost(seen: &Seen) -> Option<(Reason, String)> {
    let of_pod = seen.agent_pods.iter().find_map(|pod| match &pod.state {
        State::Ended(end) => Some(agent_ended(&pod.name, end)),
        _ => None,
    });
    let indexes = seen.agents.as_ref().and_then(|job| job.failed_indexes.as_ref());
    let gone = || indexes.map(|indexes| (Reason::AgentLost, format!("the pods of agents {indexes} are gone")));
    of_pod.or_else(gone)
}

fn agent_ended(name: &str, end: &End) -> (Reason, String) {
    match end {
        End::Evicted(why) => (Reason::AgentEvicted, format!("{name} was evicted: {why}")),
        End::OutOfMemory => (
            Reason::AgentOutOfMemory,
            format!("{name} took more memory than it may: raise resources.limits.memory, or parallelism"),
        ),
        End::Exited(code, word) => (
            Reason::AgentLost,
            format!("{name} ended with code {code}: {}", word.trim_end()),
        ),
        End::Unknown(why) => (Reason::AgentLost, format!("{name} ended: {why}")),
    }
}

impl PodSeen {
    fn stuck(&self) -> Option<(Reason, String)> {
        match &self.state {
            State::Stuck(reason, why) => Some((*reason, format!("{} cannot run: {why}", self.name))),
            _ => None,
        }
    }
}
