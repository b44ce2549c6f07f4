//! What the server tells of its own accord, apart from messages and changes.

use serde::{Deserialize, Serialize};
use talkline_core::{
    id::{ConversationId, UserId},
    time::Timestamp,
};
use utoipa::ToSchema;

use super::{Conversation, Presence};
use crate::problem::ProblemBody;

/// `chat:rejected`: accepted, but against the rules when its turn came.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rejected<'a> {
    /// Where it would have gone.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The sender's own name for the message.
    pub client_message_id: &'a str,
    /// Why.
    pub error: ProblemBody<'a>,
}

/// `chat:delivered:ack` and `chat:seen:ack`: a member is up to `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Where.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Everything up to here.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// `chat:typing:update`: a member types, or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// Where.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Whether they type now.
    pub typing: bool,
}

/// `chat:user:joined` and `chat:user:left`: a member looks at the conversation, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Viewing {
    /// Where.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
}

/// `presence:update`: somebody came, went, or said to be away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceUpdate {
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// How they are now.
    #[serde(flatten)]
    pub presence: Presence,
}

/// `conversation:new`: one is a member of this conversation from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationNew {
    /// The conversation.
    pub conversation: Conversation,
}

/// `conversation:removed`: one is no member of this conversation any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRef {
    /// The conversation.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
}

/// `chat:resync`: the server dropped something for this socket. Ask with `chat:sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resync {
    /// Of this conversation; of any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conversation_id: Option<ConversationId>,
}

/// `server:draining`: this gateway is going away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Draining {
    /// Reconnect at a random moment within this time, in milliseconds.
    pub reconnect_within_ms: u64,
}
