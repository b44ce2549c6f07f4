//! The one task that reads what the fan-out brings, in order, and hands it on.
//!
//! It never waits for anything but the next signal: what needs the store is the settler's, what needs the presence is
//! the observer's. Everything that has arrived by the time of a turn goes out with one write per socket.

use std::{sync::Arc, task::Poll};

use talkline_core::{
    ErrorKind, Result,
    conversation::{Change, MemberEvent},
    event::{EventBody, Signal, UserEvent},
    id::UserId,
    port::Inbox,
};
use tokio_util::sync::CancellationToken;

use super::{
    frames,
    heads::Heads,
    hub::Hub,
    observer::Observer,
    settler::{Job, Settler},
};
use crate::{auth::Authenticator, chat::Chat, engine::Burst};

/// Signals that go out together at most.
const MOST_TOGETHER: usize = 256;

/// See the module.
pub(super) struct Reader {
    pub(super) chat: Arc<Chat>,
    pub(super) authenticator: Authenticator,
    pub(super) hub: Arc<Hub>,
    pub(super) settler: Settler,
    pub(super) observer: Observer,
    pub(super) heads: Heads,
}

impl Reader {
    /// Reads until `stop`, or until the fan-out has closed.
    pub(super) async fn run(self, mut inbox: Box<dyn Inbox>, stop: CancellationToken) {
        let read = async {
            let mut burst = Burst::new();
            let mut together = 0;
            loop {
                let next = next(&mut *inbox, &mut burst, &mut together).await;
                match next {
                    Ok(Some(signal)) => self.take(signal, &mut burst),
                    Ok(None) => self.lost(),
                    Err(error) if error.kind() == ErrorKind::Closed => return,
                    Err(error) => {
                        tracing::error!(%error, "the fan-out failed");
                        self.lost();
                    }
                }
            }
        };
        stop.run_until_cancelled(read).await;
    }

    fn take(&self, signal: Signal, burst: &mut Burst) {
        match signal {
            Signal::Conversation(event) => {
                let conversation = event.conversation;
                self.chat.recents().heard_event(&event);
                if let EventBody::Change(change) = &event.body {
                    self.members(change);
                }
                let taken = self.hub.take(event, burst);
                self.settler.see_to(&self.hub, conversation, &taken);
            }
            Signal::User(user, event) => self.user(user, event, burst),
            Signal::Answer(answer) => self.chat.answered(answer),
        }
    }

    /// Who came or went is told on their own channel too; what either loses, the other brings.
    fn members(&self, change: &Change) {
        for event in change.member_events().filter(|event| self.hub.is_here(event.user)) {
            self.member(&event);
        }
    }

    fn member(&self, event: &MemberEvent) {
        if !self
            .settler
            .queue(Job::Member(event.user, event.conversation, event.offset))
        {
            tracing::warn!(conversation = %event.conversation, "too many memberships change at once");
            self.heads.compare_all();
        }
    }

    fn user(&self, user: UserId, event: UserEvent, burst: &mut Burst) {
        match event {
            UserEvent::Membership(event) => self.member(&event),
            UserEvent::Rejected {
                conversation,
                client_message_id,
                reason,
            } => {
                if let Some(frame) = frames::rejected(conversation, &client_message_id, reason) {
                    self.hub.tell(user, &frame, burst);
                }
            }
            UserEvent::SessionEnded(login) => {
                self.authenticator.ended(login);
                for socket in self.hub.sockets_of(user, login) {
                    socket.handle.close();
                }
            }
            UserEvent::PresenceChanged(other) => self.observer.changed(other, user),
        }
    }

    /// Something was lost; what, is for the store to tell.
    fn lost(&self) {
        tracing::warn!("the fan-out lost signals; comparing with the store");
        self.heads.compare_all();
    }
}

/// The next signal. What has been collected goes out before it is waited for.
async fn next(inbox: &mut dyn Inbox, burst: &mut Burst, together: &mut usize) -> Result<Option<Signal>> {
    let mut next = inbox.next();
    if *together < MOST_TOGETHER
        && let Poll::Ready(signal) = futures::poll!(&mut next)
    {
        *together += 1;
        return signal;
    }
    burst.flush();
    *together = 0;
    next.await
}
