//! A conversation as of a place in the log: what the next record is judged by.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Change, ChangeKind, MemberEvent, Outcome};
use crate::{id::UserId, offset::Offset};

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Two people, for ever.
    Direct,
    /// Any number up to [`super::MAX_MEMBERS`], with admins.
    Group,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Read, write, react, leave.
    Member,
    /// Also rename, add, remove, promote, demote, delete.
    Admin,
}

/// A membership in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// What the member may do.
    pub role: Role,
    /// Where in the log this membership began.
    pub since: Offset,
    /// The first message that the member may see, by `seq`.
    pub history_from: u64,
    /// The last change, by `changeSeq`, before this membership: the member sees those above it.
    pub changes_after: u64,
}

/// A conversation's state. `Default` is one that does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// None until it is created.
    pub kind: Option<Kind>,
    /// Whether new members see all of the history.
    pub open_history: bool,
    /// The newest message's number.
    pub seq: u64,
    /// The newest change's number.
    pub change_seq: u64,
    /// The messages up to this number have expired.
    pub expired: u64,
    /// The offset of the last change of membership.
    pub membership: Offset,
    /// Who is in. Shared: most records leave it alone.
    pub members: Arc<BTreeMap<UserId, Member>>,
}

impl Conversation {
    /// Brings an outcome in.
    pub fn absorb(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Stored(message) => self.seq = message.seq,
            Outcome::Changed(change) => self.absorb_change(change),
            Outcome::Rejected(_) | Outcome::Repeated(_) => {}
        }
    }

    fn absorb_change(&mut self, change: &Change) {
        self.change_seq = change.change_seq;
        if let ChangeKind::Created {
            kind_of, open_history, ..
        } = &change.kind
        {
            self.kind = Some(*kind_of);
            self.open_history = *open_history;
        }
        if let ChangeKind::Expired { through } = change.kind {
            self.expired = through;
        }
        for event in change.member_events() {
            self.absorb_member(&event);
        }
    }

    /// Brings one change of membership in. Events of one conversation must come in the order of their offsets.
    pub fn absorb_member(&mut self, event: &MemberEvent) {
        self.membership = self.membership.max(event.offset);
        let members = Arc::make_mut(&mut self.members);
        match event.member {
            Some(member) => members.insert(event.user, member),
            None => members.remove(&event.user),
        };
    }
}
