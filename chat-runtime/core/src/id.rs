//! Identifiers: fixed-size bytes inside, URL-safe base64 without padding outside.
//!
//! Ids that a retry must meet again are derived, not drawn: a message's from conversation, sender and
//! `clientMessageId`; a command's from actor and `requestId`; a direct conversation's from its two users; a group's
//! from its creator and `requestId`.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Text that is not an identifier of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The id's bytes, as stores keep them.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// The id with these bytes, if there are as many as it has.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; ($bytes * 4usize).div_ceil(3)];
                let length = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
                f.write_str(std::str::from_utf8(&text[..length]).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // One byte of room more than needed, so that a longer text is refused rather than cut.
                let mut bytes = [0; $bytes + 3];
                match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
                    Ok($bytes) => Self::from_slice(&bytes[..$bytes]),
                    _ => Err(InvalidId),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id!(
    /// A user: 16 random bytes.
    UserId,
    16
);
id!(
    /// A conversation, direct or group.
    ConversationId,
    16
);
id!(
    /// A message: its conversation's 16 bytes, then 12 that follow from sender and `clientMessageId`. It names its shard.
    MessageId,
    28
);
id!(
    /// A command that changes a conversation, and the change that it makes if it is accepted.
    CommandId,
    16
);
id!(
    /// A login: the family of its refresh tokens.
    SessionId,
    16
);
id!(
    /// An uploaded file.
    AttachmentId,
    16
);

impl UserId {
    /// No user, but the platform by itself. Accounts are drawn at random, so none has it.
    pub const NOBODY: Self = Self([0; 16]);
}

impl ConversationId {
    /// The direct conversation of two users, in whichever order they are named.
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        Self(digest(&[b"direct", &low.0, &high.0]))
    }

    /// The group that `creator` makes with `request` (the request's id, or random bytes if the client gave none).
    pub fn group(creator: UserId, request: &[u8]) -> Self {
        Self(digest(&[b"group", &creator.0, request]))
    }
}

impl MessageId {
    /// The message that `sender` sends to `conversation` under `client_message_id`.
    pub fn new(conversation: ConversationId, sender: UserId, client_message_id: &str) -> Self {
        let local: [u8; 12] = digest(&[b"message", &sender.0, client_message_id.as_bytes()]);
        let mut bytes = [0; 28];
        bytes[..16].copy_from_slice(&conversation.0);
        bytes[16..].copy_from_slice(&local);
        Self(bytes)
    }

    /// The conversation that this message is in.
    pub fn conversation(&self) -> ConversationId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        ConversationId(bytes)
    }
}

impl CommandId {
    /// The command that `actor` gives `conversation` with `request` (the request's id, or random bytes if it has none).
    pub fn new(conversation: ConversationId, actor: UserId, request: &[u8]) -> Self {
        Self(digest(&[b"command", &conversation.0, &actor.0, request]))
    }
}

/// The first `N` bytes of a SHA-256 over `parts`, each led by its length so that no two lists of parts collide.
fn digest<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let full = hash.finalize();
    let mut short = [0; N];
    short.copy_from_slice(&full[..N]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BOB: UserId = UserId::from_bytes([2; 16]);

    #[test]
    fn a_retry_has_the_same_id_and_anything_else_another() {
        let direct = ConversationId::direct(ANN, BOB);
        assert_eq!(direct, ConversationId::direct(BOB, ANN));
        let id = MessageId::new(direct, ANN, "1");
        assert_eq!(id, MessageId::new(direct, ANN, "1"));
        assert_ne!(id, MessageId::new(direct, BOB, "1"));
        assert_ne!(id, MessageId::new(direct, ANN, "2"));
        assert_eq!(id.conversation(), direct);
    }

    #[test]
    fn text_is_canonical() {
        let id = MessageId::new(ConversationId::direct(ANN, BOB), ANN, "1");
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        // The last character of 16 bytes carries four unused bits: only zeros are accepted there.
        let user = ANN.to_string();
        let (head, last) = user.split_at(user.len() - 1);
        assert_eq!(last, "Q");
        assert_eq!(format!("{head}R").parse::<UserId>(), Err(InvalidId));
        for bad in [
            "",
            "A",
            &user[1..],
            &format!("{user}A"),
            &format!("{user}AAAA"),
            "é",
            "AAAA AAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(bad.parse::<UserId>(), Err(InvalidId), "{bad}");
        }
    }
}
