//! Messages, as events and pages carry them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use talkline_core::{
    id::{ConversationId, MessageId, UserId},
    message,
    time::Timestamp,
};
use utoipa::ToSchema;

/// A message as it was stored: the payload of `chat:receive`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// Follows from conversation, sender and `clientMessageId`.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// The conversation that it is in.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The conversation's message number: 1, 2, 3 …
    pub seq: u64,
    /// Who sent it.
    #[schema(value_type = String)]
    pub sender_id: UserId,
    /// The sender's own name for it.
    pub client_message_id: String,
    /// What sort it is.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub attachment: Option<message::Attachment>,
    /// The message of the same conversation that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reply_to: Option<MessageId>,
    /// The message that it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub forward_of: Option<MessageId>,
    /// When it was accepted: RFC 3339, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// What sort of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MessageType {
    /// Text only.
    Text,
    /// A picture, perhaps with text.
    Image,
    /// Another file, perhaps with text.
    File,
    /// It is deleted; what it said is gone.
    Deleted,
}

/// A message with everything that changes have made of it: an entry of a history page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// As it was stored, but for its text, which is the last edit's.
    #[serde(flatten)]
    pub stored: Received,
    /// The number of its last change; 0 if none. A change up to this number is already in here.
    pub change_seq: u64,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// Who reacted, by reaction.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub reactions: BTreeMap<String, Vec<UserId>>,
}

/// A page of a conversation's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Newest last.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction of reading.
    pub has_more: bool,
}

impl From<&message::Message> for Received {
    fn from(message: &message::Message) -> Self {
        let content = &message.content;
        Self {
            id: message.id,
            conversation_id: message.conversation(),
            seq: message.seq,
            sender_id: message.sender,
            client_message_id: message.client_message_id.clone(),
            kind: MessageType::of(message),
            text: content.text.clone(),
            attachment: content.attachment.clone(),
            reply_to: content.reply_to,
            forward_of: content.forward_of,
            created_at: message.created_at,
        }
    }
}

impl MessageType {
    fn of(message: &message::Message) -> Self {
        let media_type = message
            .content
            .attachment
            .as_ref()
            .map(|file| file.content_type.as_str());
        match media_type {
            _ if message.changes.deleted.is_some() => Self::Deleted,
            None => Self::Text,
            Some(picture) if picture.starts_with("image/") => Self::Image,
            Some(_) => Self::File,
        }
    }
}

impl From<&message::Message> for Message {
    fn from(message: &message::Message) -> Self {
        let reactions = message.reactions();
        Self {
            stored: message.into(),
            change_seq: message.changes.change_seq,
            edited_at: message.changes.edited.map(|(_, at)| at),
            deleted_at: message.changes.deleted.map(|(_, at)| at),
            // A deleted message shows nothing of what was said or felt about it.
            reactions: match message.changes.deleted {
                Some(_) => BTreeMap::new(),
                None => reactions.map(|(emoji, users)| (emoji.to_owned(), users)).collect(),
            },
        }
    }
}
