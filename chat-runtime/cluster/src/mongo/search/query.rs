//! Asking the index.
//!
//! Each question goes through the index of conversation and word. The newest of what is found are picked by the server in
//! memory: the beginning of a word is a range of words, in which no order by time can lie.

use std::collections::HashMap;

use mongodb::bson::{Bson, Document, RawDocument, doc};
use talkline_core::{
    id::MessageId,
    message::Message,
    offset::Offset,
    port::{Hit, Place, Scope, SearchPage, SearchQuery},
};

use super::{Collections, words::Typed};
use crate::mongo::{
    connection::each,
    error::Failure,
    store::expiry,
    value::{self, binaries, binary, bytes, date, field, integer, number, time},
};

/// Conversations of one question.
const SCOPES: usize = 500;

/// A page of hits.
pub(super) async fn page(collections: &Collections, query: &SearchQuery, limit: usize) -> Result<SearchPage, Failure> {
    let Some(typed) = Typed::read(&query.text) else {
        return Ok(SearchPage::default());
    };
    let mut hits = Vec::new();
    for scopes in query.scopes.chunks(SCOPES) {
        let scopes = unexpired(collections, scopes).await?;
        let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let find = collections
            .index
            .find(filter(query, &typed, &scopes))
            .projection(doc! { "w": 0 });
        each(find.sort(doc! { "t": -1, "_id": -1 }).limit(most), |found| {
            hits.push(hit(found)?);
            Ok(())
        })
        .await?;
    }
    hits.sort_unstable_by_key(|hit| std::cmp::Reverse(hit.place));
    let has_more = hits.len() > limit;
    hits.truncate(limit);
    highlight(collections, &typed, &mut hits).await?;
    Ok(SearchPage { hits, has_more })
}

/// The scopes without what has expired: that leaves the index when it is purged.
async fn unexpired(collections: &Collections, scopes: &[Scope]) -> Result<Vec<Scope>, Failure> {
    let ids = scopes.iter().map(|scope| scope.conversation);
    let expired = expiry::last(&collections.expiries, ids).await?;
    let narrowed = scopes.iter().map(|scope| Scope {
        history_from: expired
            .get(&scope.conversation)
            .map_or(scope.history_from, |expiry| scope.history_from.max(expiry.through + 1)),
        ..*scope
    });
    Ok(narrowed.collect())
}

fn filter(query: &SearchQuery, typed: &Typed, scopes: &[Scope]) -> Document {
    let ids = binaries(scopes.iter().map(|scope| &scope.conversation.as_bytes()[..]));
    let beginning = doc! { "$gte": &typed.beginning, "$lt": format!("{}\u{10ffff}", typed.beginning) };
    let mut all = vec![
        doc! { "conversationId": { "$in": ids } },
        doc! { "w": { "$elemMatch": beginning } },
        visible(scopes),
    ];
    all.extend(typed.whole.iter().map(|word| doc! { "w": word }));
    all.extend(query.sender.map(|sender| doc! { "s": binary(sender.as_bytes()) }));
    all.extend(query.before.map(|before| doc! { "t": { "$lt": date(before) } }));
    all.extend(query.after.map(|after| doc! { "t": { "$gt": date(after) } }));
    all.extend(query.behind.as_ref().map(behind));
    doc! { "$and": all }
}

/// What may be seen, where that is not all of a conversation.
fn visible(scopes: &[Scope]) -> Document {
    let (all, late): (Vec<&Scope>, Vec<&Scope>) = scopes.iter().partition(|scope| scope.history_from <= 1);
    let ids = binaries(all.iter().map(|scope| &scope.conversation.as_bytes()[..]));
    let mut any = vec![doc! { "conversationId": { "$in": ids } }];
    any.extend(late.iter().map(|scope| {
        let conversation = binary(scope.conversation.as_bytes());
        doc! { "conversationId": conversation, "seq": { "$gte": integer(scope.history_from) } }
    }));
    doc! { "$or": any }
}

fn behind(place: &Place) -> Document {
    let at = date(place.created_at);
    let same = doc! { "t": at, "_id": { "$lt": binary(place.message.as_bytes()) } };
    doc! { "$or": [{ "t": { "$lt": at } }, same] }
}

fn hit(found: &RawDocument) -> Result<Hit, Failure> {
    let message = MessageId::from_slice(bytes(field(found, "_id")?)?);
    Ok(Hit {
        place: Place {
            created_at: time(field(found, "t")?)?,
            message: message.map_err(|_| Failure::Corrupt("an indexed message's id has another length"))?,
        },
        seq: number(field(found, "seq")?)?,
        edited: found.get("e")?.map(value::offset).transpose()?,
        highlight: Vec::new(),
    })
}

/// Looks the words up in the texts, which the index has not. A message that was changed since it was indexed has none to
/// show: that it was can be seen by [`Hit::edited`].
async fn highlight(collections: &Collections, typed: &Typed, hits: &mut [Hit]) -> Result<(), Failure> {
    let ids = hits.iter().map(|hit| hit.place.message);
    let messages: HashMap<MessageId, Message> = collections.messages(ids).await?;
    for hit in hits {
        let message = messages
            .get(&hit.place.message)
            .filter(|message| edited(message) == hit.edited);
        let text = message.and_then(|message| message.content.text.as_deref());
        hit.highlight = text.map(|text| typed.places(text)).unwrap_or_default();
    }
    Ok(())
}

/// The offset of the edit whose text a message has.
pub(super) fn edited(message: &Message) -> Option<Offset> {
    message.changes.edited.map(|(offset, _)| offset)
}

/// The words of a text as the index has them.
pub(super) fn indexed(text: &str) -> Vec<Bson> {
    let mut words: Vec<_> = super::words::words(text).into_iter().map(|word| word.folded).collect();
    words.sort_unstable();
    words.dedup();
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .map(Bson::from)
        .collect()
}
