//! Changes: the events `message:update`, `message:delete`, `message:reaction`, `group:update` and `group:members`,
//! and the entries of `changes` in the answer to `chat:sync`. Both have one shape, so that clients need one reader.

use serde::{Deserialize, Serialize};
use talkline_core::{
    conversation::{self, ChangeKind as Stored},
    id::{ConversationId, MessageId, UserId},
    time::Timestamp,
};
use utoipa::ToSchema;

use super::Member;

/// Something that happened to a conversation, with its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The conversation's change number: 1, 2, 3 …
    pub change_seq: u64,
    /// What; it says which of the other fields are there.
    pub kind: ChangeKind,
    /// Who did it; for `expire` nobody, an id that is no user's.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// When: RFC 3339, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `edit`, `delete`, `react`: the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    /// `edit`: the new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `react`: with what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// `react`: whether the reaction was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<bool>,
    /// `expire`: the last message that is gone, by `seq`, with all before it. A client drops them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through_seq: Option<u64>,
    /// `create`, `group`: what the group is called now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `create`, `members`: who came, or has another role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Member>,
    /// `members`: who went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub left: Vec<UserId>,
}

/// What sort of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// The conversation began.
    Create,
    /// A message has another text.
    Edit,
    /// A message is gone.
    Delete,
    /// A reaction came or went.
    React,
    /// The group has another name.
    Group,
    /// Members came, went, or have another role.
    Members,
    /// The oldest messages are gone, since messages are kept for a limited time. Changes of them are no longer told.
    Expire,
}

impl ChangeKind {
    /// The event that tells a change of this kind.
    pub fn event(self) -> &'static str {
        match self {
            Self::Edit => "message:update",
            Self::Delete => "message:delete",
            Self::React => "message:reaction",
            Self::Group | Self::Expire => "group:update",
            Self::Create | Self::Members => "group:members",
        }
    }
}

impl From<&conversation::Change> for Change {
    fn from(change: &conversation::Change) -> Self {
        let view = Self::bare(change);
        match &change.kind {
            Stored::Created { name, members, .. } => Self {
                kind: ChangeKind::Create,
                name: name.clone(),
                joined: members.iter().map(Member::from).collect(),
                ..view
            },
            Stored::Edited { text, .. } => Self {
                kind: ChangeKind::Edit,
                text: Some(text.clone()),
                ..view
            },
            Stored::Deleted { .. } => Self {
                kind: ChangeKind::Delete,
                ..view
            },
            Stored::Reacted { emoji, on, .. } => Self {
                kind: ChangeKind::React,
                emoji: Some(emoji.clone()),
                removed: Some(!on),
                ..view
            },
            Stored::Renamed { name } => Self {
                kind: ChangeKind::Group,
                name: Some(name.clone()),
                ..view
            },
            Stored::Expired { through } => Self {
                kind: ChangeKind::Expire,
                through_seq: Some(*through),
                ..view
            },
            Stored::Members { joined, left } => Self {
                joined: joined.iter().map(Member::from).collect(),
                left: left.clone(),
                ..view
            },
        }
    }
}

impl Change {
    /// What all sorts have in common.
    fn bare(change: &conversation::Change) -> Self {
        Self {
            conversation_id: change.conversation,
            change_seq: change.change_seq,
            kind: ChangeKind::Members,
            user_id: change.actor,
            at: change.at,
            message_id: change.message(),
            text: None,
            emoji: None,
            removed: None,
            through_seq: None,
            name: None,
            joined: Vec::new(),
            left: Vec::new(),
        }
    }
}
