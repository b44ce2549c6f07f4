//! Which messages have expired: what readers no longer see, and what is being removed.
//!
//! An expiry stands in a collection of its own beside its change, and before it: whoever sees the change sees what it did.

use std::collections::HashMap;

use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc, raw::cstr};
use talkline_core::{
    conversation::{Change, ChangeKind},
    id::ConversationId,
    offset::Offset,
};

use crate::mongo::{
    bulk,
    connection::{Documents, each},
    error::Failure,
    value::{self, binaries, conversation, field, integer, number, raw_binary},
};

/// Its documents are there, as far as nobody else has removed them.
pub(super) const NOTED: i64 = 0;
/// Its documents are being removed.
pub(super) const BEGUN: i64 = 1;
/// Its documents are gone.
pub(super) const DONE: i64 = 2;

/// An expiry, in its place in the log.
#[derive(Clone, Copy)]
pub(in crate::mongo) struct Expiry {
    pub(super) offset: Offset,
    /// The last message that is gone, by `seq`.
    pub(in crate::mongo) through: u64,
}

pub(super) fn key(id: ConversationId, offset: Offset) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(id.as_bytes());
    key[16..].copy_from_slice(&offset.get().to_be_bytes());
    key
}

/// Notes those of the changes that are expiries. One that is there is the same.
pub(super) async fn note(expiries: &Documents, changes: &[Change]) -> Result<(), Failure> {
    let documents: Vec<_> = changes.iter().filter_map(write).collect();
    bulk::insert(expiries, &documents).await.map(drop)
}

fn write(change: &Change) -> Option<RawDocumentBuf> {
    let ChangeKind::Expired { through } = change.kind else {
        return None;
    };
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(&key(change.conversation, change.offset)));
    document.append(cstr!("conversationId"), raw_binary(change.conversation.as_bytes()));
    document.append(cstr!("o"), integer(change.offset.get()));
    document.append(cstr!("h"), integer(through));
    document.append(cstr!("p"), NOTED);
    Some(document)
}

/// The last expiry of each conversation, of those that have one.
pub(in crate::mongo) async fn last(
    expiries: &Documents,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, Expiry>, Failure> {
    of(expiries, conversations, doc! {}).await
}

/// The last expiry below a place in the log.
pub(super) async fn last_below(
    expiries: &Documents,
    conversations: impl IntoIterator<Item = ConversationId>,
    below: Offset,
) -> Result<HashMap<ConversationId, Expiry>, Failure> {
    of(expiries, conversations, doc! { "o": { "$lt": integer(below.get()) } }).await
}

/// The last expiry whose documents may be gone.
pub(super) async fn begun(
    expiries: &Documents,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, Expiry>, Failure> {
    of(expiries, conversations, doc! { "p": { "$gte": BEGUN } }).await
}

async fn of(
    expiries: &Documents,
    conversations: impl IntoIterator<Item = ConversationId>,
    mut filter: Document,
) -> Result<HashMap<ConversationId, Expiry>, Failure> {
    let ids: Vec<_> = conversations.into_iter().collect();
    let mut last: HashMap<ConversationId, Expiry> = HashMap::new();
    if ids.is_empty() {
        return Ok(last);
    }
    filter.insert(
        "conversationId",
        doc! { "$in": binaries(ids.iter().map(|id| &id.as_bytes()[..])) },
    );
    each(expiries.find(filter), |found| {
        let (id, expiry) = read(found)?;
        let known = last.entry(id).or_insert(expiry);
        if known.offset < expiry.offset {
            *known = expiry;
        }
        Ok(())
    })
    .await?;
    Ok(last)
}

fn read(found: &RawDocument) -> Result<(ConversationId, Expiry), Failure> {
    let expiry = Expiry {
        offset: value::offset(field(found, "o")?)?,
        through: number(field(found, "h")?)?,
    };
    Ok((conversation(field(found, "conversationId")?)?, expiry))
}

/// Up to which message readers see nothing; 0 if they see all.
pub(super) fn through(expired: &HashMap<ConversationId, Expiry>, id: ConversationId) -> u64 {
    expired.get(&id).map_or(0, |expiry| expiry.through)
}

/// Whether a document of a message of this number, that stood at this place, is gone or going.
pub(super) fn includes(
    begun: &HashMap<ConversationId, Expiry>,
    id: ConversationId,
    seq: Option<u64>,
    at: Offset,
) -> bool {
    let expiry = begun.get(&id).zip(seq);
    expiry.is_some_and(|(expiry, seq)| seq <= expiry.through && at < expiry.offset)
}
