//! What a verified access token says.

use talkline_core::{
    id::{SessionId, UserId},
    time::Timestamp,
    user::Tier,
};

/// Somebody whose access token was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// By which login: when it ends, so does the identity.
    pub session: SessionId,
    /// The limits that apply.
    pub tier: Tier,
    /// When the token ends.
    pub expires_at: Timestamp,
}
