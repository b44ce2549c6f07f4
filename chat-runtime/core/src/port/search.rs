//! Finding messages by the words in them.

use std::ops::Range;

use async_trait::async_trait;

use crate::{
    error::Result,
    id::{ConversationId, MessageId, UserId},
    offset::Offset,
    time::Timestamp,
};

/// An index of the messages' texts, derived from the store.
///
/// Law:
/// 1. Eventually, every visible message is found by its present text, and a deleted or expired one by nothing.
///    "Eventually" is well below a second while nothing is behind. No message waits for the index.
/// 2. Nothing outside the query's scopes is ever found.
/// 3. What is typed is words and never a language: no character of it is an operator.
/// 4. Case and diacritics do not matter.
/// 5. Pages repeat nothing and leave nothing out of what was indexed when the first one was read.
///
/// A hit can be older than the store: who shows it reads the message, and compares [`Hit::edited`].
#[async_trait]
pub trait Search: Send + Sync {
    /// The newest messages first, up to `limit`, from behind [`SearchQuery::behind`] on.
    async fn search(&self, query: &SearchQuery, limit: usize) -> Result<SearchPage>;
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// As it was typed: words between spaces. All of them must be in the text, the last one at least as the beginning
    /// of a word. Text without any letter or digit finds nothing.
    pub text: String,
    /// Where to look; nowhere else.
    pub scopes: Vec<Scope>,
    /// Only this one's messages.
    pub sender: Option<UserId>,
    /// Only messages from before this time.
    pub before: Option<Timestamp>,
    /// Only messages from after this time.
    pub after: Option<Timestamp>,
    /// Only messages behind this place: where the page before ended.
    pub behind: Option<Place>,
}

/// What somebody may see of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The conversation.
    pub conversation: ConversationId,
    /// The first message that is visible, by `seq`.
    pub history_from: u64,
}

/// A place in the order of hits: by time, then by id, both descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When the message was accepted.
    pub created_at: Timestamp,
    /// The message, to tell equal times apart.
    pub message: MessageId,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The message and its time.
    pub place: Place,
    /// Its number in its conversation.
    pub seq: u64,
    /// The offset of the edit whose text was indexed; none for the text as sent.
    pub edited: Option<Offset>,
    /// Where the words stand in the text: from (inclusive) and to (exclusive) in characters (Unicode scalar values),
    /// ascending and apart from each other.
    pub highlight: Vec<Range<usize>>,
}

/// Some hits, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// In the order of their places, descending.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub has_more: bool,
}
