//! What is seen of a load test: its Jobs and pods, reduced to what decides.

use std::net::IpAddr;

use k8s_openapi::{
    api::{
        batch::v1::Job,
        core::v1::{ContainerStateTerminated, Pod},
    },
    jiff::Timestamp,
};

use super::{build::Role, reason::Reason};
use crate::build::COMPONENT;

/// What Kubernetes writes onto the pods of an indexed Job.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The agents' Job; none where there is none.
    pub(crate) agents: Option<JobSeen>,
    /// The controller's Job.
    pub(crate) controller: Option<JobSeen>,
    /// The agents' pods, by their index.
    pub(crate) agent_pods: Vec<PodSeen>,
    /// The controller's pod.
    pub(crate) controller_pod: Option<PodSeen>,
}

/// A Job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JobSeen {
    /// When it was made.
    pub(crate) made: Option<Timestamp>,
    /// Indexes that have failed, as the Job has them: `1,3-5`.
    pub(crate) failed_indexes: Option<String>,
    /// Why it has failed, if it has.
    pub(crate) failed: Option<String>,
    /// Whether its pods are taken away.
    pub(crate) is_suspended: bool,
    /// Whether it has ended, well or not.
    pub(crate) is_over: bool,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodSeen {
    /// Its name.
    pub(crate) name: String,
    /// Which of the agents it is.
    pub(crate) index: Option<u32>,
    /// Where it stands.
    pub(crate) state: State,
    /// Its address, as long as it runs.
    pub(crate) address: Option<IpAddr>,
}

/// Where a pod stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is on its way.
    Waiting,
    /// It cannot go on: why, and in whose words.
    Stuck(Reason, String),
    /// It runs.
    Running {
        /// Whether it is ready as well.
        is_ready: bool,
    },
    /// It has ended.
    Ended(End),
}

/// How a pod ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its node took it away, in whose words.
    Evicted(String),
    /// It took more memory than it may.
    OutOfMemory,
    /// Its program ended: the exit code, and its last word.
    Exited(i32, String),
    /// It ended, and nothing says how.
    Unknown(String),
}

impl Seen {
    /// Of what the API server lists.
    pub(crate) fn of(name: &str, jobs: &[Job], pods: &[Pod]) -> Self {
        let job = |suffix: &str| {
            let wanted = format!("{name}-{suffix}");
            let found = jobs.iter().find(|job| job.metadata.name.as_ref() == Some(&wanted));
            found
                .filter(|job| job.metadata.deletion_timestamp.is_none())
                .map(JobSeen::of)
        };
        let mut agent_pods: Vec<PodSeen> = of_role(pods, Role::Agent).map(PodSeen::of).collect();
        agent_pods.sort_by_key(|pod| pod.index);
        Self {
            agents: job("agents"),
            controller: job("controller"),
            agent_pods,
            controller_pod: of_role(pods, Role::Controller).map(PodSeen::of).next(),
        }
    }

    /// Agents that are ready.
    pub(crate) fn ready(&self) -> usize {
        let ready = |pod: &&PodSeen| pod.state == State::Running { is_ready: true };
        self.agent_pods.iter().filter(ready).count()
    }
}

/// The pods of a role. One that is being removed and has not ended says nothing any more.
fn of_role(pods: &[Pod], role: Role) -> impl Iterator<Item = &Pod> {
    let is_its = move |pod: &&Pod| {
        let labels = pod.metadata.labels.as_ref();
        labels.is_some_and(|labels| labels.get(COMPONENT).is_some_and(|name| name == role.name()))
    };
    let says_something = |pod: &&Pod| pod.metadata.deletion_timestamp.is_none() || phase(pod) == "Failed";
    pods.iter().filter(is_its).filter(says_something)
}

impl JobSeen {
    fn of(job: &Job) -> Self {
        let status = job.status.clone().unwrap_or_default();
        let conditions = status.conditions.unwrap_or_default();
        let holds = |kinds: &[&str]| {
            let mut found = conditions.iter();
            found.find(|condition| condition.status == "True" && kinds.contains(&condition.type_.as_str()))
        };
        let failed = holds(&["Failed", "FailureTarget"]);
        Self {
            made: job.metadata.creation_timestamp.as_ref().map(|time| time.0),
            failed_indexes: status.failed_indexes.filter(|indexes| !indexes.is_empty()),
            failed: failed.map(|condition| condition.reason.clone().unwrap_or_default()),
            is_suspended: job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true),
            is_over: holds(&["Failed", "Complete"]).is_some(),
        }
    }
}

fn phase(pod: &Pod) -> &str {
    let status = pod.status.as_ref();
    status.and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

impl PodSeen {
    fn of(pod: &Pod) -> Self {
        let metadata = &pod.metadata;
        let index = metadata.annotations.as_ref().and_then(|all| all.get(INDEX));
        let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref());
        Self {
            name: metadata.name.clone().unwrap_or_default(),
            index: index.and_then(|index| index.parse().ok()),
            state: State::of(pod),
            address: address.and_then(|address| address.parse().ok()),
        }
    }
}

impl State {
    fn of(pod: &Pod) -> Self {
        match phase(pod) {
            "Failed" | "Succeeded" => Self::Ended(End::of(pod)),
            "Running" => Self::Running {
                is_ready: condition(pod, "Ready").is_some_and(|(status, ..)| status == "True"),
            },
            _ => stuck(pod).map_or(Self::Waiting, |(reason, why)| Self::Stuck(reason, why)),
        }
    }
}

impl End {
    fn of(pod: &Pod) -> Self {
        let status = pod.status.clone().unwrap_or_default();
        if status.reason.as_deref() == Some("Evicted") {
            return Self::Evicted(status.message.unwrap_or_default());
        }
        match terminated(pod) {
            Some(ended) if ended.reason.as_deref() == Some("OOMKilled") => Self::OutOfMemory,
            Some(ended) => Self::Exited(ended.exit_code, ended.message.clone().unwrap_or_default()),
            // Taken away before its container was ever there, or with its node.
            None => match condition(pod, "DisruptionTarget") {
                Some((_, reason, message)) => Self::Evicted(format!("{reason}: {message}")),
                None => Self::Unknown(
                    [status.reason, status.message]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join(": "),
                ),
            },
        }
    }
}

fn terminated(pod: &Pod) -> Option<&ContainerStateTerminated> {
    let containers = pod.status.as_ref()?.container_statuses.as_ref()?;
    containers
        .iter()
        .find_map(|container| container.state.as_ref()?.terminated.as_ref())
}

/// Status, reason and message of a condition.
fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
    Some((&found.status, text(&found.reason), text(&found.message)))
}

/// Why a pod that waits will not go on by itself.
fn stuck(pod: &Pod) -> Option<(Reason, String)> {
    if let Some((_, "Unschedulable", message)) = condition(pod, "PodScheduled") {
        return Some((Reason::Unschedulable, message.to_owned()));
    }
    let containers = pod.status.as_ref()?.container_statuses.as_ref()?;
    let mut waiting = containers
        .iter()
        .filter_map(|container| container.state.as_ref()?.waiting.as_ref());
    waiting.find_map(|waiting| {
        let word = waiting.reason.as_deref().unwrap_or_default();
        let reason = match word {
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" | "RegistryUnavailable" => {
                Reason::ImageUnavailable
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => Reason::ContainerRefused,
            _ => return None,
        };
        Some((
            reason,
            format!("{word}: {}", waiting.message.as_deref().unwrap_or_default()),
        ))
    })
}
