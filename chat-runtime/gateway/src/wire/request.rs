//! What clients send: the payloads of socket events, and the bodies of the REST routes that do the same.
//!
//! Ids are text here: a malformed one is told as a problem of its field, not of the whole body.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `chat:send`, `POST /chat/send`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Send {
    /// Where to.
    pub conversation_id: String,
    /// The sender's own name for the message: the same one again is the same message.
    pub client_message_id: String,
    /// What it says; may be absent if there is an attachment, or for a forward.
    #[serde(default)]
    pub text: Option<String>,
    /// An uploaded file.
    #[serde(default)]
    pub attachment_id: Option<String>,
    /// A message of the same conversation.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// A message to repeat, of any conversation that one is in. Its text and attachment are taken over.
    #[serde(default)]
    pub forward_of: Option<String>,
}

/// `auth:renew`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Renew {
    /// A newer access token of the same user.
    pub token: String,
}

/// `chat:delivered`, `chat:seen`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpTo {
    /// Where.
    pub conversation_id: String,
    /// Everything up to here.
    pub seq: u64,
}

/// `chat:typing:start`, `chat:typing:stop`, `chat:join`, `chat:leave`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Looking {
    /// Where.
    pub conversation_id: String,
}

/// `message:update`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// Which message.
    pub message_id: String,
    /// Its new text.
    pub text: String,
    /// The same one again changes nothing and answers the same.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// `message:delete`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delete {
    /// Which message.
    pub message_id: String,
    /// The same one again changes nothing and answers the same.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// `message:react`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct React {
    /// To which message.
    pub message_id: String,
    /// With what.
    pub emoji: String,
    /// Whether to take the reaction back.
    #[serde(default)]
    pub remove: bool,
    /// The same one again changes nothing and answers the same.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// `presence:set`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct PresenceSet {
    /// What one says.
    pub status: Word,
}

/// What one can say of one's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Word {
    /// There and active.
    Online,
    /// Connected, but away.
    Away,
}

/// `presence:get`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceGet {
    /// Whom to ask about.
    pub user_ids: Vec<String>,
}
