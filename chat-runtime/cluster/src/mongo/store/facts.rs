//! What a worker must know before it can judge a batch.
//!
//! All questions go out at once, and those that ask for nothing do not go out: a batch whose conversations are at hand
//! costs one round trip. They need no common snapshot: what lies below the position is complete and never changes, and
//! what lies above it carries its own offset, by which it is judged.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures::try_join;
use mongodb::bson::doc;
use talkline_core::{
    conversation::{CommandFact, Conversation, Facts, FactsQuery, MessageFact},
    id::{CommandId, ConversationId, MessageId},
    offset::Offset,
};

use super::{
    Collections, member, membership, message,
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
    Ok(Facts {
        conversations,
        messages,
        commands,
        quarantined,
    })
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
    let (titles, events, seqs, change_seqs) = try_join!(
        membership::titles(collections, list.iter().copied(), position),
        member::events(collections, &list, position),
        highest_below(collections, Numbered::Messages, list.iter().copied(), position),
        highest_below(collections, Numbered::Changes, list.iter().copied(), position),
    )?;
    let state = |(id, title): (ConversationId, membership::Title)| {
        let created = title.created.filter(|created| created.offset < position)?;
        let members = member::after(events.get(&id).map(Vec::as_slice).unwrap_or_default());
        let state = Conversation {
            kind: Some(created.kind),
            open_history: created.open_history,
            seq: seqs.get(&id).copied().unwrap_or_default(),
            change_seq: change_seqs.get(&id).copied().unwrap_or_default(),
            membership: members.membership,
            members: Arc::clone(&members.members),
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
