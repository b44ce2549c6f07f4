//! Conversations, their members, and how far those are.

use serde::{Deserialize, Serialize};
use talkline_core::{
    conversation::{self, Kind, Role},
    id::{ConversationId, UserId},
    port::{PresenceState, PresenceStatus},
    receipt,
    time::Timestamp,
};
use utoipa::ToSchema;

use super::Message;

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Names it.
    #[schema(value_type = String)]
    pub id: ConversationId,
    /// What sort it is.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// What a group is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first 100 members by id, with their names; oneself always.
    pub members: Vec<Member>,
    /// How many members there are.
    pub member_count: usize,
    /// When it began: RFC 3339, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The newest message that one can see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// The newest message's number; 0 if there is none.
    pub last_seq: u64,
    /// The newest change's number.
    pub last_change_seq: u64,
    /// How far one has read.
    pub read_seq: u64,
    /// How many messages of others one has not read.
    pub unread: u64,
}

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConversationType {
    /// Two people, for ever.
    Direct,
    /// Any number, with admins.
    Group,
}

/// Somebody in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// What they are called; not in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MemberRole {
    /// Read, write, react, leave.
    Member,
    /// Also rename, add, remove, promote, demote, delete.
    Admin,
}

/// How far a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Everything up to this `seq` reached one of their devices.
    pub delivered_seq: u64,
    /// Everything up to this `seq` was seen by them.
    pub read_seq: u64,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// `online`, `away` or `offline`.
    #[schema(value_type = String)]
    pub status: PresenceStatus,
    /// When they were there last; `null` if never seen.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
}

impl From<Kind> for ConversationType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Direct => Self::Direct,
            Kind::Group => Self::Group,
        }
    }
}

impl From<ConversationType> for Kind {
    fn from(kind: ConversationType) -> Self {
        match kind {
            ConversationType::Direct => Self::Direct,
            ConversationType::Group => Self::Group,
        }
    }
}

impl From<Role> for MemberRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<&(UserId, conversation::Member)> for Member {
    fn from((user, member): &(UserId, conversation::Member)) -> Self {
        Self {
            user_id: *user,
            role: member.role.into(),
            name: None,
        }
    }
}

impl From<&receipt::Mark> for Mark {
    fn from(mark: &receipt::Mark) -> Self {
        Self {
            user_id: mark.user_id,
            delivered_seq: mark.delivered_seq,
            read_seq: mark.read_seq,
        }
    }
}

impl From<PresenceState> for Presence {
    fn from(state: PresenceState) -> Self {
        Self {
            status: state.status,
            last_seen: state.last_seen,
        }
    }
}
