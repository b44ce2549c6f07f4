//! What the log carries: commands, with everything that the worker could not know by itself.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::{
    error::{Error, ErrorKind, Result},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    time::Timestamp,
};

/// One record of the log, keyed by its conversation. The gateway has checked token, limits and form; what it decided
/// travels in here, so that a worker that reads the record again, or another worker, comes to the same result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The key.
    pub conversation: ConversationId,
    /// Who asks.
    pub actor: UserId,
    /// When the gateway accepted it.
    pub at: Timestamp,
    /// Where the answer goes, if somebody waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// What is asked.
    pub command: Command,
}

/// The gateway that waits for an answer, and its number for the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTo {
    /// The gateway's name, unique among those running.
    pub gateway: String,
    /// The gateway's number for the request.
    pub request: u64,
}

/// What a record asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the variants' fields are named for what they are")]
pub enum Command {
    /// A message.
    #[serde(rename = "chat.send", rename_all = "camelCase")]
    Send {
        /// Derived from conversation, sender and `client_message_id`.
        message: MessageId,
        /// The sender's own name for it.
        client_message_id: String,
        /// What it says.
        content: Content,
    },
    /// Another text for one's own message.
    #[serde(rename = "chat.edit")]
    Edit {
        change: CommandId,
        message: MessageId,
        text: String,
    },
    /// One's own message goes, or any as a group's admin.
    #[serde(rename = "chat.delete")]
    Delete { change: CommandId, message: MessageId },
    /// A reaction comes or goes.
    #[serde(rename = "chat.react")]
    React {
        change: CommandId,
        message: MessageId,
        emoji: String,
        on: bool,
    },
    /// The conversation begins. The actor is a member, and a group's first admin.
    #[serde(rename = "group.create", rename_all = "camelCase")]
    Create {
        change: CommandId,
        kind: Kind,
        name: Option<String>,
        members: Vec<UserId>,
        open_history: bool,
    },
    /// Another name.
    #[serde(rename = "group.rename")]
    Rename { change: CommandId, name: String },
    /// Members come, go, become admins, or cease to be.
    #[serde(rename = "group.members")]
    Members {
        change: CommandId,
        add: Vec<UserId>,
        remove: Vec<UserId>,
        promote: Vec<UserId>,
        demote: Vec<UserId>,
    },
    /// The actor leaves.
    #[serde(rename = "group.leave")]
    Leave { change: CommandId },
    /// The group ends: all members are removed.
    #[serde(rename = "group.delete")]
    Dissolve { change: CommandId },
    /// The oldest messages expire, up to this `seq`. Only the platform asks for it: see [`Record::expire`].
    #[serde(rename = "chat.expire")]
    Expire { change: CommandId, through: u64 },
}

impl Command {
    /// The id of the change that this command makes; none for a message.
    pub fn change(&self) -> Option<CommandId> {
        match self {
            Self::Send { .. } => None,
            Self::Edit { change, .. }
            | Self::Delete { change, .. }
            | Self::React { change, .. }
            | Self::Create { change, .. }
            | Self::Rename { change, .. }
            | Self::Members { change, .. }
            | Self::Leave { change }
            | Self::Dissolve { change }
            | Self::Expire { change, .. } => Some(*change),
        }
    }

    /// The messages whose facts decide over this command.
    pub fn messages(&self) -> impl Iterator<Item = MessageId> {
        let pair = match self {
            Self::Send { message, content, .. } => [Some(*message), content.reply_to],
            Self::Edit { message, .. } | Self::Delete { message, .. } | Self::React { message, .. } => {
                [Some(*message), None]
            }
            _ => [None, None],
        };
        pair.into_iter().flatten()
    }
}

impl Record {
    /// The platform's word, at `at`, that the messages of `conversation` up to `through` are too old. Whoever says the
    /// same says it under the same id.
    pub fn expire(conversation: ConversationId, through: u64, at: Timestamp) -> Self {
        let actor = UserId::NOBODY;
        let change = CommandId::new(conversation, actor, &through.to_be_bytes());
        Self {
            conversation,
            actor,
            at,
            reply_to: None,
            command: Command::Expire { change, through },
        }
    }

    /// The record's bytes in the log: JSON.
    ///
    /// # Errors
    /// Never in practice: all of a record can be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|cause| Error::new(ErrorKind::Invalid, "record.encode", cause))
    }

    /// Reads what [`Record::encode`] wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`]: such a record is a dead letter.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|cause| Error::new(ErrorKind::Corrupt, "record.decode", cause))
    }
}
