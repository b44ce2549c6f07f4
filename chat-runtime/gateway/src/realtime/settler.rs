//! Memberships, put in order one after the other: what waits for one to be loaded, who joins a room and who leaves it.

use std::{sync::Arc, time::Duration};

use talkline_core::{
    Result,
    id::{ConversationId, UserId},
    offset::Offset,
    port::Membership,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    frames,
    hub::{Hub, Taken},
    stay::Host,
};
use crate::{chat::Chat, engine::Burst};

/// Jobs that may wait; past it, the comparisons with the store find what was not done.
const MOST_WAITING: usize = 16_384;
/// How long a membership is asked for before what waits for it is given up.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// What is to be put in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Job {
    /// Events wait for a conversation's membership with the change at this offset.
    Room(ConversationId, Offset),
    /// A user's membership changed at this offset.
    Member(UserId, ConversationId, Offset),
    /// Something of a user's may have been missed.
    User(UserId),
}

/// The queue of jobs. A clone is the same queue.
#[derive(Clone)]
pub(super) struct Settler {
    jobs: mpsc::Sender<Job>,
}

struct Worker {
    chat: Arc<Chat>,
    host: Host,
    jobs: Settler,
}

impl Settler {
    /// A queue, and the task that works it off until `stop`.
    pub(super) fn start(chat: Arc<Chat>, host: Host, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let (jobs, mut waiting) = mpsc::channel(MOST_WAITING);
        let settler = Self { jobs };
        let worker = Worker {
            chat,
            host,
            jobs: settler.clone(),
        };
        let stop = stop.clone();
        tasks.spawn(async move {
            let work = async {
                while let Some(job) = waiting.recv().await {
                    worker.settle(job).await;
                }
            };
            stop.run_until_cancelled(work).await;
        });
        settler
    }

    /// Queues a job: whether there was room.
    pub(super) fn queue(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }

    /// Looks after an event that was taken.
    pub(super) fn see_to(&self, hub: &Hub, conversation: ConversationId, taken: &Taken) {
        if let Taken::Wants(offset) = taken
            && !self.queue(Job::Room(conversation, *offset))
        {
            hub.give_up(conversation);
        }
    }
}

impl Worker {
    async fn settle(&self, job: Job) {
        let done = match job {
            Job::Room(conversation, wanted) => self.room(conversation, wanted).await,
            Job::Member(user, conversation, at) => self.member(user, conversation, at).await,
            Job::User(user) => self.user(user).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, ?job, "a membership was not put in order; the next comparison will");
        }
    }

    async fn room(&self, conversation: ConversationId, wanted: Offset) -> Result<()> {
        let hub = &self.host.hub;
        if let Err(error) = self.membership(conversation, wanted).await {
            hub.give_up(conversation);
            return Err(error);
        }
        let mut burst = Burst::new();
        let taken = hub.release(conversation, &mut burst);
        self.jobs.see_to(hub, conversation, &taken);
        Ok(())
    }

    /// Brings a user's place in line with the membership as it is by now, whatever the event said.
    async fn member(&self, user: UserId, conversation: ConversationId, at: Offset) -> Result<()> {
        if !self.host.hub.is_here(user) {
            return Ok(());
        }
        let membership = self.membership(conversation, at).await?;
        if membership.members.contains_key(&user) {
            self.admit(user, conversation).await
        } else {
            self.expel(user, conversation);
            Ok(())
        }
    }

    async fn admit(&self, user: UserId, conversation: ConversationId) -> Result<()> {
        if self.host.hub.is_in(user, conversation) {
            return Ok(());
        }
        self.host.admit(user, &[conversation]).await?;
        match self.chat.conversation(user, conversation).await {
            Ok(view) => self.tell(user, frames::conversation_new(view)),
            Err(problem) => tracing::warn!(%problem, %conversation, "a new member was not told"),
        }
        Ok(())
    }

    fn expel(&self, user: UserId, conversation: ConversationId) {
        for socket in self.host.hub.sockets(user) {
            socket.session.unview(conversation);
        }
        if self.host.hub.part(user, conversation) {
            self.tell(user, frames::conversation_removed(conversation));
        }
    }

    /// Compares a user's rooms with the mailboxes in the store.
    async fn user(&self, user: UserId) -> Result<()> {
        // Asked in this order, since rooms are joined after they are stored.
        let joined = self.host.hub.conversations(user);
        let mailboxes = self.host.store.mailboxes(user).await?;
        for conversation in joined {
            if mailboxes.iter().all(|mailbox| mailbox.conversation != conversation) {
                self.expel(user, conversation);
            }
        }
        for mailbox in mailboxes {
            self.admit(user, mailbox.conversation).await?;
        }
        Ok(())
    }

    fn tell(&self, user: UserId, frame: Option<crate::engine::Frame>) {
        if let Some(frame) = frame {
            self.host.hub.tell(user, &frame, &mut Burst::new());
        }
    }

    /// The membership, asked for until it is new enough or the patience is over.
    async fn membership(&self, conversation: ConversationId, wanted: Offset) -> Result<Arc<Membership>> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.chat.memberships().at_least(conversation, wanted).await {
                Err(error) if error.is_retryable() && Instant::now() < until => tokio::time::sleep(PAUSE).await,
                result => return result,
            }
        }
    }
}
