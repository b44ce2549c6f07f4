//! Pages of a conversation's messages.
//!
//! A page mostly says itself how far readers may look: what it has from below the mark is complete, and all before it; what it has from
//! above is visible if it follows on that without a hole. So it costs one question, and a small one for what has expired. Where it begins
//! with what is not visible, or has nothing from below the mark, the conversation's head is looked up first.
//!
//! Bodies that may come from a secondary always have their head first, from the primary and in the same causally consistent
//! session: so a secondary answers only once it has what the head was made of, a number never goes backwards, and what one
//! wrote or was told of is there.

use futures::try_join;
use mongodb::{
    action::Find,
    bson::{Document, RawDocumentBuf, doc},
    options::{ReadPreference, SelectionCriteria},
};
use talkline_core::{
    conversation::{Numbered, visible_head},
    id::ConversationId,
    message::Message,
    offset::Offset,
    port::{Page, Range},
};

use super::{Collections, HistoryReads, expiry, message, visible};
use crate::mongo::{
    connection::{each, each_in},
    error::Failure,
    value::{binary, integer},
};

/// Messages within `range`, ascending.
pub(super) async fn page(
    collections: &Collections,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Page, Failure> {
    if collections.history_reads == HistoryReads::Primary
        && let Some(page) = in_one(collections, id, range, limit).await?
    {
        return Ok(page);
    }
    behind_head(collections, id, range, limit).await
}

/// A page that says itself how far readers may look; none if it does not.
async fn in_one(
    collections: &Collections,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Option<Page>, Failure> {
    let mark = visible::mark(collections, id).await?;
    let seqs = match range {
        Range::Before { from, before } => doc! { "$gte": integer(from), "$lt": integer(before) },
        Range::After { after } => doc! { "$gt": integer(after) },
    };
    let read = async {
        let mut found = Vec::new();
        each(find(collections, id, seqs, range, limit), |document| {
            found.push(message::read(document)?);
            Ok(())
        })
        .await?;
        Ok(found)
    };
    let (found, expired) = try_join!(read, expiry::last(&collections.expiries, [id]))?;
    Ok(judged(found, range, limit, mark, expiry::through(&expired, id)))
}

/// What readers see of a page, found in the order in which its range begins; none if that does not follow from it.
fn judged(found: Vec<Message>, range: Range, limit: usize, mark: Offset, expired: u64) -> Option<Page> {
    let Some(first) = found.first().map(|message| message.seq) else {
        return Some(Page::default());
    };
    let below = found.iter().filter(|message| message.offset < mark);
    let below = below.map(|message| message.seq).max()?;
    let mut above: Vec<u64> = found
        .iter()
        .map(|message| message.seq)
        .filter(|seq| *seq > below)
        .collect();
    above.sort_unstable();
    let complete = above.into_iter().map(|number| Numbered { number, complete: true });
    let head = visible_head(below, complete);
    if first > head || first <= expired {
        return None;
    }
    let mut messages = found;
    messages.retain(|message| message.seq > expired && message.seq <= head);
    Some(cut(messages, range, limit))
}

/// A page behind the conversation's head.
async fn behind_head(
    collections: &Collections,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Page, Failure> {
    let mut session = collections.session().await?;
    let (expired, head) = visible::messages(collections, &mut session, id).await?;
    let (lowest, highest) = match range {
        Range::Before { from, before } => (from, head.min(before.saturating_sub(1))),
        Range::After { after } => (after.saturating_add(1), head),
    };
    let lowest = lowest.max(expired + 1);
    if lowest > highest {
        return Ok(Page::default());
    }
    let seqs = doc! { "$gte": integer(lowest), "$lte": integer(highest) };
    let mut find = find(collections, id, seqs, range, limit);
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
    Ok(cut(messages, range, limit))
}

/// The question for a page, from where its range begins. One more than wanted tells whether there are more.
fn find(
    collections: &Collections,
    id: ConversationId,
    seqs: Document,
    range: Range,
    limit: usize,
) -> Find<'_, RawDocumentBuf> {
    let order = match range {
        Range::Before { .. } => -1,
        Range::After { .. } => 1,
    };
    collections
        .messages
        .find(doc! { "conversationId": binary(id.as_bytes()), "seq": seqs })
        .sort(doc! { "seq": order })
        .limit(super::history::one_more(limit))
}

fn cut(mut messages: Vec<Message>, range: Range, limit: usize) -> Page {
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    if let Range::Before { .. } = range {
        messages.reverse();
    }
    Page { messages, has_more }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use talkline_core::{
        id::{MessageId, UserId},
        message::{Content, Projection},
        time::Timestamp,
    };

    use super::*;

    /// Message `seq`, at an offset ten times as high.
    fn message(seq: u64) -> Message {
        Message {
            id: MessageId::from_bytes([0; 28]),
            seq,
            offset: Offset::new(0, seq * 10),
            sender: UserId::from_bytes([0; 16]),
            client_message_id: String::new(),
            created_at: Timestamp::default(),
            content: Content::default(),
            changes: Projection::default(),
        }
    }

    /// What is stored of `stored`, in the order and the number of the question for a page.
    fn asked(stored: &BTreeSet<u64>, range: Range, limit: usize) -> Vec<Message> {
        let found: Vec<u64> = match range {
            Range::Before { from, before } => stored.range(from..before).rev().copied().collect(),
            Range::After { after } => stored.range(after + 1..).copied().collect(),
        };
        found.into_iter().take(limit + 1).map(message).collect()
    }

    fn seqs(page: &Page) -> (Vec<u64>, bool) {
        (page.messages.iter().map(|message| message.seq).collect(), page.has_more)
    }

    prop_compose! {
        /// Which messages of a conversation are stored, how many of them below the mark, and how many have expired. Those of either
        /// kind are all there, but for what is purged of both; of the rest some are.
        fn conversation()(
            length in 0_u64..20,
            marked in 0_u64..20,
            expired in 0_u64..20,
            purged in 0_u64..20,
            holes in prop::collection::btree_set(1_u64..20, 0..6),
        ) -> (BTreeSet<u64>, u64, u64) {
            let marked = marked.min(length);
            let expired = expired.min(length);
            let purged = purged.min(expired).min(marked);
            let stored = (purged + 1..=length).filter(|seq| *seq <= marked.max(expired) || !holes.contains(seq));
            (stored.collect(), marked, expired)
        }
    }

    fn range() -> impl Strategy<Value = Range> {
        prop_oneof![
            (0_u64..20, 0_u64..22).prop_map(|(from, before)| Range::Before {
                from: from.min(before),
                before
            }),
            (0_u64..22).prop_map(|after| Range::After { after }),
        ]
    }

    proptest! {
        #[test]
        fn a_page_that_says_itself_what_is_visible_says_what_the_head_does(
            (stored, marked, expired) in conversation(),
            range in range(),
            limit in 1_usize..6,
        ) {
            let mark = Offset::new(0, marked * 10 + 5);
            let above = stored.range(marked + 1..).map(|number| Numbered { number: *number, complete: true });
            let head = visible_head(marked.max(expired), above);
            let visible = stored.iter().copied().filter(|seq| *seq > expired && *seq <= head).collect();
            let truth = cut(asked(&visible, range, limit), range, limit);
            if let Some(page) = judged(asked(&stored, range, limit), range, limit, mark, expired) {
                prop_assert_eq!(seqs(&page), seqs(&truth));
            }
        }
    }

    #[test]
    fn a_page_with_something_below_the_mark_needs_no_head() {
        let stored = (1..=100).collect();
        for (range, mark) in [
            (
                Range::Before {
                    from: 0,
                    before: u64::MAX,
                },
                990,
            ),
            (Range::Before { from: 0, before: 50 }, 2_000),
            (Range::After { after: 95 }, 970),
        ] {
            let page = judged(asked(&stored, range, 50), range, 50, Offset::new(0, mark), 0);
            assert!(page.is_some_and(|page| !page.messages.is_empty()), "{range:?}");
        }
        let range = Range::After { after: 95 };
        assert!(judged(asked(&stored, range, 50), range, 50, Offset::new(0, 950), 0).is_none());
    }
}
