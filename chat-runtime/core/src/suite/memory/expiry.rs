//! What is too old: what hides it, and what removes it.

use std::collections::{BTreeMap, HashMap};

use super::documents::Documents;
use crate::{
    conversation::{Change, ChangeKind, MessageFact},
    id::{ConversationId, MessageId, UserId},
    offset::{Offset, Partition},
    port::{Due, Purged},
    time::Timestamp,
};

/// The expiries, and how far each conversation has been purged.
#[derive(Default)]
pub(super) struct Expiries {
    /// By place: up to which `seq`.
    noted: BTreeMap<(ConversationId, Offset), u64>,
    /// The last one whose documents are, or are being, removed.
    begun: HashMap<ConversationId, (Offset, u64)>,
    /// What is left of messages.
    pub(super) purged: HashMap<MessageId, MessageFact>,
}

impl Expiries {
    pub(super) fn note(&mut self, change: &Change) {
        if let ChangeKind::Expired { through } = change.kind {
            self.noted.insert((change.conversation, change.offset), through);
        }
    }

    /// Up to which message the conversation has expired below `position`.
    pub(super) fn through(&self, id: ConversationId, position: Offset) -> u64 {
        self.last(id, position).map_or(0, |(_, through)| through)
    }

    fn last(&self, id: ConversationId, below: Offset) -> Option<(Offset, u64)> {
        let last = self.noted.range((id, Offset::ZERO)..(id, below)).next_back();
        last.map(|((_, offset), through)| (*offset, *through))
    }

    /// Whether a document was, or may have been, removed: one of a message of this number that stood at this place.
    pub(super) fn was_purged(&self, id: ConversationId, seq: Option<u64>, at: Offset) -> bool {
        let begun = self.begun.get(&id).zip(seq);
        begun.is_some_and(|((offset, through), seq)| seq <= *through && at < *offset)
    }

    /// The expiry at or above `position` whose documents may be gone.
    pub(super) fn settled(&self, id: ConversationId, position: Offset) -> Option<Offset> {
        let begun = self.begun.get(&id).map(|(offset, _)| *offset);
        begun.filter(|offset| *offset >= position)
    }
}

impl Documents {
    /// Up to which message readers see nothing any more.
    pub(super) fn expired(&self, id: ConversationId) -> u64 {
        self.expiries.through(id, Offset::MAX)
    }

    /// The messages at the beginning that were accepted before `before`, up to `head`.
    pub(super) fn due(&self, id: ConversationId, head: u64, before: Timestamp) -> Option<Due> {
        let first = self.expired(id) + 1;
        let kept = self.by_seq.range((id, first)..(id, head + 1).max((id, first)));
        let old = kept.take_while(|(_, message)| self.messages[message].created_at < before);
        old.last().map(|((_, seq), _)| Due {
            conversation: id,
            through: *seq,
            more: false,
        })
    }

    pub(super) fn purge(&mut self, partitions: Partition, limit: usize) -> Purged {
        let mut purged = Purged::default();
        let mut ids: Vec<_> = self.expiries.noted.keys().map(|(id, _)| *id).collect();
        ids.dedup();
        for id in ids {
            let mark = self.mark(id, partitions);
            let Some((place, through)) = self.expiries.last(id, mark) else {
                continue;
            };
            self.expiries
                .noted
                .retain(|(other, at), _| *other != id || *at >= place);
            self.expiries.begun.insert(id, (place, through));
            let messages: Vec<_> = self.by_seq.range((id, 0)..=(id, through)).map(|(_, id)| *id).collect();
            let old = |change: &&Change| change.offset < place && change.message_seq.is_some_and(|seq| seq <= through);
            let changes = self.changes.range((id, 0)..=(id, u64::MAX)).map(|(_, change)| change);
            let changes: Vec<_> = changes.filter(old).cloned().collect();
            for message in messages {
                purged.more |= !self.purge_message(message, limit, &mut purged);
            }
            for change in changes {
                purged.more |= !self.purge_change(&change, limit, &mut purged);
            }
        }
        purged
    }

    /// False if the limit does not allow it.
    fn purge_message(&mut self, id: MessageId, limit: usize, purged: &mut Purged) -> bool {
        if purged.messages + purged.changes >= limit {
            return false;
        }
        let Some(message) = self.messages.remove(&id) else {
            return true;
        };
        self.by_seq.remove(&(id.conversation(), message.seq));
        let fact = MessageFact {
            offset: message.offset,
            seq: message.seq,
            sender: UserId::NOBODY,
            deleted: None,
        };
        self.expiries.purged.insert(id, fact);
        purged.messages += 1;
        true
    }

    fn purge_change(&mut self, change: &Change, limit: usize, purged: &mut Purged) -> bool {
        if purged.messages + purged.changes >= limit {
            return false;
        }
        self.commands.remove(&change.id);
        self.changes.remove(&(change.conversation, change.change_seq));
        purged.changes += 1;
        true
    }
}
