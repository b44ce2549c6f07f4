//! Receipts: how far a member has received and read a conversation.

use serde::{Deserialize, Serialize};

use crate::{id::UserId, time::Timestamp};

/// How far a member is. Both numbers only ever grow, and `read ≤ delivered`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// The member.
    pub user_id: UserId,
    /// Everything up to this `seq` reached one of the member's devices.
    pub delivered_seq: u64,
    /// Everything up to this `seq` was seen by the member.
    pub read_seq: u64,
    /// When it moved last.
    pub at: Timestamp,
}

impl Mark {
    /// A member who has received nothing yet.
    pub fn new(user_id: UserId) -> Self {
        Self {
            user_id,
            delivered_seq: 0,
            read_seq: 0,
            at: Timestamp::default(),
        }
    }

    /// Raises this mark to `other`, number by number, and says whether anything moved. What is read was delivered.
    pub fn raise(&mut self, other: &Self) -> bool {
        let before = (self.delivered_seq, self.read_seq);
        self.read_seq = self.read_seq.max(other.read_seq);
        self.delivered_seq = self.delivered_seq.max(other.delivered_seq).max(self.read_seq);
        let moved = before != (self.delivered_seq, self.read_seq);
        if moved {
            self.at = self.at.max(other.at);
        }
        moved
    }
}
