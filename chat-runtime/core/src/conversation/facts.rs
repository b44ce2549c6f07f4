//! What a worker must know of the store before it can judge a batch: one query, as of the batch's first offset.

use std::collections::{HashMap, HashSet};

use super::{Conversation, Record};
use crate::{
    id::{CommandId, ConversationId, MessageId, UserId},
    offset::Offset,
};

/// The question of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactsQuery {
    /// The worker's position: conversations are wanted as of it.
    pub position: Offset,
    /// Conversations whose state the worker has not at hand.
    pub conversations: HashSet<ConversationId>,
    /// All conversations of the batch, of which those in quarantine are wanted.
    pub touched: HashSet<ConversationId>,
    /// Messages that the batch's records name.
    pub messages: HashSet<MessageId>,
    /// Commands in the batch.
    pub commands: HashSet<CommandId>,
}

impl FactsQuery {
    /// The question that `records` raise at `position`, when the states that `known` accepts are at hand.
    pub fn new<'r>(
        position: Offset,
        records: impl IntoIterator<Item = &'r Record>,
        known: impl Fn(&ConversationId) -> bool,
    ) -> Self {
        let mut query = Self {
            position,
            ..Self::default()
        };
        for record in records {
            query.touched.insert(record.conversation);
            if !known(&record.conversation) {
                query.conversations.insert(record.conversation);
            }
            query.messages.extend(record.command.messages());
            query.commands.extend(record.command.change());
        }
        query
    }
}

/// The answer. Messages and commands come whatever their offset: [`super::apply()`] counts only what is below a record's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// As of the position; absent ones do not exist yet.
    pub conversations: HashMap<ConversationId, Conversation>,
    /// Those that are stored, and those that were and have been purged.
    pub messages: HashMap<MessageId, MessageFact>,
    /// Those whose change is stored.
    pub commands: HashMap<CommandId, CommandFact>,
    /// Those of the batch's conversations whose documents contradict the log: nothing more is written to them.
    pub quarantined: HashSet<ConversationId>,
    /// Those of the batch's conversations of which documents from the position on may have been purged, each with the
    /// place of the expiry behind that. Their records up to that place were done by who moved the mark above it, so
    /// that only a worker that is late asks; their state is among `conversations`, as of just behind it.
    pub settled: HashMap<ConversationId, Offset>,
}

/// What decides over a message. Of a purged one, place and number are left: it has expired for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFact {
    /// Its place in the log.
    pub offset: Offset,
    /// Its number.
    pub seq: u64,
    /// Who may edit it.
    pub sender: UserId,
    /// The place of its deletion.
    pub deleted: Option<Offset>,
}

/// What decides over a repeated command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandFact {
    /// Its place in the log.
    pub offset: Offset,
    /// Its change's number.
    pub change_seq: u64,
}
