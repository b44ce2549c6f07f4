//! Messages as they are stored, and how a change projects onto one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Change, ChangeKind},
    id::{AttachmentId, ConversationId, MessageId, UserId},
    offset::Offset,
    time::Timestamp,
};

/// What a sender says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// 1–5,000 characters by default; absent if there is an attachment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// A message of the same conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The message that this one repeats, of any conversation that the sender is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_of: Option<MessageId>,
}

/// An uploaded file, as messages carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Names the file.
    #[serde(rename = "attachmentId")]
    pub id: AttachmentId,
    /// The media type that its content shows.
    pub content_type: String,
    /// Pixels, for pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, for pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Bytes.
    pub size: u64,
}

/// A stored message. `seq`, `offset` and everything above `changes` never change; the rest is a projection of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Follows from conversation, sender and `client_message_id`.
    pub id: MessageId,
    /// The conversation's message number: 1, 2, 3 …
    pub seq: u64,
    /// Where its command stands in the log.
    pub offset: Offset,
    /// Who sent it.
    pub sender: UserId,
    /// The sender's own name for it.
    pub client_message_id: String,
    /// When the gateway accepted it.
    pub created_at: Timestamp,
    /// What it says, as last edited; empty once deleted.
    pub content: Content,
    /// What changes have made of it.
    #[serde(default)]
    pub changes: Projection,
}

/// The part of a message that changes make. Changes commute: whatever their order of arrival, the result is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Projection {
    /// The `changeSeq` of its last change; 0 if none.
    pub change_seq: u64,
    /// The offset and time of the edit whose text it has.
    pub edited: Option<(Offset, Timestamp)>,
    /// The offset and time of its deletion.
    pub deleted: Option<(Offset, Timestamp)>,
    /// By reaction and user: the offset of the last word, and whether it was "on".
    pub reactions: BTreeMap<String, BTreeMap<UserId, (Offset, bool)>>,
}

impl Message {
    /// The conversation that it is in.
    pub fn conversation(&self) -> ConversationId {
        self.id.conversation()
    }

    /// Who reacts with what, in order.
    pub fn reactions(&self) -> impl Iterator<Item = (&str, Vec<UserId>)> {
        self.changes.reactions.iter().filter_map(|(emoji, users)| {
            let on: Vec<_> = users.iter().filter(|(_, (_, on))| *on).map(|(user, _)| *user).collect();
            (!on.is_empty()).then_some((emoji.as_str(), on))
        })
    }

    /// Whether a change of this message has been brought in, or one that overrules it.
    pub fn shows(&self, change: &Change) -> bool {
        let at = change.offset;
        match &change.kind {
            ChangeKind::Edited { .. } => self.changes.edited.is_some_and(|(offset, _)| offset >= at),
            ChangeKind::Deleted { .. } => self.changes.deleted.is_some_and(|(offset, _)| offset <= at),
            ChangeKind::Reacted { emoji, .. } => {
                let word = self
                    .changes
                    .reactions
                    .get(emoji)
                    .and_then(|users| users.get(&change.actor));
                word.is_some_and(|(offset, _)| *offset >= at)
            }
            _ => true,
        }
    }

    /// Brings a change of this message in; the same one again does nothing.
    pub fn project(&mut self, change: &Change) {
        let at = (change.offset, change.at);
        match &change.kind {
            ChangeKind::Edited { message, text } if *message == self.id => {
                if self.changes.deleted.is_none()
                    && self.changes.edited.is_none_or(|(offset, _)| offset < change.offset)
                {
                    self.content.text = Some(text.clone());
                }
                self.changes.edited = self.changes.edited.max(Some(at));
            }
            ChangeKind::Deleted { message } if *message == self.id => {
                self.content = Content::default();
                self.changes.deleted = Some(self.changes.deleted.map_or(at, |stored| stored.min(at)));
            }
            ChangeKind::Reacted { message, emoji, on } if *message == self.id => {
                let word = self
                    .changes
                    .reactions
                    .entry(emoji.clone())
                    .or_default()
                    .entry(change.actor)
                    .or_default();
                *word = (*word).max((change.offset, *on));
            }
            _ => return,
        }
        self.changes.change_seq = self.changes.change_seq.max(change.change_seq);
    }
}
