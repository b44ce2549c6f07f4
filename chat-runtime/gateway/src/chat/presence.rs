//! Who is there, for those who may know: people with a conversation in common.

use std::collections::{BTreeMap, BTreeSet};

use talkline_core::{
    id::{ConversationId, UserId},
    port::PresenceStatus,
};

use super::Chat;
use crate::{auth::Identity, problem::Problem, wire};

/// Whom one may ask about at once.
const MOST_ASKED: usize = 200;

impl Chat {
    /// The presence of those of `users` with whom the actor shares a conversation; the others are left out.
    ///
    /// # Errors
    /// `INVALID` for too many users.
    pub async fn presence(
        &self,
        actor: &Identity,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, wire::Presence>, Problem> {
        if users.len() > MOST_ASKED {
            return Err(Problem::invalid("userIds", format!("must name at most {MOST_ASKED}")));
        }
        let visible: Vec<UserId> = self.acquainted(actor.user, users).await?.into_iter().collect();
        let states = self.ports.presence.get(&visible).await?;
        Ok(visible.into_iter().zip(states.into_iter().map(Into::into)).collect())
    }

    /// The actor says to be active, or away.
    ///
    /// # Errors
    /// Those of the port.
    pub async fn set_presence(&self, actor: &Identity, word: wire::Word) -> Result<bool, Problem> {
        let status = match word {
            wire::Word::Online => PresenceStatus::Online,
            wire::Word::Away => PresenceStatus::Away,
        };
        let now = self.ports.clock.now();
        Ok(self.ports.presence.set(actor.user, status, now).await?.is_some())
    }

    /// Those of `users` with whom `user` shares a conversation, and `user` if asked about.
    async fn acquainted(&self, user: UserId, users: &[UserId]) -> Result<BTreeSet<UserId>, Problem> {
        let mut unknown: BTreeSet<UserId> = users.iter().copied().collect();
        let mut known: BTreeSet<UserId> = unknown.take(&user).into_iter().collect();
        let mailboxes = self.ports.store.mailboxes(user).await?;
        let shared: BTreeSet<ConversationId> = mailboxes.iter().map(|mailbox| mailbox.conversation).collect();
        // A direct conversation's id follows from its two users, so most questions need no further look.
        known.extend(unknown.extract_if(.., |other| shared.contains(&ConversationId::direct(user, *other))));
        for conversation in shared {
            if unknown.is_empty() {
                break;
            }
            if let Some(membership) = self.memberships.get(conversation).await? {
                known.extend(unknown.extract_if(.., |other| membership.members.contains_key(other)));
            }
        }
        Ok(known)
    }
}
