//! The documents of a store in maps, and the two things that are done to them: append and project.

use std::collections::{BTreeMap, HashMap};

use super::expiry::Expiries;
use crate::{
    checkpoint::Checkpoint,
    conversation::{
        Change, ChangeKind, CommandFact, Conversation, Docs, Facts, FactsQuery, Kind, Member, MemberEvent, MessageFact,
        Numbered, Rejection, visible_head,
    },
    error::{Error, ErrorKind, Result},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Message,
    offset::{Offset, Partition, partition_of},
    port::{Conflict, Head},
    receipt::Mark,
    time::Timestamp,
};

/// What a conversation is called, as changes say: each with the offset of its word.
#[derive(Clone, Debug, Default)]
pub(super) struct Title {
    pub(super) kind: Option<(Kind, bool, Timestamp)>,
    pub(super) name: (Offset, Option<String>),
}

/// All documents.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) messages: HashMap<MessageId, Message>,
    pub(super) by_seq: BTreeMap<(ConversationId, u64), MessageId>,
    pub(super) changes: BTreeMap<(ConversationId, u64), Change>,
    pub(super) commands: HashMap<CommandId, CommandFact>,
    /// Ordered by place, so that the last one below a position is one look-up away.
    pub(super) members: BTreeMap<(ConversationId, Offset, UserId), Option<Member>>,
    pub(super) titles: HashMap<ConversationId, Title>,
    pub(super) rejections: BTreeMap<(ConversationId, Offset), Rejection>,
    pub(super) quarantined: HashMap<ConversationId, String>,
    pub(super) marks: HashMap<Partition, Checkpoint>,
    pub(super) receipts: BTreeMap<(ConversationId, UserId), Mark>,
    pub(super) expiries: Expiries,
}

impl Documents {
    /// The mark that counts for a conversation.
    pub(super) fn mark(&self, id: ConversationId, partitions: Partition) -> Offset {
        let mark = self.marks.get(&partition_of(&id, partitions));
        mark.copied().unwrap_or_default().position
    }

    pub(super) fn append(&mut self, docs: &Docs) -> Vec<Conflict> {
        let messages = docs.messages.iter().filter_map(|message| self.append_message(message));
        let mut conflicts: Vec<_> = messages.collect();
        conflicts.extend(docs.changes.iter().filter_map(|change| self.append_change(change)));
        for event in &docs.members {
            self.members
                .insert((event.conversation, event.offset, event.user), event.member);
        }
        for rejection in &docs.rejections {
            self.rejections
                .insert((rejection.conversation, rejection.offset), rejection.clone());
        }
        conflicts
    }

    fn append_message(&mut self, message: &Message) -> Option<Conflict> {
        let conversation = message.conversation();
        if self
            .expiries
            .was_purged(conversation, Some(message.seq), message.offset)
        {
            return None;
        }
        let holder = self.by_seq.get(&(conversation, message.seq));
        let same = self
            .messages
            .get(&message.id)
            .is_none_or(|m| (m.seq, m.offset) == (message.seq, message.offset));
        if !same || holder.is_some_and(|id| *id != message.id) {
            return Some(Conflict {
                conversation,
                what: format!("message {} under seq {}", message.id, message.seq),
            });
        }
        self.by_seq.insert((conversation, message.seq), message.id);
        self.messages.entry(message.id).or_insert_with(|| message.clone());
        None
    }

    fn append_change(&mut self, change: &Change) -> Option<Conflict> {
        if self
            .expiries
            .was_purged(change.conversation, change.message_seq, change.offset)
        {
            return None;
        }
        let fact = CommandFact {
            offset: change.offset,
            change_seq: change.change_seq,
        };
        let key = (change.conversation, change.change_seq);
        let same = self.commands.get(&change.id).is_none_or(|stored| *stored == fact);
        if !same || self.changes.get(&key).is_some_and(|stored| stored.id != change.id) {
            let what = format!("change {} under changeSeq {}", change.id, change.change_seq);
            return Some(Conflict {
                conversation: change.conversation,
                what,
            });
        }
        self.expiries.note(change);
        self.changes.insert(key, change.clone());
        self.commands.insert(change.id, fact);
        None
    }

    pub(super) fn project(&mut self, change: &Change) -> Result<()> {
        if self
            .expiries
            .was_purged(change.conversation, change.message_seq, change.offset)
        {
            return Ok(());
        }
        if let Some(id) = change.message() {
            let missing = || Error::new(ErrorKind::Corrupt, "store.project", format_args!("no message {id}"));
            self.messages.get_mut(&id).ok_or_else(missing)?.project(change);
        }
        let title = self.titles.entry(change.conversation).or_default();
        let name = match &change.kind {
            ChangeKind::Created {
                kind_of,
                name,
                open_history,
                ..
            } => {
                title.kind = Some((*kind_of, *open_history, change.at));
                name.clone()
            }
            ChangeKind::Renamed { name } => Some(name.clone()),
            _ => return Ok(()),
        };
        if title.name.0 <= change.offset {
            title.name = (change.offset, name);
        }
        Ok(())
    }

    pub(super) fn facts(&self, query: &FactsQuery) -> Facts {
        let message = |id: &MessageId| {
            let Some(m) = self.messages.get(id) else {
                return Some((*id, *self.expiries.purged.get(id)?));
            };
            let deleted = m.changes.deleted.map(|(offset, _)| offset);
            Some((
                *id,
                MessageFact {
                    offset: m.offset,
                    seq: m.seq,
                    sender: m.sender,
                    deleted,
                },
            ))
        };
        let settled: HashMap<_, _> = query
            .touched
            .iter()
            .filter_map(|id| Some((*id, self.expiries.settled(*id, query.position)?)))
            .collect();
        let asked = query.conversations.iter().map(|id| (*id, query.position));
        let late = settled.iter().map(|(id, settled)| (*id, settled.next()));
        Facts {
            conversations: asked.chain(late).map(|(id, at)| (id, self.as_of(id, at))).collect(),
            settled,
            messages: query.messages.iter().filter_map(message).collect(),
            commands: query
                .commands
                .iter()
                .filter_map(|id| Some((*id, *self.commands.get(id)?)))
                .collect(),
            quarantined: query
                .touched
                .iter()
                .filter(|id| self.quarantined.contains_key(id))
                .copied()
                .collect(),
        }
    }

    /// The conversation below `position`: whatever lies at or above it was left by a crash or a zombie and is redone.
    fn as_of(&self, id: ConversationId, position: Offset) -> Conversation {
        let mut state = Conversation::default();
        for (_, change) in self.changes.range((id, 0)..=(id, u64::MAX)) {
            if change.offset < position {
                state.change_seq = state.change_seq.max(change.change_seq);
                if let ChangeKind::Created {
                    kind_of, open_history, ..
                } = change.kind
                {
                    (state.kind, state.open_history) = (Some(kind_of), open_history);
                }
            }
        }
        for event in self.member_events(id, position) {
            state.absorb_member(&event);
        }
        let below = |seq: &&MessageId| self.messages[*seq].offset < position;
        state.seq = self
            .by_seq
            .range((id, 0)..=(id, u64::MAX))
            .map(|(_, m)| m)
            .rfind(below)
            .map_or(0, |m| self.messages[m].seq);
        state.expired = self.expiries.through(id, position);
        state.seq = state.seq.max(state.expired);
        state
    }

    pub(super) fn member_events(&self, id: ConversationId, below: Offset) -> impl Iterator<Item = MemberEvent> {
        let lowest = (id, Offset::ZERO, UserId::from_bytes([0; 16]));
        self.members
            .range(lowest..(id, below, UserId::from_bytes([0; 16])))
            .map(|(&(conversation, offset, user), &member)| MemberEvent {
                conversation,
                user,
                offset,
                member,
            })
    }

    /// How far readers may see, when everything below `mark` is complete.
    pub(super) fn head(&self, id: ConversationId, mark: Offset) -> Head {
        let messages = self
            .by_seq
            .range((id, 0)..=(id, u64::MAX))
            .map(|(_, message)| &self.messages[message]);
        let messages = messages.map(|m| {
            (
                m.offset,
                Numbered {
                    number: m.seq,
                    complete: true,
                },
            )
        });
        let changes = self.changes.range((id, 0)..=(id, u64::MAX)).map(|(_, change)| {
            (
                change.offset,
                Numbered {
                    number: change.change_seq,
                    complete: self.is_projected(change),
                },
            )
        });
        Head {
            seq: cut(self.expired(id), mark, messages),
            change_seq: cut(0, mark, changes),
        }
    }

    fn is_projected(&self, change: &Change) -> bool {
        let on_message = change.message().is_none_or(|id| {
            self.messages
                .get(&id)
                .is_some_and(|message| message.changes.change_seq >= change.change_seq && message.shows(change))
        });
        let title = self.titles.get(&change.conversation);
        let on_title = match change.kind {
            ChangeKind::Created { .. } => title.is_some_and(|title| title.kind.is_some()),
            ChangeKind::Renamed { .. } => title.is_some_and(|title| title.name.0 >= change.offset),
            _ => true,
        };
        let members = change
            .member_events()
            .all(|e| self.members.contains_key(&(e.conversation, e.offset, e.user)));
        on_message && on_title && members
    }
}

/// The head, which is at least `floor`.
fn cut(floor: u64, mark: Offset, docs: impl Iterator<Item = (Offset, Numbered)>) -> u64 {
    let (below, above): (Vec<_>, Vec<_>) = docs.partition(|(offset, _)| *offset < mark);
    let base = below.last().map_or(0, |(_, doc)| doc.number).max(floor);
    visible_head(base, above.into_iter().map(|(_, doc)| doc))
}
