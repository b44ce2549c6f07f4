//! A person's list of conversations. Nothing of it is stored: order, last message and unread count follow from the
//! documents, so that a message costs no write per member.
//!
//! The order needs the end of every conversation that the person is in, one step into an index each; all else is asked
//! for those that are shown.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use futures::try_join;
use mongodb::bson::{Bson, RawDocumentBuf, doc};
use talkline_core::{
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::Offset,
    port::{ConversationRow, Head, Listing, Mailbox, Membership},
    receipt::Mark,
    time::Timestamp,
};

use super::{
    Collections, expiry, marks, member, membership, message, receipt,
    tail::{self, Numbered, Tail},
    visible,
};
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{binary, conversation, field, integer, number, time},
};

/// A conversation with its place in the list.
struct Candidate {
    mailbox: Mailbox,
    listing: Listing,
    head: u64,
    /// Up to which message nothing is seen: from before the membership, or expired.
    unseen: u64,
    last_message: Option<MessageId>,
}

/// The list from behind `after` on, the one with the newest message first.
pub(super) async fn conversations(
    collections: &Collections,
    user: UserId,
    after: Option<Listing>,
    limit: usize,
) -> Result<Vec<ConversationRow>, Failure> {
    let place = |listing: &Listing| (Reverse(listing.at), listing.conversation);
    let mut candidates = candidates(collections, member::mailboxes(collections, user).await?).await?;
    candidates.retain(|candidate| after.is_none_or(|after| place(&candidate.listing) > place(&after)));
    candidates.sort_unstable_by_key(|candidate| place(&candidate.listing));
    candidates.truncate(limit);
    rows(collections, user, &candidates).await
}

/// All conversations of a person, with their places.
async fn candidates(collections: &Collections, mailboxes: Vec<Mailbox>) -> Result<Vec<Candidate>, Failure> {
    let ids: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.conversation).collect();
    let marks = marks::of(collections, &ids).await?;
    let (tails, titles) = try_join!(
        tail::many(collections, Numbered::Messages, &marks),
        membership::titles(collections, ids.iter().copied(), Offset::MAX),
    )?;
    // After the messages: those that a purge has removed meanwhile have expired.
    let expired = expiry::last(&collections.expiries, ids.iter().copied()).await?;
    let created = |id: &ConversationId| titles.get(id).and_then(|title| title.created).map(|created| created.at);
    let mut candidates = Vec::with_capacity(mailboxes.len());
    for mailbox in mailboxes {
        let id = mailbox.conversation;
        let expired = expiry::through(&expired, id);
        let head = tails.get(&id).map_or(0, |tail| visible::seq(tail, expired));
        let unseen = expired.max(mailbox.member.history_from.saturating_sub(1));
        let shown = tails.get(&id).filter(|_| head > unseen);
        let last = shown.map(|tail| last(tail, head)).transpose()?.flatten();
        let at = last.map(|(_, at)| at).or_else(|| created(&id));
        candidates.extend(at.map(|at| Candidate {
            mailbox,
            listing: Listing { at, conversation: id },
            head,
            unseen,
            last_message: last.map(|(message, _)| message),
        }));
    }
    Ok(candidates)
}

/// The message with this number at the end of a conversation, and its time.
fn last(tail: &Tail, head: u64) -> Result<Option<(MessageId, Timestamp)>, Failure> {
    let found = tail.above.iter().chain(&tail.below).find(|entry| entry.number == head);
    let read = |document: &RawDocumentBuf| Ok((message::id(field(document, "_id")?)?, time(field(document, "t")?)?));
    found.map(|entry| read(&entry.document)).transpose()
}

async fn rows(
    collections: &Collections,
    user: UserId,
    candidates: &[Candidate],
) -> Result<Vec<ConversationRow>, Failure> {
    let ids: Vec<_> = candidates
        .iter()
        .map(|candidate| candidate.mailbox.conversation)
        .collect();
    let owners: Vec<_> = ids.iter().map(|id| (*id, user)).collect();
    let ((memberships, change_heads), messages, receipts) = try_join!(
        memberships(collections, &ids),
        last_messages(collections, candidates),
        receipt::of(collections, &owners),
    )?;
    let mark = |id: &ConversationId| receipts.get(&(*id, user)).copied().unwrap_or_else(|| Mark::new(user));
    let unread: Vec<_> = candidates
        .iter()
        .map(|candidate| Unread::of(candidate, &mark(&candidate.mailbox.conversation)))
        .collect();
    let own = own_messages(collections, user, &unread).await?;
    let found = Found {
        memberships,
        messages,
        change_heads,
        own,
    };
    let rows = candidates.iter().zip(&unread);
    Ok(rows
        .filter_map(|(candidate, unread)| found.row(candidate, unread, mark(&unread.conversation)))
        .collect())
}

/// What rows are made of.
struct Found {
    memberships: HashMap<ConversationId, Membership>,
    messages: HashMap<MessageId, Message>,
    change_heads: HashMap<ConversationId, u64>,
    own: HashMap<ConversationId, u64>,
}

impl Found {
    fn row(&self, candidate: &Candidate, unread: &Unread, mark: Mark) -> Option<ConversationRow> {
        let id = candidate.mailbox.conversation;
        let own = self.own.get(&id).copied().unwrap_or_default();
        Some(ConversationRow {
            membership: self.memberships.get(&id)?.clone(),
            listing: candidate.listing,
            head: Head {
                seq: candidate.head,
                change_seq: self.change_heads.get(&id).copied().unwrap_or_default(),
            },
            last_message: candidate.last_message.and_then(|id| self.messages.get(&id).cloned()),
            mark,
            unread: unread.count().saturating_sub(own),
        })
    }
}

/// The memberships of conversations, and their newest visible changes: one look at the ends of the changes tells both.
async fn memberships(
    collections: &Collections,
    ids: &[ConversationId],
) -> Result<(HashMap<ConversationId, Membership>, HashMap<ConversationId, u64>), Failure> {
    let (mut memberships, mut change_heads) = (HashMap::new(), HashMap::new());
    let mut marks = marks::of(collections, ids).await?;
    while !marks.is_empty() {
        let changes = membership::above(collections, &marks, &mut memberships).await?;
        change_heads.extend(visible::complete(collections, &changes).await?);
        marks = tail::overtaken(collections, &marks, &changes).await?;
    }
    Ok((memberships, change_heads))
}

async fn last_messages(
    collections: &Collections,
    candidates: &[Candidate],
) -> Result<HashMap<MessageId, Message>, Failure> {
    let ids: HashSet<_> = candidates
        .iter()
        .filter_map(|candidate| candidate.last_message)
        .collect();
    let mut messages = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(messages);
    }
    each(collections.messages.by_ids(message::filter(&ids)), |document| {
        let message = message::read(document)?;
        messages.insert(message.id, message);
        Ok(())
    })
    .await?;
    Ok(messages)
}

/// The numbers above a person's mark, up to the head.
struct Unread {
    conversation: ConversationId,
    above: u64,
    head: u64,
}

impl Unread {
    fn of(candidate: &Candidate, mark: &Mark) -> Self {
        Self {
            conversation: candidate.mailbox.conversation,
            above: mark.read_seq.max(candidate.unseen),
            head: candidate.head,
        }
    }

    fn count(&self) -> u64 {
        self.head.saturating_sub(self.above)
    }

    fn filter(&self, sender: UserId) -> Bson {
        let seqs = doc! { "$gt": integer(self.above), "$lte": integer(self.head) };
        let conversation = binary(self.conversation.as_bytes());
        Bson::from(doc! { "conversationId": conversation, "seq": seqs, "s": binary(sender.as_bytes()) })
    }
}

/// How many of the unread messages are the person's own, of each conversation.
async fn own_messages(
    collections: &Collections,
    user: UserId,
    unread: &[Unread],
) -> Result<HashMap<ConversationId, u64>, Failure> {
    let ranges: Vec<_> = unread
        .iter()
        .filter(|unread| unread.count() > 0)
        .map(|unread| unread.filter(user))
        .collect();
    let mut own = HashMap::with_capacity(ranges.len());
    if ranges.is_empty() {
        return Ok(own);
    }
    let count = [
        doc! { "$match": { "$or": ranges } },
        doc! { "$group": { "_id": "$conversationId", "n": { "$sum": 1_i64 } } },
    ];
    let aggregate = collections
        .messages
        .aggregate(count)
        .max_time(collections.connection.timeout());
    let mut cursor = aggregate.with_type::<RawDocumentBuf>().await?;
    while cursor.advance().await? {
        let found = cursor.current();
        own.insert(conversation(field(found, "_id")?)?, number(field(found, "n")?)?);
    }
    Ok(own)
}
