//! `chat:sync`: from a stale state to the current one.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use talkline_core::id::ConversationId;
use utoipa::ToSchema;

use super::{Change, Mark, Message};
use crate::problem::ProblemBody;

/// What a client has of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Position {
    /// All messages up to this one.
    pub seq: u64,
    /// All changes up to this one.
    pub change_seq: u64,
}

/// The question. `{}` asks for every conversation, from its beginning.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Sync {
    /// What the client has, by conversation.
    #[serde(default)]
    pub conversations: Option<BTreeMap<String, Position>>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct SyncAnswer<'a> {
    /// Always true.
    pub ok: bool,
    /// The conversations that were asked for and that one is a member of.
    #[schema(value_type = BTreeMap<String, CaughtUp>)]
    pub conversations: &'a BTreeMap<ConversationId, CaughtUp>,
    /// What was refused: see [`Refused`].
    pub rejected: Vec<Refused<'a>>,
}

/// How a conversation went on from where the client is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaughtUp {
    /// The messages above the client's `seq`, oldest first, with all that changes have made of them.
    pub messages: Vec<Message>,
    /// The changes above the client's `changeSeq`, oldest first.
    pub changes: Vec<Change>,
    /// What this answer reaches: the client now has every message that it may see up to here …
    pub seq: u64,
    /// … and every change.
    pub change_seq: u64,
    /// Where the conversation is: its newest message.
    pub head_seq: u64,
    /// Where the conversation is: its newest change.
    pub head_change_seq: u64,
    /// Who received and read how far; empty in an answer that has not reached the heads.
    pub marks: Vec<Mark>,
    /// Whether to ask again, from `seq` and `changeSeq`.
    pub has_more: bool,
}

/// An entry of `rejected`. With a `clientMessageId` it is a message of one's own that was accepted and then rejected
/// when its turn came, as `chat:rejected` told at the time: told again for 7 days, unless configured otherwise. Without,
/// it is a conversation that was asked for and that does not exist for oneself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refused<'a> {
    /// The conversation, as the client named it.
    pub conversation_id: Cow<'a, str>,
    /// The rejected message, by the sender's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<&'a str>,
    /// Why.
    pub error: ProblemBody<'a>,
}
