//! What is written into the index at once.
//!
//! Whoever writes, and however late: the text of the newest edit stays, and what was deleted does not come back. So
//! several may write at the same time, and do again what was done.

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use talkline_core::{id::MessageId, message::Message};

use super::{
    Collections,
    query::{edited, indexed},
};
use crate::mongo::{
    bulk::{self, Update},
    error::Failure,
    layout::INDEX,
    message,
    value::{binary, date, integer},
};

/// Brings messages in, as they are now.
pub(super) async fn write(collections: &Collections, messages: &[Message]) -> Result<(), Failure> {
    let documents: Vec<_> = messages.iter().filter_map(document).collect();
    let raw = documents
        .iter()
        .map(RawDocumentBuf::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let there = bulk::insert(&collections.index, &raw).await?;
    let updates = there.into_iter().filter_map(|place| documents.get(place)).map(newer);
    bulk::update(&collections.connection, INDEX, updates.collect()).await?;
    collections.connection.metrics.indexed.inc_by(messages.len() as u64);
    Ok(())
}

/// What the index has of a message: its words; of a deleted one that it is; nothing where there never was a text.
fn document(message: &Message) -> Option<Document> {
    let mut document = doc! {
        "_id": binary(message.id.as_bytes()),
        "conversationId": binary(message.conversation().as_bytes()),
    };
    if message.changes.deleted.is_some() {
        document.insert("d", true);
        return Some(document);
    }
    document.insert("seq", integer(message.seq));
    document.insert("s", binary(message.sender.as_bytes()));
    document.insert("t", date(message.created_at));
    if let Some(offset) = edited(message) {
        document.insert("e", integer(offset.get()));
    }
    document.insert("w", indexed(message.content.text.as_deref()?));
    Some(document)
}

/// Puts a document in the place of an older one.
fn newer(document: &Document) -> Update {
    let part = |name: &str| document.get(name).cloned().unwrap_or(Bson::Null);
    let filter = doc! { "_id": part("_id"), "conversationId": part("conversationId") };
    if document.contains_key("d") {
        let words = doc! { "seq": "", "s": "", "t": "", "e": "", "w": "" };
        return Update::of(filter, doc! { "$set": { "d": true }, "$unset": words });
    }
    let edited = document.get("e").cloned().unwrap_or(Bson::Int64(-1));
    let deleted = doc! { "$eq": [{ "$type": "$d" }, "bool"] };
    let stays = doc! { "$or": [deleted, { "$gt": [{ "$ifNull": ["$e", -1_i64] }, edited] }] };
    let replace = doc! { "$cond": [stays, "$$ROOT", { "$literal": document.clone() }] };
    Update::of(filter, vec![doc! { "$replaceWith": replace }])
}

/// Takes out messages that are gone altogether.
pub(super) async fn remove(collections: &Collections, messages: &[MessageId]) -> Result<(), Failure> {
    for some in messages.chunks(1_000) {
        collections.index.delete_many(message::filter(some)).await?;
    }
    Ok(())
}
