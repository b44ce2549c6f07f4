//! The store's port over the documents in memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::documents::Documents;
use crate::{
    checkpoint::Checkpoint,
    conversation::{Change, Docs, Facts, FactsQuery},
    error::Result,
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::{Offset, Partition},
    port::{
        Changes, Conflict, ConversationRow, Head, Listing, Mailbox, MarkUpdate, Membership, Overdue, Page, Purged,
        Range, Store, StoredRejection,
    },
    receipt::Mark,
    time::Timestamp,
};

/// A store in memory.
pub struct MemoryStore {
    partitions: Partition,
    documents: Mutex<Documents>,
}

impl MemoryStore {
    /// An empty store for a log with so many partitions.
    pub fn new(partitions: Partition) -> Self {
        Self {
            partitions,
            documents: Mutex::default(),
        }
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn head(&self, documents: &Documents, id: ConversationId) -> Head {
        let mark = documents.mark(id, self.partitions);
        documents.head(id, mark)
    }

    fn row(&self, documents: &Documents, user: UserId, membership: Membership) -> Option<ConversationRow> {
        let (id, member) = (membership.id, *membership.members.get(&user)?);
        let head = self.head(documents, id);
        let first = member.history_from.max(documents.expired(id) + 1);
        let visible = documents.by_seq.range((id, first)..(id, head.seq + 1).max((id, first)));
        let visible: Vec<&Message> = visible.map(|(_, message)| &documents.messages[message]).collect();
        let mark = documents
            .receipts
            .get(&(id, user))
            .copied()
            .unwrap_or_else(|| Mark::new(user));
        let at = visible
            .last()
            .map_or(membership.created_at, |message| message.created_at);
        Some(ConversationRow {
            listing: Listing { at, conversation: id },
            head,
            last_message: visible.last().map(|message| (*message).clone()),
            mark,
            unread: visible
                .iter()
                .filter(|message| message.seq > mark.read_seq && message.sender != user)
                .count() as u64,
            membership,
        })
    }
}

fn membership(documents: &Documents, id: ConversationId) -> Option<Membership> {
    let title = documents.titles.get(&id)?;
    let (kind, open_history, created_at) = title.kind?;
    let mut members = BTreeMap::new();
    let mut changed = Offset::ZERO;
    for event in documents.member_events(id, Offset::MAX) {
        changed = event.offset;
        match event.member {
            Some(member) => members.insert(event.user, member),
            None => members.remove(&event.user),
        };
    }
    Some(Membership {
        id,
        kind,
        name: title.name.1.clone(),
        open_history,
        created_at,
        changed,
        members,
    })
}

#[async_trait]
impl Store for MemoryStore {
    async fn facts(&self, _partition: Partition, query: FactsQuery) -> Result<Facts> {
        Ok(self.documents().facts(&query))
    }

    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        Ok(self.documents().append(docs))
    }

    async fn project(&self, changes: &[Change]) -> Result<()> {
        let mut documents = self.documents();
        changes.iter().try_for_each(|change| documents.project(change))
    }

    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()> {
        self.documents().quarantined.insert(conversation, why.to_owned());
        Ok(())
    }

    async fn mark(&self, partition: Partition) -> Result<Checkpoint> {
        Ok(self.documents().marks.get(&partition).copied().unwrap_or_default())
    }

    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()> {
        let mut documents = self.documents();
        let mark = documents.marks.entry(partition).or_default();
        if mark.position < to.position {
            *mark = to;
        }
        Ok(())
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>> {
        Ok(membership(&self.documents(), conversation))
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>> {
        let documents = self.documents();
        Ok(conversations.iter().map(|id| self.head(&documents, *id)).collect())
    }

    async fn page(&self, id: ConversationId, range: Range, limit: usize) -> Result<Page> {
        let documents = self.documents();
        let end = self.head(&documents, id).seq + 1;
        let (low, high) = match range {
            Range::Before { from, before } => (from, before.min(end)),
            Range::After { after } => (after + 1, end),
        };
        let low = low.max(documents.expired(id) + 1);
        let wanted = documents
            .by_seq
            .range((id, low)..(id, high.max(low)))
            .map(|(_, id)| documents.messages[id].clone());
        let mut messages: Vec<_> = wanted.collect();
        let has_more = messages.len() > limit;
        match range {
            Range::Before { .. } => drop(messages.drain(..messages.len().saturating_sub(limit))),
            Range::After { .. } => messages.truncate(limit),
        }
        Ok(Page { messages, has_more })
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        let documents = self.documents();
        let stored = ids.iter().filter_map(|id| documents.messages.get(id));
        Ok(stored
            .filter(|m| m.seq <= self.head(&documents, m.conversation()).seq)
            .filter(|m| m.seq > documents.expired(m.conversation()))
            .cloned()
            .collect())
    }

    async fn changes(&self, id: ConversationId, after: u64, limit: usize) -> Result<Changes> {
        let documents = self.documents();
        let end = self.head(&documents, id).change_seq;
        let wanted = documents.changes.range((id, after + 1)..=(id, end.max(after + 1)));
        let expired = documents.expired(id);
        let wanted = wanted.filter(|((_, change_seq), change)| *change_seq <= end && change.outlives(expired));
        let mut changes: Vec<_> = wanted.map(|(_, change)| change.clone()).take(limit + 1).collect();
        let has_more = changes.len() > limit;
        changes.truncate(limit);
        Ok(Changes { changes, has_more })
    }

    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>> {
        let documents = self.documents();
        let all = documents.titles.keys().filter_map(|id| membership(&documents, *id));
        Ok(all
            .filter_map(|m| {
                m.members.get(&user).map(|member| Mailbox {
                    conversation: m.id,
                    member: *member,
                })
            })
            .collect())
    }

    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>> {
        let documents = self.documents();
        let all = documents.titles.keys().filter_map(|id| membership(&documents, *id));
        let mut rows: Vec<_> = all
            .filter_map(|membership| self.row(&documents, user, membership))
            .collect();
        let key = |listing: &Listing| (std::cmp::Reverse(listing.at), listing.conversation);
        rows.sort_by_key(|row| key(&row.listing));
        rows.retain(|row| after.is_none_or(|after| key(&row.listing) > key(&after)));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>> {
        let mut documents = self.documents();
        let raised = updates.iter().filter_map(|update| {
            let user = update.mark.user_id;
            let stored = documents
                .receipts
                .entry((update.conversation, user))
                .or_insert_with(|| Mark::new(user));
            stored.raise(&update.mark).then_some(MarkUpdate {
                mark: *stored,
                ..*update
            })
        });
        Ok(raised.collect())
    }

    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>> {
        let documents = self.documents();
        Ok(documents
            .receipts
            .iter()
            .filter(|((id, _), _)| *id == conversation)
            .map(|(_, mark)| *mark)
            .collect())
    }

    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>> {
        let documents = self.documents();
        let own = documents
            .rejections
            .values()
            .filter(|r| r.sender == sender && r.at >= since);
        Ok(own
            .map(|r| StoredRejection {
                conversation: r.conversation,
                client_message_id: r.client_message_id.clone(),
                reason: r.reason,
                at: r.at,
            })
            .collect())
    }

    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue> {
        let documents = self.documents();
        let mut ids: Vec<_> = documents.titles.keys().copied().collect();
        ids.retain(|id| after.is_none_or(|after| *id > after));
        ids.sort_unstable();
        let next = ids.get(limit.max(1) - 1).copied().filter(|_| ids.len() > limit);
        let due = |id: &ConversationId| documents.due(*id, self.head(&documents, *id).seq, before);
        Ok(Overdue {
            conversations: ids.iter().take(limit).filter_map(due).collect(),
            next,
        })
    }

    async fn purge(&self, limit: usize) -> Result<Purged> {
        Ok(self.documents().purge(self.partitions, limit))
    }

    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize> {
        let mut documents = self.documents();
        let mut old: Vec<_> = documents.rejections.iter().filter(|(_, r)| r.at < before).collect();
        old.sort_by_key(|(_, rejection)| rejection.at);
        let old: Vec<_> = old.into_iter().map(|(place, _)| *place).take(limit).collect();
        old.iter().for_each(|place| drop(documents.rejections.remove(place)));
        Ok(old.len())
    }
}
