//! Pages of messages and changes: what is visible and has not expired.
//!
//! A page's bodies may come from a secondary. Its head comes from the primary, in the same causally consistent session,
//! so a secondary answers only once it has what the head was made of: a number never goes backwards, and what one wrote
//! or was told of is there.

use std::collections::HashMap;

use futures::try_join;
use mongodb::{
    ClientSession,
    bson::doc,
    options::{ReadPreference, SelectionCriteria},
};
use talkline_core::{
    id::{ConversationId, MessageId},
    message::Message,
    port::{Changes, Page, Range},
};

use super::{
    Collections, HistoryReads, change, expiry, marks, message,
    tail::{self, Numbered},
    visible,
};
use crate::mongo::{
    connection::{each, each_in},
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

/// Messages within `range`, ascending.
pub(super) async fn page(
    collections: &Collections,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Page, Failure> {
    let mut session = collections.session().await?;
    let (expired, head) = visible::messages(collections, &mut session, id).await?;
    let (lowest, highest, order) = match range {
        Range::Before { from, before } => (from, head.min(before.saturating_sub(1)), -1),
        Range::After { after } => (after.saturating_add(1), head, 1),
    };
    let lowest = lowest.max(expired + 1);
    if lowest > highest {
        return Ok(Page::default());
    }
    let seqs = doc! { "$gte": integer(lowest), "$lte": integer(highest) };
    let mut find = collections
        .messages
        .find(doc! { "conversationId": binary(id.as_bytes()), "seq": seqs })
        .sort(doc! { "seq": order })
        .limit(one_more(limit));
    if collections.history_reads == HistoryReads::SecondaryPreferred {
        let options = Default::default();
        find = find.selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::SecondaryPreferred {
            options,
        }));
    }
    let mut messages = Vec::new();
    each_in(&mut session, find, |document| {
        messages.push(message::read(document)?);
        Ok(())
    })
    .await?;
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    if order < 0 {
        messages.reverse();
    }
    Ok(Page { messages, has_more })
}

/// One more than wanted tells whether there are more.
fn one_more(limit: usize) -> i64 {
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
    // What has expired is read after the messages: one that is still there may have done so meanwhile.
    let (tails, expired) = try_join!(
        tail::many(collections, Numbered::Messages, &above),
        expiry::last(&collections.expiries, conversations.iter().copied()),
    )?;
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
