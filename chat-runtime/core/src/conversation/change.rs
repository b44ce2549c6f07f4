//! Changes as they are stored: everything that happens to a conversation but new messages.

use serde::{Deserialize, Serialize};

use super::{Kind, Member};
use crate::{
    id::{CommandId, ConversationId, MessageId, UserId},
    offset::Offset,
    time::Timestamp,
};

/// A stored change. It never changes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The command that made it.
    pub id: CommandId,
    /// The conversation that it is in.
    pub conversation: ConversationId,
    /// The conversation's change number: 1, 2, 3 …
    pub change_seq: u64,
    /// Where its command stands in the log.
    pub offset: Offset,
    /// Who made it.
    pub actor: UserId,
    /// When the gateway accepted it.
    pub at: Timestamp,
    /// For a change of a message: that message's `seq`, which decides who may see it. For an expiry, the last one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_seq: Option<u64>,
    /// What happened.
    #[serde(flatten)]
    pub kind: ChangeKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants' fields are named for what they are")]
pub enum ChangeKind {
    /// The conversation began.
    #[serde(rename_all = "camelCase")]
    Created {
        kind_of: Kind,
        name: Option<String>,
        open_history: bool,
        members: Vec<(UserId, Member)>,
    },
    /// A message has another text.
    Edited { message: MessageId, text: String },
    /// A message is gone.
    Deleted { message: MessageId },
    /// A reaction of the actor came or went.
    Reacted {
        message: MessageId,
        emoji: String,
        on: bool,
    },
    /// The group has another name.
    Renamed { name: String },
    /// Members came (or have another role), and went.
    Members {
        joined: Vec<(UserId, Member)>,
        left: Vec<UserId>,
    },
    /// The messages up to this `seq` are gone, with all their changes.
    Expired { through: u64 },
}

/// One person's membership began, changed its role, or ended. Append-only; the last one below a place in the log counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEvent {
    /// The conversation.
    pub conversation: ConversationId,
    /// The person.
    pub user: UserId,
    /// Where its command stands in the log.
    pub offset: Offset,
    /// The membership from here on; none if it ended.
    pub member: Option<Member>,
}

impl Change {
    /// The changes of membership that this change makes, one per person.
    pub fn member_events(&self) -> impl Iterator<Item = MemberEvent> {
        let (joined, left): (&[_], &[_]) = match &self.kind {
            ChangeKind::Created { members, .. } => (members, &[]),
            ChangeKind::Members { joined, left } => (joined, left),
            _ => (&[], &[]),
        };
        let joined = joined.iter().map(|(user, member)| (*user, Some(*member)));
        joined
            .chain(left.iter().map(|user| (*user, None)))
            .map(|(user, member)| MemberEvent {
                conversation: self.conversation,
                user,
                offset: self.offset,
                member,
            })
    }

    /// Whether there is still something to tell of it once the messages up to `expired` are gone: nothing of a message
    /// that is gone, and of expiries only the last.
    pub fn outlives(&self, expired: u64) -> bool {
        let last = matches!(self.kind, ChangeKind::Expired { through } if through == expired);
        last || self.message_seq.is_none_or(|seq| seq > expired)
    }

    /// The message that it changes, if it changes one.
    pub fn message(&self) -> Option<MessageId> {
        match &self.kind {
            ChangeKind::Edited { message, .. }
            | ChangeKind::Deleted { message }
            | ChangeKind::Reacted { message, .. } => Some(*message),
            _ => None,
        }
    }
}
