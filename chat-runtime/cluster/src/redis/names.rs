//! The names of keys and channels, and the slots that they are in. All begin with the operator's prefix, so that an
//! ACL can be `~prefix* &prefix*`.

use std::sync::Arc;

use talkline_core::{
    event::Channel,
    id::{ConversationId, UserId},
};

/// The number of slots of a Redis Cluster.
pub(super) const SLOTS: u16 = 16_384;

/// Gives names. A clone gives the same.
#[derive(Clone)]
pub(super) struct Names {
    prefix: Arc<str>,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// A channel of the fan-out.
    pub(super) fn channel(&self, channel: &Channel) -> String {
        let prefix = &self.prefix;
        match channel {
            Channel::Conversation(id) => format!("{prefix}c:{id}"),
            Channel::User(id) => format!("{prefix}u:{id}"),
            Channel::Gateway(name) => format!("{prefix}g:{name}"),
        }
    }

    /// A conversation's newest messages.
    pub(super) fn recent(&self, conversation: ConversationId) -> String {
        format!("{}recent:{conversation}", self.prefix)
    }

    /// Who is in a conversation.
    pub(super) fn members(&self, conversation: ConversationId) -> String {
        format!("{}members:{conversation}", self.prefix)
    }

    /// The counter of a limit.
    pub(super) fn limit(&self, key: &str) -> String {
        format!("{}limit:{key}", self.prefix)
    }

    /// A user's sockets, by gateway.
    pub(super) fn user(&self, user: UserId) -> String {
        format!("{}presence:user:{user}", self.prefix)
    }

    /// The users that have a socket at a gateway.
    pub(super) fn users_of(&self, gateway: &str) -> String {
        format!("{}presence:gateway:{gateway}", self.prefix)
    }

    /// When each gateway was heard of.
    pub(super) fn gateways(&self) -> String {
        format!("{}presence:gateways", self.prefix)
    }
}

/// The slot of a key or channel: CRC-16/XMODEM of what stands in its first braces, or of all of it. Source: the Redis
/// Cluster specification, "Key distribution model" and "Hash tags".
pub(super) fn slot(name: &str) -> u16 {
    let tag = name
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.is_empty())
        .unwrap_or(name);
    tag.bytes().fold(0, crc16) % SLOTS
}

fn crc16(crc: u16, byte: u8) -> u16 {
    CRC16[usize::from((crc >> 8) as u8 ^ byte)] ^ crc << 8
}

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = ((byte as u16) << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the specification's appendix and of `CLUSTER KEYSLOT`.
    #[test]
    fn slots_are_those_of_the_servers() {
        assert_eq!("123456789".bytes().fold(0, crc16), 0x31c3);
        assert_eq!(slot("foo"), 12182);
        assert_eq!(slot("somekey"), 11058);
        assert_eq!(slot("foo{hash_tag}"), 2515);
        assert_eq!(slot("{user1000}.following"), slot("{user1000}.followers"));
        assert_eq!(slot("foo{}{bar}"), "foo{}{bar}".bytes().fold(0, crc16) % SLOTS);
        assert_eq!(slot("foo{{bar}}zap"), slot("{bar"));
    }
}
