//! What the fan-out carries from workers and gateways to gateways.
//!
//! The bus may lose, delay and repeat. So every event of a conversation carries its place in the log, by which
//! receivers drop what they have seen, and the place of the conversation's last change of membership: a gateway with
//! an older membership reloads it before it delivers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Answered, Change, MemberEvent, Reason, Rejection},
    id::{ConversationId, SessionId, UserId},
    message::Message,
    offset::Offset,
    receipt::Mark,
    trace::SpanContext,
};

/// Where something is published, and by whom it is subscribed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// By gateways that have a socket of a member.
    Conversation(ConversationId),
    /// By gateways that have a socket of this user.
    User(UserId),
    /// By the gateway of this name: answers to its requests.
    Gateway(String),
}

/// One thing published. Cheap to clone: it goes to many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To a [`Channel::Conversation`].
    Conversation(Event),
    /// To a [`Channel::User`].
    User(UserId, UserEvent),
    /// To a [`Channel::Gateway`].
    Answer(Answered),
}

impl Signal {
    /// Where it goes.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Conversation(event) => Channel::Conversation(event.conversation),
            Self::User(user, _) => Channel::User(*user),
            Self::Answer(answer) => Channel::Gateway(answer.reply_to.gateway.clone()),
        }
    }
}

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where.
    pub conversation: ConversationId,
    /// The place of its record in the log; [`Offset::ZERO`] for what is not in the log (receipts, typing, viewing).
    pub offset: Offset,
    /// The place of the conversation's last change of membership, this event included; [`Offset::ZERO`] if unknown.
    pub membership: Offset,
    /// What.
    pub body: EventBody,
    /// The work that led to it, if its trace is sampled.
    pub trace: Option<SpanContext>,
}

impl Event {
    /// An event.
    pub fn new(conversation: ConversationId, offset: Offset, membership: Offset, body: EventBody) -> Self {
        Self {
            conversation,
            offset,
            membership,
            body,
            trace: None,
        }
    }

    /// An event that is not in the log.
    pub fn passing(conversation: ConversationId, body: EventBody) -> Self {
        Self::new(conversation, Offset::ZERO, Offset::ZERO, body)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants' fields are named for what they are")]
pub enum EventBody {
    /// A message was stored.
    Message(Arc<Message>),
    /// A change was stored.
    Change(Arc<Change>),
    /// A member's mark moved, and which of its numbers.
    Receipt { mark: Mark, delivered: bool, read: bool },
    /// A member types, or stopped.
    Typing { user: UserId, typing: bool },
    /// A member looks at the conversation, or no longer.
    Viewing { user: UserId, viewing: bool },
}

impl EventBody {
    /// A message was stored.
    pub fn message(message: &Message) -> Self {
        Self::Message(Arc::new(message.clone()))
    }

    /// A change was stored.
    pub fn change(change: &Change) -> Self {
        Self::Change(Arc::new(change.clone()))
    }
}

/// Something that concerns one user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants' fields are named for what they are")]
pub enum UserEvent {
    /// The user's membership of a conversation began, changed or ended.
    Membership(MemberEvent),
    /// An accepted message of the user's was rejected when its turn came.
    Rejected {
        conversation: ConversationId,
        client_message_id: String,
        reason: Reason,
    },
    /// A login ended: its sockets close.
    SessionEnded(SessionId),
    /// Somebody whom the user may see came or went: see [`crate::port::Presence`].
    PresenceChanged(UserId),
}

impl UserEvent {
    /// The conversation that it is about, if it is about one.
    pub fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Membership(event) => Some(event.conversation),
            Self::Rejected { conversation, .. } => Some(*conversation),
            Self::SessionEnded(_) | Self::PresenceChanged(_) => None,
        }
    }

    /// From a stored change of membership.
    pub fn membership(event: &MemberEvent) -> Self {
        Self::Membership(*event)
    }

    /// From a stored rejection.
    pub fn rejected(rejection: &Rejection) -> Self {
        Self::Rejected {
            conversation: rejection.conversation,
            client_message_id: rejection.client_message_id.clone(),
            reason: rejection.reason,
        }
    }
}
