//! A batch of records, folded with [`apply()`] into what is to be written, told and answered.

use std::collections::{HashMap, HashSet};

use super::{
    Change, CommandFact, Conversation, Facts, MemberEvent, MessageFact, Outcome, Reason, Record, ReplyTo, apply,
};
use crate::{
    event::{Event, EventBody, UserEvent},
    id::{ConversationId, UserId},
    message::Message,
    offset::Offset,
    time::Timestamp,
};

/// The documents of a batch. All are append-only; a change's effects on messages and names follow from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docs {
    /// With the next numbers of their conversations.
    pub messages: Vec<Message>,
    /// With the next change numbers of their conversations.
    pub changes: Vec<Change>,
    /// Who came and went.
    pub members: Vec<MemberEvent>,
    /// Accepted, but against the rules when their turn came.
    pub rejections: Vec<Rejection>,
}

impl Docs {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.changes.is_empty() && self.members.is_empty() && self.rejections.is_empty()
    }
}

/// An accepted message that was rejected when its turn came. Kept for some days, so that the sender learns of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where it would have gone.
    pub conversation: ConversationId,
    /// Its place in the log.
    pub offset: Offset,
    /// Who is told.
    pub sender: UserId,
    /// The sender's own name for it.
    pub client_message_id: String,
    /// Why.
    pub reason: Reason,
    /// When the gateway had accepted it.
    pub at: Timestamp,
}

/// A record that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who.
    pub reply_to: ReplyTo,
    /// The number that it has: `seq` or `changeSeq`.
    pub result: Result<u64, Reason>,
}

/// What a batch comes to.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// To be written.
    pub docs: Docs,
    /// To be told to conversations, in the order of the log.
    pub events: Vec<Event>,
    /// To be told to single users.
    pub user_events: Vec<(UserId, UserEvent)>,
    /// To be told to waiting gateways.
    pub answers: Vec<(ConversationId, Answered)>,
    /// The state of every conversation that the batch touched, as of its end.
    pub states: HashMap<ConversationId, Conversation>,
}

impl Folded {
    /// Says nothing of `broken` conversations, and `reason` to who waits for them.
    pub fn withhold(&mut self, broken: &HashSet<ConversationId>, reason: Reason) {
        self.events.retain(|event| !broken.contains(&event.conversation));
        self.user_events
            .retain(|(_, event)| event.conversation().is_none_or(|id| !broken.contains(&id)));
        for (_, answer) in self
            .answers
            .iter_mut()
            .filter(|(conversation, _)| broken.contains(conversation))
        {
            answer.result = Err(reason);
        }
        for conversation in broken {
            self.states.remove(conversation);
        }
    }
}

/// Folds one batch.
pub struct Fold {
    facts: Facts,
    folded: Folded,
}

impl Fold {
    /// Starts from what the store knows, and from states at hand, which are older than what is settled.
    pub fn new(mut facts: Facts, at_hand: impl IntoIterator<Item = (ConversationId, Conversation)>) -> Self {
        let mut states = std::mem::take(&mut facts.conversations);
        states.extend(at_hand.into_iter().filter(|(id, _)| !facts.settled.contains_key(id)));
        Self {
            facts,
            folded: Folded {
                states,
                ..Folded::default()
            },
        }
    }

    /// Brings the next record in. One that is settled was done, told and answered long ago.
    pub fn push(&mut self, at: Offset, record: &Record) {
        if self
            .facts
            .settled
            .get(&record.conversation)
            .is_some_and(|settled| at <= *settled)
        {
            return;
        }
        let state = self.folded.states.entry(record.conversation).or_default();
        let outcome = match self.facts.quarantined.contains(&record.conversation) {
            true => Outcome::Rejected(Reason::Quarantined),
            false => apply(state, &self.facts, at, record),
        };
        state.absorb(&outcome);
        let membership = state.membership;
        let result = match outcome {
            Outcome::Stored(message) => self.stored(membership, *message),
            Outcome::Changed(change) => self.changed(membership, *change),
            Outcome::Rejected(reason) => self.rejected(at, record, reason),
            Outcome::Repeated(number) => Ok(number),
        };
        if let Some(reply_to) = &record.reply_to {
            let answer = Answered {
                reply_to: reply_to.clone(),
                result,
            };
            self.folded.answers.push((record.conversation, answer));
        }
    }

    /// The batch's result.
    pub fn finish(self) -> Folded {
        self.folded
    }

    fn stored(&mut self, membership: Offset, message: Message) -> Result<u64, Reason> {
        let seq = message.seq;
        // A deletion that was stored above this offset, before a crash, stays known: it is judged by its own offset.
        let deleted = self.facts.messages.get(&message.id).and_then(|fact| fact.deleted);
        let fact = MessageFact {
            offset: message.offset,
            seq,
            sender: message.sender,
            deleted,
        };
        self.facts.messages.insert(message.id, fact);
        self.folded.events.push(Event::new(
            message.conversation(),
            message.offset,
            membership,
            EventBody::message(&message),
        ));
        self.folded.docs.messages.push(message);
        Ok(seq)
    }

    fn changed(&mut self, membership: Offset, change: Change) -> Result<u64, Reason> {
        let change_seq = change.change_seq;
        let fact = self.facts.commands.entry(change.id).or_insert(CommandFact {
            offset: change.offset,
            change_seq,
        });
        if change.offset < fact.offset {
            *fact = CommandFact {
                offset: change.offset,
                change_seq,
            };
        }
        if let super::ChangeKind::Deleted { message } = &change.kind
            && let Some(fact) = self.facts.messages.get_mut(message)
        {
            fact.deleted = Some(fact.deleted.map_or(change.offset, |stored| stored.min(change.offset)));
        }
        for event in change.member_events() {
            self.folded
                .user_events
                .push((event.user, UserEvent::membership(&event)));
            self.folded.docs.members.push(event);
        }
        self.folded.events.push(Event::new(
            change.conversation,
            change.offset,
            membership,
            EventBody::change(&change),
        ));
        self.folded.docs.changes.push(change);
        Ok(change_seq)
    }

    fn rejected(&mut self, at: Offset, record: &Record, reason: Reason) -> Result<u64, Reason> {
        if let super::Command::Send { client_message_id, .. } = &record.command {
            let rejection = Rejection {
                conversation: record.conversation,
                offset: at,
                sender: record.actor,
                client_message_id: client_message_id.clone(),
                reason,
                at: record.at,
            };
            self.folded
                .user_events
                .push((record.actor, UserEvent::rejected(&rejection)));
            self.folded.docs.rejections.push(rejection);
        }
        Err(reason)
    }
}
