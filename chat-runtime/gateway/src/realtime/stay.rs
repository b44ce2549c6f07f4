//! A user's being here: from before the handshake is answered until the socket is gone.
//!
//! The order is what makes it complete. The user's own channel comes first, so that memberships that begin meanwhile
//! are heard of; then the mailboxes, and their channels; then the heads. Only then is the client told that it is
//! connected, so whatever its first `chat:sync` misses was published to a channel that is subscribed.

use std::sync::Arc;

use talkline_core::{
    Result,
    event::Channel,
    id::{ConversationId, UserId},
    port::Store,
};

use super::{
    hub::Hub,
    subscriptions::{Subscribing, Subscriptions},
};
use crate::chat::Recents;

/// While it lives, the user is served by this gateway.
pub(super) struct Stay {
    hub: Arc<Hub>,
    user: UserId,
}

/// Prepares stays.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) hub: Arc<Hub>,
    pub(super) store: Arc<dyn Store>,
    pub(super) subscriptions: Arc<Subscriptions>,
    pub(super) recents: Recents,
}

impl Host {
    /// Prepares everything for one more socket of `user`.
    pub(super) async fn receive(&self, user: UserId) -> Result<Stay> {
        let is_prepared = self.hub.enter(user);
        let stay = Stay {
            hub: self.hub.clone(),
            user,
        };
        if is_prepared {
            return Ok(stay);
        }
        self.subscriptions
            .begin()
            .await
            .subscribe(&[Channel::User(user)])
            .await?;
        let mailboxes = self.store.mailboxes(user).await?;
        let conversations: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.conversation).collect();
        self.admit(user, &conversations).await?;
        self.hub.prepared(user);
        Ok(stay)
    }

    /// Puts `user` into rooms; those that are new here are subscribed.
    pub(super) async fn admit(&self, user: UserId, conversations: &[ConversationId]) -> Result<()> {
        let subscribing = self.subscriptions.begin().await;
        let new = self.hub.join(user, conversations);
        self.open(&subscribing, new).await
    }

    /// Puts `user` into a room where they get nothing until they are welcomed.
    pub(super) async fn begin_joining(&self, user: UserId, conversation: ConversationId) -> Result<()> {
        let subscribing = self.subscriptions.begin().await;
        let new = match self.hub.begin_joining(user, conversation) {
            true => Vec::new(),
            false => vec![conversation],
        };
        self.open(&subscribing, new).await
    }

    /// Subscribes rooms that are new here; they begin where the store is.
    async fn open(&self, subscribing: &Subscribing<'_>, new: Vec<ConversationId>) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let channels: Vec<_> = new.iter().map(|id| Channel::Conversation(*id)).collect();
        subscribing.subscribe(&channels).await?;
        let heads = self.store.heads(&new).await?;
        let rooms: Vec<_> = new.into_iter().zip(heads).collect();
        self.hub.subscribed(&rooms);
        self.recents.watch(&rooms);
        Ok(())
    }
}

impl Stay {
    pub(super) fn user(&self) -> UserId {
        self.user
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.hub.leave(self.user);
    }
}
