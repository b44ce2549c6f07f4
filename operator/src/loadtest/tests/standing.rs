//! Where a load test stands: each end by its name, and what holds for whatever is seen.

use k8s_openapi::jiff::Timestamp;
use serde_json::json;
use talkline_crds::{
    ChatLoadTest,
    loadtest::{Phase, Verdict},
};

use crate::loadtest::{
    reason::Reason,
    seen::{End, JobSeen, PodSeen, Seen, State},
    standing::{Late, Standing, judge},
    status::{Facts, status},
    target::Unresolved,
};

const PASSED: &str = r#"{"outcome": "passed", "broken": [], "figures": {"requestsPerSecond": 12}}"#;
const NOW: Late = Late {
    start: false,
    controller: false,
};
const TOO_LATE: Late = Late {
    start: true,
    controller: true,
};

fn job() -> Option<JobSeen> {
    Some(JobSeen::default())
}

fn failed(reason: &str) -> Option<JobSeen> {
    Some(JobSeen {
        failed: Some(reason.to_owned()),
        is_over: true,
        ..JobSeen::default()
    })
}

fn agent(index: u32, state: State) -> PodSeen {
    PodSeen {
        name: format!("evening-agents-{index}"),
        index: Some(index),
        state,
        address: None,
    }
}

fn ready() -> State {
    State::Running { is_ready: true }
}

/// Two agents, the second of which stands so.
fn starting(state: State) -> Seen {
    Seen {
        agents: job(),
        agent_pods: vec![agent(0, ready()), agent(1, state)],
        ..Seen::default()
    }
}

/// A run whose controller's Job and pod stand so.
fn running(controller: Option<JobSeen>, pod: Option<State>) -> Seen {
    Seen {
        controller,
        controller_pod: pod.map(|state| agent(0, state)),
        ..starting(ready())
    }
}

fn word(outcome: &str) -> Option<State> {
    let word = json!({ "outcome": outcome, "broken": ["delivery p99 is 9 ms"] }).to_string();
    Some(State::Ended(End::Exited(1, word)))
}

fn of(before: Phase, seen: &Seen, late: Late) -> (Phase, Reason) {
    let standing = judge(before, 2, seen, late);
    (standing.phase, standing.reason)
}

#[test]
fn agents_are_waited_for_until_all_are_ready_or_one_has_ended_or_it_is_too_late() {
    let stuck = |reason| State::Stuck(reason, "0/3 nodes are available".to_owned());
    let evicted = State::Ended(End::Evicted("low on memory".to_owned()));
    let starting_still = (Phase::Starting, Reason::AgentsStarting);
    let failed = |reason| (Phase::Failed, reason);
    let table = [
        (ready(), NOW, (Phase::Running, Reason::UnderWay)),
        (State::Waiting, NOW, starting_still),
        (State::Waiting, TOO_LATE, failed(Reason::AgentsNotReady)),
        (stuck(Reason::Unschedulable), NOW, starting_still),
        (stuck(Reason::Unschedulable), TOO_LATE, failed(Reason::Unschedulable)),
        (
            stuck(Reason::ImageUnavailable),
            TOO_LATE,
            failed(Reason::ImageUnavailable),
        ),
        (
            stuck(Reason::ContainerRefused),
            TOO_LATE,
            failed(Reason::ContainerRefused),
        ),
        (evicted, NOW, failed(Reason::AgentEvicted)),
        (State::Ended(End::OutOfMemory), NOW, failed(Reason::AgentOutOfMemory)),
        (
            State::Ended(End::Exited(2, String::new())),
            NOW,
            failed(Reason::AgentLost),
        ),
    ];
    for (state, late, expected) in table {
        let seen = starting(state);
        assert_eq!(of(Phase::Starting, &seen, late), expected, "{seen:?}");
    }
}

#[test]
fn jobs_that_are_gone_or_have_failed_end_it() {
    let gone = Seen {
        agents: None,
        ..starting(ready())
    };
    assert_eq!(of(Phase::Starting, &gone, NOW), (Phase::Failed, Reason::Cancelled));
    assert_eq!(
        of(Phase::Pending, &gone, NOW),
        (Phase::Starting, Reason::AgentsStarting)
    );
    let no_controller = starting(ready());
    assert_eq!(
        of(Phase::Running, &no_controller, NOW),
        (Phase::Failed, Reason::Cancelled)
    );
    let drained = JobSeen {
        failed_indexes: Some("1".to_owned()),
        ..JobSeen::default()
    };
    let drained = Seen {
        agents: Some(drained),
        agent_pods: vec![agent(0, ready())],
        ..Seen::default()
    };
    assert_eq!(of(Phase::Starting, &drained, NOW), (Phase::Failed, Reason::AgentLost));
}

/// Rows of a controller's Job and pod, and where that leaves the test.
type Row = (Option<JobSeen>, Option<State>, Late, Phase, Reason);

fn stand(table: &[Row]) {
    for (controller, pod, late, phase, reason) in table {
        let seen = running(controller.clone(), pod.clone());
        assert_eq!(of(Phase::Running, &seen, *late), (*phase, *reason), "{seen:?}");
    }
}

#[test]
fn the_controller_says_how_a_run_ends() {
    let said = |word: Option<State>, reason| (job(), word, NOW, Phase::Failed, reason);
    let passed = Some(State::Ended(End::Exited(0, PASSED.to_owned())));
    stand(&[
        (job(), None, NOW, Phase::Running, Reason::UnderWay),
        (job(), Some(ready()), TOO_LATE, Phase::Running, Reason::UnderWay),
        (job(), passed, NOW, Phase::Succeeded, Reason::Passed),
        said(word("thresholdsMissed"), Reason::ThresholdsMissed),
        said(word("guaranteesBroken"), Reason::GuaranteesBroken),
        said(word("agentLost"), Reason::AgentLost),
        said(word("invalid"), Reason::InvalidScenario),
        said(word("nothingMeasured"), Reason::NothingMeasured),
    ]);
    let backoff = failed("BackoffLimitExceeded");
    let missed = word("thresholdsMissed");
    stand(&[(backoff, missed, NOW, Phase::Failed, Reason::ThresholdsMissed)]);
}

#[test]
fn a_controller_that_cannot_say_it_is_seen_to_end() {
    let lost = |pod: State| (job(), Some(pod), NOW, Phase::Failed, Reason::ControllerLost);
    let speechless = || State::Ended(End::Exited(101, "a panic".to_owned()));
    let stuck = || Some(State::Stuck(Reason::Unschedulable, String::new()));
    let overdue = |pod| {
        let job = failed("DeadlineExceeded");
        (job, Some(pod), NOW, Phase::Failed, Reason::DeadlineExceeded)
    };
    let gone = failed("BackoffLimitExceeded");
    stand(&[
        lost(State::Ended(End::Evicted(String::new()))),
        lost(State::Ended(End::OutOfMemory)),
        lost(speechless()),
        (gone, None, NOW, Phase::Failed, Reason::ControllerLost),
        overdue(ready()),
        overdue(speechless()),
        (job(), stuck(), NOW, Phase::Running, Reason::UnderWay),
        (job(), stuck(), TOO_LATE, Phase::Failed, Reason::Unschedulable),
    ]);
}

#[test]
fn a_run_without_one_of_its_agents_says_why_that_was_lost_and_keeps_what_it_measured() {
    let lost = json!({ "outcome": "agentLost", "broken": ["agent b was lost"], "figures": { "acknowledged": 7 } });
    let mut seen = running(job(), Some(State::Ended(End::Exited(1, lost.to_string()))));
    seen.agent_pods[1].state = State::Ended(End::OutOfMemory);
    let standing = judge(Phase::Running, 2, &seen, NOW);
    assert_eq!(standing.reason, Reason::AgentOutOfMemory);
    assert_eq!(standing.verdict, Some(Verdict::Incomplete));
    assert_eq!(standing.figures.map(|figures| figures.acknowledged), Some(7));
    assert!(standing.message.contains("evening-agents-1"), "{}", standing.message);
}

#[test]
fn a_target_is_waited_for_and_not_for_ever() {
    let (missing, asleep) = (
        Unresolved::Missing("none".to_owned()),
        Unresolved::NotReady("not ready".to_owned()),
    );
    assert_eq!(Standing::awaited(&missing, false).phase, Phase::Pending);
    assert_eq!(Standing::awaited(&missing, true).reason, Reason::TargetMissing);
    assert_eq!(Standing::awaited(&asleep, true).reason, Reason::TargetNotReady);
    assert_eq!(Standing::refused("quota", false).phase, Phase::Pending);
    assert_eq!(Standing::refused("quota", true).reason, Reason::ObjectsRefused);
}

/// All states of a pod, as far as it matters.
fn states() -> Vec<State> {
    let words = ["", "what is no verdict", PASSED];
    let exits = words.map(|word| State::Ended(End::Exited(1, word.to_owned())));
    let ends = [
        End::Evicted("e".to_owned()),
        End::OutOfMemory,
        End::Unknown("u".to_owned()),
    ]
    .map(State::Ended);
    let waiting = [
        State::Waiting,
        State::Stuck(Reason::Unschedulable, "s".to_owned()),
        State::Running { is_ready: false },
        ready(),
    ];
    [waiting.to_vec(), exits.to_vec(), ends.to_vec()].concat()
}

/// Whatever is seen together.
fn everything() -> Vec<Seen> {
    let jobs = [None, job(), failed("BackoffLimitExceeded"), failed("DeadlineExceeded")];
    let mut all = Vec::new();
    for agents in &jobs {
        for controller in &jobs {
            for state in states() {
                for pod in states().into_iter().map(Some).chain([None]) {
                    let seen = running(controller.clone(), pod);
                    let agent_pods = vec![agent(0, ready()), agent(1, state.clone())];
                    all.push(Seen {
                        agents: agents.clone(),
                        agent_pods,
                        ..seen
                    });
                }
            }
        }
    }
    all
}

#[test]
fn whatever_is_seen_it_ends_once_its_time_is_over_and_says_why() {
    let waits = [Reason::AgentsStarting, Reason::UnderWay, Reason::WaitingForTarget];
    for seen in everything() {
        for before in [Phase::Pending, Phase::Starting, Phase::Running] {
            for late in [NOW, TOO_LATE] {
                let standing = judge(before, 2, &seen, late);
                let at = || format!("{before:?} {late:?} {seen:?}: {standing:?}");
                assert!(!standing.message.is_empty(), "{}", at());
                assert_eq!(standing.phase.is_over(), !waits.contains(&standing.reason), "{}", at());
                let is_passed = standing.verdict == Some(Verdict::Passed);
                assert_eq!(standing.phase == Phase::Succeeded, is_passed, "{}", at());
                // Without a controller: the agents' time. With one: that of its Job, which then has failed.
                let is_begun = seen.agents.is_some() || before != Phase::Pending;
                let over = match &seen.controller {
                    None => late.start && is_begun && seen.ready() < 2,
                    Some(job) => job.failed.is_some(),
                };
                assert!(!over || standing.phase.is_over(), "{}", at());
            }
        }
    }
}

#[test]
fn conditions_turn_with_the_end_and_keep_their_time_otherwise() {
    let spec = json!({ "target": { "chatCluster": "chat" } });
    let test = json!({ "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatLoadTest", "metadata": { "name": "evening" }, "spec": spec });
    let mut test: ChatLoadTest = serde_json::from_value(test).unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut told = |standing: &Standing, second| {
        let status = status(&test, standing, Facts::default(), at(second));
        test.status = Some(status.clone());
        let of = |kind: &str| {
            let condition = status
                .conditions
                .iter()
                .find(|condition| condition.type_ == kind)
                .unwrap();
            (condition.status.clone(), condition.last_transition_time.0.as_second())
        };
        let end = status.completion_time.as_ref().map(|time| time.0.as_second());
        (of("Finished"), of("Passed"), end)
    };
    let (no, unknown) = ("False".to_owned(), "Unknown".to_owned());
    let begun = told(&Standing::begun(), 1);
    assert_eq!(begun, ((no.clone(), 1), (unknown.clone(), 1), None));
    let later = judge(Phase::Starting, 2, &starting(ready()), NOW);
    assert_eq!(told(&later, 2), begun);
    let over = Standing::failed(Reason::Cancelled, "removed");
    assert_eq!(told(&over, 3), (("True".to_owned(), 3), (no, 3), Some(3)));
}
