//! Memberships, put in order one after the other: what waits for one to be loaded, who joins a room and who leaves it.
//!
//! A job only says what to look at; what is done follows from the store as it is by then. So jobs can be repeated,
//! merged and tried again later, and one whose store is slow holds up no other.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use talkline_core::{
    Error, ErrorKind, Result,
    id::{ConversationId, UserId},
    offset::Offset,
    port::Range,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    frames,
    hub::{Hub, Taken},
    stay::Host,
};
use crate::{
    chat::Chat,
    engine::{Burst, Frame},
};

/// Jobs that may wait; past it, the comparisons with the store find what was not done.
const MOST_WAITING: usize = 16_384;
/// Jobs that may wait to be tried again; past it, they are given up at once.
const MOST_LATER: usize = 1_024;
/// How long a job is tried before it is given up.
const PATIENCE: Duration = Duration::from_secs(3);
/// Messages that a new member is sent because they were stored before the member was here.
const MOST_MISSED: usize = 100;
/// How often they are read again at once, because the room went on meanwhile.
const WELCOMES: usize = 5;
/// Between two tries.
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
        let (jobs, waiting) = mpsc::channel(MOST_WAITING);
        let settler = Self { jobs };
        let worker = Worker {
            chat,
            host,
            jobs: settler.clone(),
        };
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled(worker.run(waiting)).await });
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

/// A job to be tried again.
struct Later {
    job: Job,
    due: Instant,
    until: Instant,
}

impl Worker {
    async fn run(&self, mut waiting: mpsc::Receiver<Job>) {
        let mut later: VecDeque<Later> = VecDeque::new();
        loop {
            let due = later.front().map(|later| later.due);
            let (job, until) = tokio::select! {
                Some(job) = waiting.recv() => (job, Instant::now() + PATIENCE),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let Some(again) = later.pop_front() else { continue };
                    (again.job, again.until)
                }
                else => return,
            };
            let Err(error) = self.settle(job).await else { continue };
            let now = Instant::now();
            if error.is_retryable() && now < until && later.len() < MOST_LATER {
                later.push_back(Later {
                    job,
                    due: now + PAUSE,
                    until,
                });
            } else {
                self.give_up(job, &error);
            }
        }
    }

    async fn settle(&self, job: Job) -> Result<()> {
        match job {
            Job::Room(conversation, wanted) => self.room(conversation, wanted).await,
            Job::Member(user, conversation, at) => self.member(user, conversation, at).await,
            Job::User(user) => self.user(user).await,
        }
    }

    fn give_up(&self, job: Job, error: &Error) {
        tracing::warn!(%error, ?job, "a membership was not put in order; the next comparison will");
        if let Job::Room(conversation, _) = job {
            self.host.hub.give_up(conversation);
        }
    }

    async fn room(&self, conversation: ConversationId, wanted: Offset) -> Result<()> {
        self.chat.memberships().at_least(conversation, wanted).await?;
        let mut burst = Burst::new();
        let taken = self.host.hub.release(conversation, &mut burst);
        self.jobs.see_to(&self.host.hub, conversation, &taken);
        Ok(())
    }

    /// Brings a user's place in line with the membership as it is by now, whatever the event said.
    async fn member(&self, user: UserId, conversation: ConversationId, at: Offset) -> Result<()> {
        if !self.host.hub.is_here(user) {
            return Ok(());
        }
        let membership = self.chat.memberships().at_least(conversation, at).await?;
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
        self.host.begin_joining(user, conversation).await?;
        match self.chat.conversation(user, conversation).await {
            Ok(view) => self.tell(user, frames::conversation_new(view)),
            Err(problem) => tracing::warn!(%problem, %conversation, "a new member was not told"),
        }
        self.welcome(user, conversation).await
    }

    /// Brings a new member to where the room is: what was stored after the membership began and went out before they
    /// were in the room is sent now.
    async fn welcome(&self, user: UserId, conversation: ConversationId) -> Result<()> {
        let (hub, store) = (&self.host.hub, &self.host.store);
        let membership = self.chat.memberships().get(conversation).await?;
        let Some(member) = membership.and_then(|membership| membership.members.get(&user).copied()) else {
            return Ok(());
        };
        let newest = Range::Before {
            from: member.history_from,
            before: u64::MAX,
        };
        // What is older than this page shows as a gap, which the client asks for.
        for _ in 0..WELCOMES {
            let page = store.page(conversation, newest, MOST_MISSED).await?;
            if hub.welcome(user, conversation, member, &page.messages, &mut Burst::new()) {
                return Ok(());
            }
        }
        let cause = "the room goes on faster than it is read";
        Err(Error::new(ErrorKind::Unavailable, "settler.welcome", cause))
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

    fn tell(&self, user: UserId, frame: Option<Frame>) {
        if let Some(frame) = frame {
            self.host.hub.tell(user, &frame, &mut Burst::new());
        }
    }
}
