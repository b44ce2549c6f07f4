//! What a store says of documents that are too old.

use crate::id::ConversationId;

/// Conversations that hold messages which are too old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// By id.
    pub conversations: Vec<Due>,
    /// Behind which conversation to go on looking; none if that was the last.
    pub next: Option<ConversationId>,
}

/// The beginning of a conversation that is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last message before the first one that is young enough, or as far as the store has looked.
    pub through: u64,
    /// Whether the store has stopped looking before it came to a message that is young enough, or to the end.
    pub more: bool,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Messages.
    pub messages: usize,
    /// Changes of messages.
    pub changes: usize,
    /// Whether there is more to remove already.
    pub more: bool,
}
