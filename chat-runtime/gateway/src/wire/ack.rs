//! Acknowledgements of socket events that succeeded; those that failed are a problem's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use talkline_core::{
    id::{MessageId, UserId},
    port::Head,
    time::Timestamp,
};
use utoipa::ToSchema;

use super::Presence;

/// A message is in the log, durably. Over REST the same without `ok`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The message's id: a retry has the same one.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// The sender's own name for it.
    pub client_message_id: String,
}

/// A change has its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The number.
    pub change_seq: u64,
}

/// It is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Done {}

/// The socket lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    /// Until when: RFC 3339, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Where a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heads {
    /// Its newest message.
    pub seq: u64,
    /// Its newest change.
    pub change_seq: u64,
}

/// Who of those asked about is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresenceAnswer {
    /// By user; those with whom one shares no conversation are left out, and so are those who do not exist.
    #[schema(value_type = BTreeMap<String, Presence>)]
    pub users: BTreeMap<UserId, Presence>,
}

impl From<Head> for Heads {
    fn from(head: Head) -> Self {
        Self {
            seq: head.seq,
            change_seq: head.change_seq,
        }
    }
}
