//! What one can do in the chat: the one layer under both REST and sockets.
//!
//! Everything here takes an [`Identity`](crate::auth::Identity) whose token was verified and answers with the
//! contract's shapes or its [`Problem`]. Two rules run through all of it:
//! - What writes is judged by the worker again, so a remembered membership will do; what reads is not, so it asks the
//!   store who is a member *now*; of the newest messages, who was one when they were stored (`recent`).
//! - An unknown conversation and one that the actor is no member of are told apart by nothing.
//!
//! How requests arrive and how events reach sockets does not belong here.

mod answers;
mod command;
mod content;
mod conversations;
mod form;
mod group;
mod history;
mod memberships;
mod presence;
mod receipts;
mod recent;
mod search;
mod send;
mod sync;

use std::sync::Arc;

use talkline_core::{
    conversation::{Answered, Member},
    event::Signal,
    id::{ConversationId, UserId},
    port::Membership,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{answers::Answers, receipts::Receipts};
pub use self::{
    conversations::Conversations,
    form::parse_id,
    group::{Created, MemberChanges},
    history::{MessageDetails, Span},
    memberships::Memberships,
    receipts::Reached,
    recent::Recents,
    search::Hits,
};
use crate::{
    config::Config,
    limits::Limits,
    metrics::Metrics,
    ports::Ports,
    problem::{Code, Problem},
    trace::Sampler,
};

/// The chat, as one gateway offers it. Shared by everything that serves clients.
pub struct Chat {
    ports: Ports,
    config: Arc<Config>,
    limits: Limits,
    memberships: Memberships,
    recents: Recents,
    answers: Answers,
    receipts: Receipts,
    sampler: Sampler,
    metrics: Metrics,
}

impl Chat {
    /// The chat of the gateway named `gateway`, a name that no other running gateway has. It counts into `metrics`; its tasks
    /// run on `tasks` until `stop`.
    pub fn new(
        gateway: impl Into<String>,
        ports: Ports,
        config: Arc<Config>,
        metrics: Metrics,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let realtime = &config.realtime;
        let memberships = Memberships::new(
            ports.store.clone(),
            ports.recent.clone(),
            realtime.remembered_members,
            metrics.memberships.clone(),
        );
        let recents = Recents::new(&ports, memberships.clone(), config.history, metrics.history.clone());
        Self {
            limits: Limits::new(ports.limits.clone(), config.limits.clone()),
            answers: Answers::new(gateway.into(), realtime.max_waiting),
            receipts: Receipts::start(&ports, memberships.clone(), recents.clone(), realtime, tasks, stop),
            recents,
            memberships,
            sampler: Sampler::new(ports.tracer.clone(), &config.tracing),
            ports,
            config,
            metrics,
        }
    }

    /// What it counts into.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the gateway is called, for answers to find it.
    pub fn gateway(&self) -> &str {
        self.answers.gateway()
    }

    /// Who is in which conversation, as far as this gateway remembers.
    pub fn memberships(&self) -> &Memberships {
        &self.memberships
    }

    /// The newest messages of conversations, as far as this gateway remembers.
    pub fn recents(&self) -> &Recents {
        &self.recents
    }

    /// The ports.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Which requests are sampled.
    pub fn sampler(&self) -> &Sampler {
        &self.sampler
    }

    /// The settings.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A worker has answered a command of this gateway's.
    pub fn answered(&self, answer: Answered) {
        self.answers.resolve(answer);
    }

    /// The membership of `user`, for writing: it may be a moment old.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`, also if there is no such conversation.
    pub async fn require_member(&self, user: UserId, conversation: ConversationId) -> Result<Arc<Membership>, Problem> {
        match self.memberships.get(conversation).await? {
            Some(known) if known.members.contains_key(&user) => Ok(known),
            Some(_) => self.reader(user, conversation).await.map(|(membership, _)| membership),
            None => Err(Problem::new(Code::NotAMember)),
        }
    }

    /// The membership of `user`, for reading: as the store has it now.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`, also if there is no such conversation.
    pub async fn reader(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<(Arc<Membership>, Member), Problem> {
        let membership = self.memberships.load(conversation).await?;
        membership
            .and_then(|membership| {
                membership
                    .members
                    .get(&user)
                    .copied()
                    .map(|member| (membership, member))
            })
            .ok_or_else(|| Problem::new(Code::NotAMember))
    }

    /// Tells other gateways something that is not in the log. Best effort, as the fan-out is: a failure is logged.
    pub async fn tell(&self, signals: Vec<Signal>) {
        if let Err(error) = self.ports.fan_out.publish(signals).await {
            tracing::warn!(%error, "the fan-out took nothing");
        }
    }
}
