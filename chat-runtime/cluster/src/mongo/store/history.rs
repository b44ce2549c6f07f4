//! Messages by their ids, and changes: what is visible and has not expired.

use std::collections::HashMap;

use mongodb::{ClientSession, bson::doc};
use talkline_core::{
    id::{ConversationId, MessageId},
    message::Message,
    port::Changes,
};

use super::{
    Collections, change, expiry, marks, message,
    tail::{self, Numbered},
    visible,
};
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{binary, integer},
};

impl Collections {
    /// A session in which each read sees what the one before it saw.
    pub(super) async fn session(&self) -> Result<ClientSession, Failure> {
        Ok(self
            .connection
            .client()
            .start_session()
            .causal_consistency(true)
            .await?)
    }
}

/// One more than wanted tells whether there are more.
pub(super) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)
}

/// Messages by id, those that are visible, in the order asked. What is below its partition's mark is.
pub(super) async fn messages(collections: &Collections, ids: &[MessageId]) -> Result<Vec<Message>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let conversations: Vec<_> = ids.iter().map(MessageId::conversation).collect();
    let marks = marks::of(collections, &conversations).await?;
    let mut found = HashMap::with_capacity(ids.len());
    each(collections.messages.by_ids(message::filter(ids)), |document| {
        let message = message::read(document)?;
        found.insert(message.id, message);
        Ok(())
    })
    .await?;
    let above = found
        .values()
        .map(|message: &Message| (message.conversation(), message.offset));
    let above = above.filter_map(|(id, offset)| Some((id, *marks.get(&id)?)).filter(|(_, mark)| offset >= *mark));
    let above = above.collect();
    let tails = tail::many(collections, Numbered::Messages, &above).await?;
    // After the messages: one that is still there may have expired meanwhile, and one that a purge has removed has.
    let expired = expiry::last(&collections.expiries, conversations.iter().copied()).await?;
    let visible = |message: &Message| {
        let id = message.conversation();
        let expired = expiry::through(&expired, id);
        let shown = tails
            .get(&id)
            .is_none_or(|tail| message.seq <= visible::seq(tail, expired));
        shown && message.seq > expired
    };
    found.retain(|_, message| visible(message));
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Changes above `after`, ascending.
pub(super) async fn changes(
    collections: &Collections,
    id: ConversationId,
    after: u64,
    limit: usize,
) -> Result<Changes, Failure> {
    let head = visible::newest_change(collections, id).await?;
    if after >= head {
        return Ok(Changes::default());
    }
    let seqs = doc! { "$gt": integer(after), "$lte": integer(head) };
    let find = collections
        .changes
        .find(doc! { "conversationId": binary(id.as_bytes()), "changeSeq": seqs })
        .sort(doc! { "changeSeq": 1 });
    let expired = expiry::through(&expiry::last(&collections.expiries, [id]).await?, id);
    let (mut changes, mut has_more) = (Vec::new(), false);
    let mut cursor = find
        .batch_size(u32::try_from(one_more(limit)).unwrap_or(u32::MAX))
        .await?;
    while cursor.advance().await? {
        let change = change::read(cursor.current())?;
        if !change.outlives(expired) {
            continue;
        }
        if changes.len() == limit {
            has_more = true;
            break;
        }
        changes.push(change);
    }
    Ok(Changes { changes, has_more })
}
