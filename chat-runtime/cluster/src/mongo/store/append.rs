//! Writing documents. They are append-only: the same one again is fine, another one in its place is a conflict.

use std::collections::HashMap;

use futures::try_join;
use mongodb::{
    action::Find,
    bson::{Bson, RawDocumentBuf, doc, raw::cstr},
    options::ReadConcern,
};
use talkline_core::{
    conversation::{Change, Docs, MemberEvent},
    id::{CommandId, ConversationId, MessageId},
    message::Message,
    port::Conflict,
};

use super::{Collections, change, expiry, member, message, rejection};
use crate::mongo::{
    bulk,
    connection::{Documents, each},
    error::{Failure, WRITE_CONFLICT},
    value::{binaries, binary},
};

/// Writes all documents but those that contradict stored ones. Their order does not matter to any reader, but for
/// expiries: what a change tells of must be so.
pub(super) async fn append(collections: &Collections, docs: &Docs) -> Result<Vec<Conflict>, Failure> {
    expiry::note(&collections.expiries, &docs.changes).await?;
    let (mut conflicts, changes, members, ()) = try_join!(
        messages(collections, &docs.messages),
        changes(collections, &docs.changes),
        members(collections, &docs.members),
        rejection::append(collections, &docs.rejections),
    )?;
    conflicts.extend(changes.into_iter().chain(members));
    Ok(conflicts)
}

/// Remembers why a conversation is not written to any more; the first reason stays.
pub(super) async fn quarantine(collections: &Collections, id: ConversationId, why: &str) -> Result<(), Failure> {
    let mut document = RawDocumentBuf::try_from(doc! { "_id": binary(id.as_bytes()) })?;
    document.append(cstr!("why"), why);
    bulk::insert(&collections.quarantine, &[document]).await.map(drop)
}

async fn messages(collections: &Collections, messages: &[Message]) -> Result<Vec<Conflict>, Failure> {
    let documents = messages.iter().map(message::write).collect::<Result<Vec<_>, _>>()?;
    let there = inserted(collections, &collections.messages, &documents, messages).await?;
    if there.is_empty() {
        return Ok(Vec::new());
    }
    let ids = binaries(there.iter().map(|message| &message.id.as_bytes()[..]));
    let mut stored: HashMap<MessageId, Message> = HashMap::new();
    each(latest(&collections.messages, ids), |document| {
        let message = message::read(document)?;
        stored.insert(message.id, message);
        Ok(())
    })
    .await?;
    // Apart from what changes have made of it.
    let identity = |m: &Message| {
        (
            m.id,
            m.seq,
            m.offset,
            m.sender,
            m.created_at,
            m.client_message_id.clone(),
        )
    };
    // One that is not there any more was purged since it stood in the way.
    let purged = expiry::begun(
        &collections.expiries,
        there.iter().map(|message| message.conversation()),
    )
    .await?;
    let others = there.into_iter().filter(|message| match stored.get(&message.id) {
        Some(stored) => identity(stored) != identity(message),
        None => !expiry::includes(&purged, message.conversation(), Some(message.seq), message.offset),
    });
    let conflict = |message: &Message| conflict(message.conversation(), format!("message {}", message.seq));
    Ok(others.map(conflict).collect())
}

async fn changes(collections: &Collections, changes: &[Change]) -> Result<Vec<Conflict>, Failure> {
    let documents = changes.iter().map(change::write).collect::<Result<Vec<_>, _>>()?;
    let there = inserted(collections, &collections.changes, &documents, changes).await?;
    if there.is_empty() {
        return Ok(Vec::new());
    }
    let ids = binaries(there.iter().map(|change| &change.id.as_bytes()[..]));
    let mut stored: HashMap<CommandId, Change> = HashMap::new();
    each(latest(&collections.changes, ids), |document| {
        let change = change::read(document)?;
        stored.insert(change.id, change);
        Ok(())
    })
    .await?;
    let identity = |change: &Change| (change.conversation, change.change_seq, change.offset);
    let purged = expiry::begun(&collections.expiries, there.iter().map(|change| change.conversation)).await?;
    let others = there.into_iter().filter(|change| match stored.get(&change.id) {
        Some(stored) => identity(stored) != identity(change),
        None => !expiry::includes(&purged, change.conversation, change.message_seq, change.offset),
    });
    let conflict = |change: &Change| conflict(change.conversation, format!("change {}", change.change_seq));
    Ok(others.map(conflict).collect())
}

async fn members(collections: &Collections, events: &[MemberEvent]) -> Result<Vec<Conflict>, Failure> {
    let documents: Vec<_> = events.iter().map(member::write).collect();
    let there = inserted(collections, &collections.members, &documents, events).await?;
    if there.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = there.iter().map(|event| member::key(event)).collect();
    let mut stored: Vec<MemberEvent> = Vec::with_capacity(there.len());
    each(
        latest(&collections.members, binaries(keys.iter().map(|key| &key[..]))),
        |document| {
            stored.push(member::read(document)?);
            Ok(())
        },
    )
    .await?;
    let stored: HashMap<_, _> = stored.iter().map(|event| (member::key(event), *event)).collect();
    let others = there
        .into_iter()
        .zip(keys)
        .filter(|(event, key)| stored.get(key) != Some(*event));
    let conflict =
        |(event, _): (&MemberEvent, _)| conflict(event.conversation, format!("membership event at {}", event.offset));
    Ok(others.map(conflict).collect())
}

/// Inserts documents, and gives those of `items` in whose place something stands.
async fn inserted<'i, T>(
    collections: &Collections,
    into: &Documents,
    documents: &[RawDocumentBuf],
    items: &'i [T],
) -> Result<Vec<&'i T>, Failure> {
    let there = bulk::insert(into, documents).await?;
    if !there.is_empty() {
        collections.connection.metrics.repeated("store.append", there.len());
    }
    let item = |place: usize| items.get(place).ok_or(Failure::Write { code: WRITE_CONFLICT });
    there.into_iter().map(item).collect()
}

/// The documents with these ids as they are this moment: what stood in the way may not be on a majority's disks yet.
/// (It is by the time that the insert returns, since that waits for everything before it.)
fn latest(collection: &Documents, ids: Vec<Bson>) -> Find<'_, RawDocumentBuf> {
    collection
        .by_ids(doc! { "_id": { "$in": ids } })
        .read_concern(ReadConcern::local())
}

fn conflict(conversation: ConversationId, what: String) -> Conflict {
    Conflict { conversation, what }
}
