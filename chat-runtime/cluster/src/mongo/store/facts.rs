//! What a worker must know before it can judge a batch.
//!
//! All questions go out at once, and those that ask for nothing do not go out. They need no common snapshot: what lies
//! below the position is complete and never changes, and what lies above it carries its own offset, by which it is judged.
//! Only what was purged is asked for last, in a round trip of its own: what was missing before may have been removed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures::try_join;
use mongodb::bson::doc;
use talkline_core::{
    conversation::{CommandFact, Conversation, Facts, FactsQuery, MessageFact},
    id::{CommandId, ConversationId, MessageId, UserId},
    offset::Offset,
};

use super::{
    Collections, expiry, member, membership, message,
    tail::{Numbered, highest_below},
};
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{self, binaries, conversation, field, number, user},
};

/// The answer.
pub(super) async fn facts(collections: &Collections, query: &FactsQuery) -> Result<Facts, Failure> {
    let (conversations, messages, commands, quarantined) = try_join!(
        conversations(collections, &query.conversations, query.position),
        messages(collections, &query.messages),
        commands(collections, &query.commands, &query.touched),
        quarantined(collections, &query.touched),
    )?;
    let facts = Facts {
        conversations,
        messages,
        commands,
        quarantined,
        ..Facts::default()
    };
    without_the_purged(collections, query, facts).await
}

/// Adds what is left of purged messages, and says which conversations are settled.
async fn without_the_purged(collections: &Collections, query: &FactsQuery, mut facts: Facts) -> Result<Facts, Failure> {
    let begun = expiry::begun(&collections.expiries, query.touched.iter().copied()).await?;
    if begun.is_empty() {
        return Ok(facts);
    }
    let missing: Vec<_> = query
        .messages
        .iter()
        .filter(|id| !facts.messages.contains_key(id) && begun.contains_key(&id.conversation()))
        .collect();
    if !missing.is_empty() {
        each(collections.purged.by_ids(message::filter(missing)), |found| {
            let fact = MessageFact {
                offset: value::offset(field(found, "o")?)?,
                seq: number(field(found, "seq")?)?,
                sender: UserId::NOBODY,
                deleted: None,
            };
            facts.messages.insert(message::id(field(found, "_id")?)?, fact);
            Ok(())
        })
        .await?;
    }
    for (id, expiry) in begun {
        if expiry.offset >= query.position {
            let as_of = conversations(collections, &HashSet::from([id]), expiry.offset.next()).await?;
            facts.conversations.extend(as_of);
            facts.settled.insert(id, expiry.offset);
        }
    }
    Ok(facts)
}

/// The conversations as if nothing at `position` or above had been written.
async fn conversations(
    collections: &Collections,
    ids: &HashSet<ConversationId>,
    position: Offset,
) -> Result<HashMap<ConversationId, Conversation>, Failure> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let list: Vec<_> = ids.iter().copied().collect();
    let (titles, events, seqs, change_seqs, expired) = try_join!(
        membership::titles(collections, list.iter().copied(), position),
        member::events(collections, &list, position),
        highest_below(collections, Numbered::Messages, list.iter().copied(), position),
        highest_below(collections, Numbered::Changes, list.iter().copied(), position),
        expiry::last_below(&collections.expiries, list.iter().copied(), position),
    )?;
    let state = |(id, title): (ConversationId, membership::Title)| {
        let created = title.created.filter(|created| created.offset < position)?;
        let members = member::after(events.get(&id).map(Vec::as_slice).unwrap_or_default());
        let expired = expiry::through(&expired, id);
        let state = Conversation {
            kind: Some(created.kind),
            open_history: created.open_history,
            seq: seqs.get(&id).copied().unwrap_or_default().max(expired),
            change_seq: change_seqs.get(&id).copied().unwrap_or_default(),
            membership: members.membership,
            members: Arc::clone(&members.members),
            expired,
        };
        Some((id, state))
    };
    Ok(titles.into_iter().filter_map(state).collect())
}

async fn messages(
    collections: &Collections,
    ids: &HashSet<MessageId>,
) -> Result<HashMap<MessageId, MessageFact>, Failure> {
    let mut facts = HashMap::new();
    if ids.is_empty() {
        return Ok(facts);
    }
    let decides = doc! { "seq": 1, "o": 1, "s": 1, "d": 1 };
    let find = collections.messages.by_ids(message::filter(ids)).projection(decides);
    each(find, |found| {
        let fact = MessageFact {
            offset: value::offset(field(found, "o")?)?,
            seq: number(field(found, "seq")?)?,
            sender: user(field(found, "s")?)?,
            deleted: found
                .get("d")?
                .map(message::read_word)
                .transpose()?
                .map(|(offset, _)| offset),
        };
        facts.insert(message::id(field(found, "_id")?)?, fact);
        Ok(())
    })
    .await?;
    Ok(facts)
}

async fn commands(
    collections: &Collections,
    ids: &HashSet<CommandId>,
    touched: &HashSet<ConversationId>,
) -> Result<HashMap<CommandId, CommandFact>, Failure> {
    let mut facts = HashMap::new();
    if ids.is_empty() {
        return Ok(facts);
    }
    let mut filter = doc! { "_id": { "$in": binaries(ids.iter().map(|id| &id.as_bytes()[..])) } };
    if !touched.is_empty() {
        let touched = binaries(touched.iter().map(|id| &id.as_bytes()[..]));
        filter.insert("conversationId", doc! { "$in": touched });
    }
    let decides = doc! { "changeSeq": 1, "o": 1 };
    each(collections.changes.by_ids(filter).projection(decides), |found| {
        let id = CommandId::from_slice(value::bytes(field(found, "_id")?)?);
        let id = id.map_err(|_| Failure::Corrupt("a stored change's id has another length"))?;
        let fact = CommandFact {
            offset: value::offset(field(found, "o")?)?,
            change_seq: number(field(found, "changeSeq")?)?,
        };
        facts.insert(id, fact);
        Ok(())
    })
    .await?;
    Ok(facts)
}

async fn quarantined(
    collections: &Collections,
    touched: &HashSet<ConversationId>,
) -> Result<HashSet<ConversationId>, Failure> {
    let mut found = HashSet::new();
    if touched.is_empty() {
        return Ok(found);
    }
    let ids = binaries(touched.iter().map(|id| &id.as_bytes()[..]));
    let find = collections.quarantine.by_ids(doc! { "_id": { "$in": ids } });
    each(find.projection(doc! { "_id": 1 }), |document| {
        found.insert(conversation(field(document, "_id")?)?);
        Ok(())
    })
    .await?;
    Ok(found)
}
