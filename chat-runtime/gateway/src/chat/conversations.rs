//! Conversations as one of their members sees them: one, or a page of the list.

use std::collections::HashMap;

use talkline_core::{
    conversation::Member,
    id::{ConversationId, UserId},
    message::Message,
    port::{Head, Listing, Membership, Range},
};

use super::Chat;
use crate::{auth::Identity, problem::Problem, wire};

/// How many members a conversation shows; the count tells how many there are.
const SHOWN_MEMBERS: usize = 100;
/// Unread messages are counted one by one up to here, to leave out one's own; what is above counts as others'.
const COUNTED_UNREAD: usize = 100;

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversations {
    /// The one with the newest message first.
    pub conversations: Vec<wire::Conversation>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Listing>,
}

/// What a view is made of, besides the membership.
struct Parts {
    head: Head,
    last_message: Option<Message>,
    read_seq: u64,
    unread: u64,
}

impl Chat {
    /// The actor's conversations from behind `after` on.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn conversations(
        &self,
        actor: &Identity,
        after: Option<Listing>,
        limit: usize,
    ) -> Result<Conversations, Problem> {
        let mut rows = self
            .ports
            .store
            .conversations(actor.user, after, limit.saturating_add(1))
            .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let names = self.names(actor.user, rows.iter().map(|row| &row.membership)).await?;
        let next = rows.last().filter(|_| more).map(|row| row.listing);
        let view = rows.into_iter().map(|row| {
            let parts = Parts {
                head: row.head,
                last_message: row.last_message,
                read_seq: row.mark.read_seq,
                unread: row.unread,
            };
            view(actor.user, &row.membership, &parts, &names)
        });
        Ok(Conversations {
            conversations: view.collect(),
            next,
        })
    }

    /// A conversation of the actor's.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`.
    pub async fn conversation(&self, actor: UserId, id: ConversationId) -> Result<wire::Conversation, Problem> {
        let (membership, member) = self.reader(actor, id).await?;
        let parts = self.parts(actor, id, member).await?;
        let names = self.names(actor, [&*membership]).await?;
        Ok(view(actor, &membership, &parts, &names))
    }

    async fn parts(&self, actor: UserId, id: ConversationId, member: Member) -> Result<Parts, Problem> {
        let store = &self.ports.store;
        let head = store.heads(&[id]).await?.into_iter().next().unwrap_or_default();
        let newest = Range::Before {
            from: member.history_from,
            before: u64::MAX,
        };
        let last_message = store.page(id, newest, 1).await?.messages.pop();
        let marks = store.marks(id).await?;
        let read_seq = marks
            .iter()
            .find(|mark| mark.user_id == actor)
            .map_or(0, |mark| mark.read_seq);
        let after = read_seq.max(member.history_from.saturating_sub(1));
        let page = store.page(id, Range::After { after }, COUNTED_UNREAD).await?;
        let others = page.messages.iter().filter(|message| message.sender != actor).count() as u64;
        let reached = page.messages.last().map_or(head.seq, |message| message.seq);
        Ok(Parts {
            unread: others + head.seq.saturating_sub(reached),
            head,
            last_message,
            read_seq,
        })
    }

    /// What the members that are shown are called.
    async fn names<'m>(
        &self,
        actor: UserId,
        memberships: impl IntoIterator<Item = &'m Membership>,
    ) -> Result<HashMap<UserId, String>, Problem> {
        let mut wanted: Vec<UserId> = memberships
            .into_iter()
            .flat_map(|membership| shown(actor, membership).map(|(user, _)| user))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let users = self.ports.accounts.users(&wanted).await?;
        Ok(users.into_iter().map(|user| (user.id, user.name)).collect())
    }
}

fn shown(actor: UserId, membership: &Membership) -> impl Iterator<Item = (UserId, Member)> {
    let first = membership.members.iter().take(SHOWN_MEMBERS);
    let oneself = membership.members.get_key_value(&actor);
    let oneself = oneself.filter(|(user, _)| {
        membership
            .members
            .keys()
            .take(SHOWN_MEMBERS)
            .all(|shown| shown != *user)
    });
    first.chain(oneself).map(|(user, member)| (*user, *member))
}

fn view(actor: UserId, membership: &Membership, parts: &Parts, names: &HashMap<UserId, String>) -> wire::Conversation {
    let members = shown(actor, membership).map(|(user, member)| wire::Member {
        name: names.get(&user).cloned(),
        ..wire::Member::from(&(user, member))
    });
    wire::Conversation {
        id: membership.id,
        kind: membership.kind.into(),
        name: membership.name.clone(),
        members: members.collect(),
        member_count: membership.members.len(),
        created_at: membership.created_at,
        last_message: parts.last_message.as_ref().map(wire::Message::from),
        last_seq: parts.head.seq,
        last_change_seq: parts.head.change_seq,
        read_seq: parts.read_seq,
        unread: parts.unread,
    }
}
