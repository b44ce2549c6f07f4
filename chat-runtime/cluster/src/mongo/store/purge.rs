//! Removing what has expired, in small steps, and finding what is to expire next.
//!
//! A purge says so on a majority's disks before it removes anything, so that a worker which is late is told. Any number may
//! run it. What a worker that is late beyond all measure writes again is hidden like what it was, and goes with the
//! conversation's next expiry.

use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc, raw::cstr};
use talkline_core::{
    id::ConversationId,
    offset::Offset,
    port::{Due, Overdue, Purged},
    time::Timestamp,
};

use super::{
    Collections,
    expiry::{self, BEGUN, DONE, Expiry},
    marks, visible,
};
use crate::mongo::{
    bulk::{self, Update},
    connection::{Documents, each},
    error::Failure,
    layout::EXPIRIES,
    value::{binary, bytes, conversation, date, field, integer, number, raw_binary, time},
};

/// The most messages of one conversation that are looked at in one go.
const LOOKED_AT: i64 = 5_000;

/// Removes up to `limit` documents.
pub(super) async fn purge(collections: &Collections, limit: usize) -> Result<Purged, Failure> {
    let mut purged = Purged::default();
    for id in to_purge(collections, limit).await? {
        let Some(expiry) = begin(collections, id).await? else {
            continue;
        };
        let left = |purged: &Purged| limit - purged.messages - purged.changes;
        purged.messages += messages(collections, id, expiry, left(&purged)).await?;
        purged.changes += changes(collections, id, expiry, left(&purged)).await?;
        if left(&purged) == 0 {
            purged.more = true;
            break;
        }
        set(collections, id, expiry.offset, DONE).await?;
    }
    Ok(purged)
}

async fn to_purge(collections: &Collections, limit: usize) -> Result<Vec<ConversationId>, Failure> {
    let mut ids = Vec::new();
    let waiting = collections.expiries.find(doc! { "p": { "$lt": DONE } });
    let limit = i64::try_from(limit.max(1)).unwrap_or(i64::MAX);
    each(waiting.limit(limit), |found| {
        ids.push(conversation(field(found, "conversationId")?)?);
        Ok(())
    })
    .await?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The last expiry below the mark, if there is one to purge. Earlier ones count no more: nobody goes back below the mark
/// who is not told so from now on.
async fn begin(collections: &Collections, id: ConversationId) -> Result<Option<Expiry>, Failure> {
    let mark = marks::now(collections, id).await?;
    let last = expiry::last_below(&collections.expiries, [id], mark).await?;
    let Some(expiry) = last.get(&id).copied() else {
        return Ok(None);
    };
    let begun = set(collections, id, expiry.offset, BEGUN).await?;
    let earlier = doc! { "conversationId": binary(id.as_bytes()), "o": { "$lt": integer(expiry.offset.get()) } };
    collections.expiries.delete_many(earlier).await?;
    Ok(begun.then_some(expiry))
}

/// Says how far a purge is; false if it is done already.
async fn set(collections: &Collections, id: ConversationId, at: Offset, purge: i64) -> Result<bool, Failure> {
    let mine = doc! { "_id": binary(&expiry::key(id, at)), "conversationId": binary(id.as_bytes()) };
    let raise = doc! { "$max": { "p": purge } };
    bulk::update(&collections.connection, EXPIRIES, vec![Update::of(mine.clone(), raise)]).await?;
    let state = collections
        .expiries
        .one(mine, |found| number(field(found, "p")?))
        .await?;
    Ok(state.is_some_and(|state| state == purge as u64))
}

async fn messages(
    collections: &Collections,
    id: ConversationId,
    expiry: Expiry,
    limit: usize,
) -> Result<usize, Failure> {
    let old = doc! { "conversationId": binary(id.as_bytes()), "seq": { "$lte": integer(expiry.through) } };
    let found = some(&collections.messages, old, doc! { "seq": 1 }, limit, |found| {
        remembered(found, id)
    })
    .await?;
    bulk::insert(&collections.purged, &found).await?;
    remove(&collections.messages, id, &found).await
}

/// What is left of a message, by which its retry is known.
fn remembered(message: &RawDocument, id: ConversationId) -> Result<RawDocumentBuf, Failure> {
    let mut left = RawDocumentBuf::new();
    left.append(cstr!("_id"), raw_binary(bytes(field(message, "_id")?)?));
    left.append(cstr!("conversationId"), raw_binary(id.as_bytes()));
    left.append(cstr!("seq"), integer(number(field(message, "seq")?)?));
    left.append(cstr!("o"), integer(number(field(message, "o")?)?));
    Ok(left)
}

/// Those of messages that are gone, and earlier expiries.
async fn changes(
    collections: &Collections,
    id: ConversationId,
    expiry: Expiry,
    limit: usize,
) -> Result<usize, Failure> {
    let old = doc! {
        "conversationId": binary(id.as_bytes()),
        "b.messageSeq": { "$lte": integer(expiry.through) },
        "o": { "$lt": integer(expiry.offset.get()) },
    };
    let found = some(&collections.changes, old, doc! { "b.messageSeq": 1 }, limit, |found| {
        let mut left = RawDocumentBuf::new();
        left.append(cstr!("_id"), raw_binary(bytes(field(found, "_id")?)?));
        Ok(left)
    })
    .await?;
    remove(&collections.changes, id, &found).await
}

/// What `read` makes of up to `limit` documents, in the order of an index.
async fn some(
    of: &Documents,
    filter: Document,
    order: Document,
    limit: usize,
    read: impl Fn(&RawDocument) -> Result<RawDocumentBuf, Failure>,
) -> Result<Vec<RawDocumentBuf>, Failure> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok(found);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let find = of.find(filter).sort(order).limit(limit);
    each(find.projection(doc! { "seq": 1, "o": 1 }), |document| {
        found.push(read(document)?);
        Ok(())
    })
    .await?;
    Ok(found)
}

async fn remove(from: &Documents, id: ConversationId, documents: &[RawDocumentBuf]) -> Result<usize, Failure> {
    if documents.is_empty() {
        return Ok(0);
    }
    let ids = documents
        .iter()
        .map(|document| Ok(binary(bytes(field(document, "_id")?)?)));
    let ids: Vec<Bson> = ids.collect::<Result<_, Failure>>()?;
    let these = doc! { "_id": { "$in": ids }, "conversationId": binary(id.as_bytes()) };
    let removed = from.delete_many(these).await?;
    Ok(usize::try_from(removed.deleted_count).unwrap_or(usize::MAX))
}

/// Looks at the next conversations behind `after`.
pub(super) async fn overdue(
    collections: &Collections,
    before: Timestamp,
    after: Option<ConversationId>,
    limit: usize,
) -> Result<Overdue, Failure> {
    let behind = after.map_or(doc! { "$gte": binary(&[]) }, |id| doc! { "$gt": binary(id.as_bytes()) });
    let next = collections.conversations.find(doc! { "_id": behind });
    let mut ids = Vec::new();
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    each(
        next.sort(doc! { "_id": 1 }).limit(most).projection(doc! { "_id": 1 }),
        |found| {
            ids.push(conversation(field(found, "_id")?)?);
            Ok(())
        },
    )
    .await?;
    let mut conversations = Vec::new();
    for id in &ids {
        conversations.extend(due(collections, *id, before).await?);
    }
    let next = ids.last().copied().filter(|_| ids.len() == limit);
    Ok(Overdue { conversations, next })
}

async fn due(collections: &Collections, id: ConversationId, before: Timestamp) -> Result<Option<Due>, Failure> {
    let expired = expiry::through(&expiry::last(&collections.expiries, [id]).await?, id);
    let kept = doc! { "conversationId": binary(id.as_bytes()), "seq": { "$gt": integer(expired) } };
    let oldest = collections.messages.find(kept).sort(doc! { "seq": 1 });
    let (mut through, mut looked_at, mut is_old) = (expired, 0, true);
    each(
        oldest.limit(LOOKED_AT).projection(doc! { "seq": 1, "t": 1 }),
        |message| {
            is_old &= time(field(message, "t")?)? < before;
            if is_old {
                through = number(field(message, "seq")?)?;
                looked_at += 1;
            }
            Ok(())
        },
    )
    .await?;
    if through == expired {
        return Ok(None);
    }
    // What lies above a hole is nobody's yet.
    let heads = visible::heads(collections, &[id]).await?;
    let through = through.min(heads.first().map_or(0, |head| head.seq));
    Ok((through > expired).then_some(Due {
        conversation: id,
        through,
        more: looked_at == LOOKED_AT,
    }))
}

/// Removes rejections from before a time, the oldest first.
pub(super) async fn forget_rejections(
    collections: &Collections,
    before: Timestamp,
    limit: usize,
) -> Result<usize, Failure> {
    let old = collections.rejections.find(doc! { "t": { "$lt": date(before) } });
    let mut ids: Vec<Bson> = Vec::new();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    each(
        old.sort(doc! { "t": 1 }).limit(limit).projection(doc! { "_id": 1 }),
        |found| {
            ids.push(binary(bytes(field(found, "_id")?)?));
            Ok(())
        },
    )
    .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let removed = collections
        .rejections
        .delete_many(doc! { "_id": { "$in": ids } })
        .await?;
    Ok(usize::try_from(removed.deleted_count).unwrap_or(usize::MAX))
}
