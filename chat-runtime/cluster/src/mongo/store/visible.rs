//! How far readers may look: up to the first hole, and no change before its effect.

use std::collections::HashMap;

use futures::try_join;
use mongodb::ClientSession;
use talkline_core::{
    conversation::{Change, Numbered as Place, visible_head},
    id::ConversationId,
    offset::Offset,
    port::Head,
};

use super::{
    Collections, change,
    effects::Effects,
    expiry, marks,
    tail::{self, Numbered, Tail},
};
use crate::mongo::{error::Failure, value::field};

/// The visible heads, in the order asked.
pub(super) async fn heads(collections: &Collections, conversations: &[ConversationId]) -> Result<Vec<Head>, Failure> {
    let marks = marks::of(collections, conversations).await?;
    let heads = of(collections, &marks).await?;
    Ok(conversations
        .iter()
        .map(|id| heads.get(id).copied().unwrap_or_default())
        .collect())
}

/// The visible heads of conversations with these marks.
async fn of(
    collections: &Collections,
    marks: &HashMap<ConversationId, Offset>,
) -> Result<HashMap<ConversationId, Head>, Failure> {
    let (messages, changes) = try_join!(
        tail::many(collections, Numbered::Messages, marks),
        change_heads(collections, marks.clone()),
    )?;
    // After the messages: those that a purge has removed meanwhile have expired.
    let expired = expiry::last(&collections.expiries, marks.keys().copied()).await?;
    let head = |id: &ConversationId| Head {
        seq: messages
            .get(id)
            .map_or(0, |tail| seq(tail, expiry::through(&expired, *id))),
        change_seq: changes.get(id).copied().unwrap_or_default(),
    };
    Ok(marks.keys().map(|id| (*id, head(id))).collect())
}

/// The newest visible message at the end of a conversation, of which the messages up to `expired` were visible.
pub(super) fn seq(tail: &Tail, expired: u64) -> u64 {
    let complete = tail.above.iter().map(|entry| Place {
        number: entry.number,
        complete: true,
    });
    visible_head(tail.below_mark().max(expired), complete)
}

/// The messages of a conversation that readers see: behind the first number, up to the second.
pub(super) async fn messages(
    collections: &Collections,
    session: &mut ClientSession,
    id: ConversationId,
) -> Result<(u64, u64), Failure> {
    let mark = mark(collections, id).await?;
    let tail = tail::one(collections, session, Numbered::Messages, id, mark).await?;
    // After the messages: those that a purge has removed meanwhile have expired.
    let expired = expiry::through(&expiry::last(&collections.expiries, [id]).await?, id);
    Ok((expired, seq(&tail, expired)))
}

/// A conversation's newest visible change.
pub(super) async fn newest_change(collections: &Collections, id: ConversationId) -> Result<u64, Failure> {
    let marks = HashMap::from([(id, mark(collections, id).await?)]);
    let heads = change_heads(collections, marks).await?;
    Ok(heads.get(&id).copied().unwrap_or_default())
}

/// The mark that counts for a conversation.
pub(super) async fn mark(collections: &Collections, id: ConversationId) -> Result<Offset, Failure> {
    let marks = marks::of(collections, &[id]).await?;
    Ok(marks.get(&id).copied().unwrap_or_default())
}

/// The newest visible change of each conversation.
async fn change_heads(
    collections: &Collections,
    mut marks: HashMap<ConversationId, Offset>,
) -> Result<HashMap<ConversationId, u64>, Failure> {
    let mut heads = HashMap::with_capacity(marks.len());
    while !marks.is_empty() {
        let tails = tail::many(collections, Numbered::Changes, &marks).await?;
        heads.extend(complete(collections, &tails).await?);
        marks = tail::overtaken(collections, &marks, &tails).await?;
    }
    Ok(heads)
}

/// The newest complete change at each end. Effects are read after the changes that made them.
pub(super) async fn complete(
    collections: &Collections,
    tails: &HashMap<ConversationId, Tail>,
) -> Result<HashMap<ConversationId, u64>, Failure> {
    let in_flight = tails.iter().map(|(id, tail)| Ok((*id, in_flight(tail)?)));
    let in_flight = in_flight.collect::<Result<HashMap<_, _>, Failure>>()?;
    let all: Vec<&Change> = in_flight.values().flatten().collect();
    let effects = Effects::read(collections, &all).await?;
    let head = |(id, tail): (&ConversationId, &Tail)| {
        let changes = in_flight.get(id).into_iter().flatten().map(|change| Place {
            number: change.change_seq,
            complete: effects.show(change),
        });
        (*id, visible_head(tail.below_mark(), changes))
    };
    Ok(tails.iter().map(head).collect())
}

/// The changes above the mark, ascending.
pub(super) fn in_flight(tail: &Tail) -> Result<Vec<Change>, Failure> {
    let bodies = tail
        .above
        .iter()
        .map(|entry| change::body(field(&entry.document, "b")?));
    bodies.collect()
}
