//! What clients read and write: the contract's shapes as types, shared by REST and sockets.
//!
//! These are the one place where a field's name and form on the wire are decided; the API descriptions are generated
//! from them. Rules (lengths, who may do what) are checked by [`crate::chat`], never here.

mod ack;
mod change;
mod conversation;
mod message;
mod notice;
mod page;
mod request;
mod search;
mod sync;

pub use ack::{Accepted, Changed, Done, Heads, PresenceAnswer, Renewed};
pub use change::{Change, ChangeKind};
pub use conversation::{Conversation, ConversationType, Mark, Member, MemberRole, Presence};
pub use message::{History, Message, MessageType, Received};
pub use notice::{
    ConversationNew, ConversationRef, Draining, PresenceUpdate, Receipt, Rejected, Resync, Typing, Viewing,
};
pub use page::Page;
pub use request::{Delete, Edit, Looking, PresenceGet, PresenceSet, React, Renew, Send, UpTo, Word};
pub use search::{Found, Hit};
pub use sync::{CaughtUp, Position, Refused, Sync, SyncAnswer};
