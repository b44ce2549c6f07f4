//! Finding messages. The index says where words are; what may be shown of that, the store says.

use std::collections::HashMap;

use talkline_core::{
    id::{ConversationId, MessageId},
    message::Message,
    port::{Hit, Mailbox, Place, Scope, SearchQuery},
};

use super::Chat;
use crate::{
    auth::Identity,
    problem::{Code, Problem},
    wire,
};

/// A page of hits.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The newest message first.
    pub hits: Vec<wire::Hit>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Place>,
}

impl Chat {
    /// What `query` finds in the actor's conversations, or in one of them. The query's own scopes do not count.
    ///
    /// # Errors
    /// `NOT_A_MEMBER`.
    pub async fn search(
        &self,
        actor: &Identity,
        conversation: Option<ConversationId>,
        query: SearchQuery,
        limit: usize,
    ) -> Result<Hits, Problem> {
        let mailboxes = self.ports.store.mailboxes(actor.user).await?;
        let within = |mailbox: &&Mailbox| conversation.is_none_or(|id| id == mailbox.conversation);
        let scopes: Vec<Scope> = mailboxes.iter().filter(within).map(scope).collect();
        if conversation.is_some() && scopes.is_empty() {
            return Err(Problem::new(Code::NotAMember));
        }
        let page = self
            .ports
            .search
            .search(&SearchQuery { scopes, ..query }, limit)
            .await?;
        let next = page.hits.last().filter(|_| page.has_more).map(|hit| hit.place);
        let ids: Vec<MessageId> = page.hits.iter().map(|hit| hit.place.message).collect();
        let messages = self.ports.store.messages(&ids).await?;
        // The index may be behind, and whoever was removed meanwhile may not see what was found: both asked again.
        let mailboxes = self.ports.store.mailboxes(actor.user).await?;
        let visible: HashMap<_, _> = mailboxes
            .iter()
            .map(|m| (m.conversation, m.member.history_from))
            .collect();
        let messages: HashMap<MessageId, Message> = messages
            .into_iter()
            .filter(|message| {
                visible
                    .get(&message.conversation())
                    .is_some_and(|from| message.seq >= *from)
            })
            .map(|message| (message.id, message))
            .collect();
        let shown = |hit: &Hit| messages.get(&hit.place.message).and_then(|message| show(hit, message));
        let hits = page.hits.iter().filter_map(shown).collect();
        Ok(Hits { hits, next })
    }
}

fn scope(mailbox: &Mailbox) -> Scope {
    Scope {
        conversation: mailbox.conversation,
        history_from: mailbox.member.history_from,
    }
}

/// A hit with its message, if that still says what was found.
fn show(hit: &Hit, message: &Message) -> Option<wire::Hit> {
    let edited = message.changes.edited.map(|(offset, _)| offset);
    (message.changes.deleted.is_none() && edited == hit.edited).then(|| wire::Hit {
        message: message.into(),
        highlight: hit.highlight.iter().map(|range| [range.start, range.end]).collect(),
    })
}

#[cfg(test)]
mod tests {
    use talkline_core::{id::UserId, message::Content, offset::Offset, time::Timestamp};

    use super::*;

    #[test]
    fn what_says_something_else_by_now_is_not_shown() {
        let sender = UserId::from_bytes([1; 16]);
        let created_at = Timestamp::from_millis(1);
        let mut message = Message {
            id: MessageId::new(ConversationId::from_bytes([2; 16]), sender, "c"),
            seq: 1,
            offset: Offset::new(0, 1),
            sender,
            client_message_id: "c".into(),
            created_at,
            content: Content::default(),
            changes: Default::default(),
        };
        let mut hit = Hit {
            place: Place {
                created_at,
                message: message.id,
            },
            seq: 1,
            edited: None,
            highlight: vec![2..4, 7..8],
        };
        let shown = show(&hit, &message).unwrap();
        assert_eq!(shown.highlight, [[2, 4], [7, 8]]);
        let change = (Offset::new(0, 2), created_at);
        message.changes.edited = Some(change);
        assert_eq!(show(&hit, &message), None, "edited since it was indexed");
        hit.edited = Some(change.0);
        assert!(show(&hit, &message).is_some());
        message.changes.deleted = Some(change);
        assert_eq!(show(&hit, &message), None, "deleted since it was indexed");
    }
}
