//! A conversation: its state, the commands that the log carries to it, and the one function that joins them.

mod apply;
mod change;
mod command;
mod facts;
mod fold;
mod state;
mod visible;

pub use apply::{MAX_MEMBERS, apply};
pub use change::{Change, ChangeKind, MemberEvent};
pub use command::{Command, Record, ReplyTo};
pub use facts::{CommandFact, Facts, FactsQuery, MessageFact};
pub use fold::{Answered, Docs, Fold, Folded, Rejection};
pub use state::{Conversation, Kind, Member, Role};
pub use visible::{Numbered, visible_head};

use crate::message::Message;

/// What one record does to one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A message, with the next `seq`.
    Stored(Box<Message>),
    /// A change, with the next `changeSeq`.
    Changed(Box<Change>),
    /// Nothing, because a rule forbids it.
    Rejected(Reason),
    /// Nothing, because an earlier record with the same id did it: its number, `seq` of a message or `changeSeq`.
    Repeated(u64),
}

/// Why a record was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The actor is no member, or the conversation does not exist: from outside the two look alike.
    NotAMember,
    /// Only the sender may do this, or with a group's admins.
    NotAllowed,
    /// No such message, or none that the actor can see.
    MessageNotFound,
    /// The message is deleted.
    MessageDeleted,
    /// A direct conversation has its two members, no name and no end.
    DirectIsFixed,
    /// The group would have more than [`MAX_MEMBERS`].
    TooManyMembers,
    /// The conversation's documents contradict the log; an operator must look at it.
    Quarantined,
}
