//! Who is in a conversation, and what it is called.
//!
//! The events of one change are documents of their own and arrive one by one. Whoever keeps a membership compares the
//! place of its last change, so a change counts only once all of its events are there, and none before it is missing.

use std::collections::{HashMap, HashSet};

use futures::try_join;
use mongodb::bson::{RawDocument, doc};
use talkline_core::{
    conversation::{Kind, MemberEvent},
    id::ConversationId,
    offset::Offset,
    port::Membership,
    time::Timestamp,
};

use super::{
    Collections, marks, member,
    project::kind_number,
    tail::{self, Numbered, Tail},
    visible::in_flight,
};
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{self, binaries, boolean, conversation, document, field, integer, number, text, time},
};

/// What a conversation is, and what it is called.
#[derive(Clone, Debug, Default)]
pub(super) struct Title {
    /// None while only its name is known.
    pub(super) created: Option<Created>,
    pub(super) name: Option<String>,
    /// The place of the name's word.
    pub(super) named: Offset,
}

/// What a conversation is since it was created.
#[derive(Clone, Copy, Debug)]
pub(super) struct Created {
    pub(super) kind: Kind,
    pub(super) open_history: bool,
    pub(super) at: Timestamp,
    pub(super) offset: Offset,
}

/// The memberships of conversations, those that exist.
pub(super) async fn of(
    collections: &Collections,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, Membership>, Failure> {
    let mut memberships = HashMap::with_capacity(conversations.len());
    let mut marks = marks::of(collections, conversations).await?;
    while !marks.is_empty() {
        let changes = above(collections, &marks, &mut memberships).await?;
        marks = tail::overtaken(collections, &marks, &changes).await?;
    }
    Ok(memberships)
}

/// The memberships of conversations as they are by these marks, and the changes that were looked at for them.
pub(super) async fn above(
    collections: &Collections,
    marks: &HashMap<ConversationId, Offset>,
    memberships: &mut HashMap<ConversationId, Membership>,
) -> Result<HashMap<ConversationId, Tail>, Failure> {
    let conversations: Vec<_> = marks.keys().copied().collect();
    let (changes, events, mut titles) = try_join!(
        tail::many(collections, Numbered::Changes, marks),
        member::events(collections, &conversations, Offset::MAX),
        titles(collections, conversations.iter().copied(), Offset::MAX),
    )?;
    for (id, mark) in marks {
        let events = events.get(id).map(Vec::as_slice).unwrap_or_default();
        let complete = complete(events, *mark, changes.get(id))?;
        let Some((title, created)) = titles
            .remove(id)
            .and_then(|title| Some((title.clone(), title.created?)))
        else {
            continue;
        };
        if complete.is_empty() {
            continue;
        }
        let state = member::after(complete);
        let membership = Membership {
            id: *id,
            kind: created.kind,
            name: title.name,
            open_history: created.open_history,
            created_at: created.at,
            changed: state.membership,
            members: (*state.members).clone(),
        };
        memberships.insert(*id, membership);
    }
    Ok(changes)
}

/// The events of complete changes: all below the mark, and those of the changes above it up to the first one that is
/// missing or has not all of its events.
fn complete<'e>(events: &'e [MemberEvent], mark: Offset, changes: Option<&Tail>) -> Result<&'e [MemberEvent], Failure> {
    let mut end = mark;
    if let Some(tail) = changes {
        let there: HashSet<_> = events.iter().map(member::key).collect();
        for (expected, change) in (tail.below_mark() + 1..).zip(in_flight(tail)?) {
            let all_there = change.member_events().all(|event| there.contains(&member::key(&event)));
            if change.change_seq != expected || !all_there {
                break;
            }
            end = end.max(change.offset.next());
        }
    }
    let count = events.partition_point(|event| event.offset < end);
    Ok(&events[..count])
}

/// What conversations are and are called, of those that were created below `below`.
pub(super) async fn titles(
    collections: &Collections,
    conversations: impl IntoIterator<Item = ConversationId>,
    below: Offset,
) -> Result<HashMap<ConversationId, Title>, Failure> {
    let ids: Vec<_> = conversations.into_iter().collect();
    let mut titles = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(titles);
    }
    let mut filter = doc! { "_id": { "$in": binaries(ids.iter().map(|id| &id.as_bytes()[..])) } };
    if below < Offset::MAX {
        filter.insert("o", doc! { "$lt": integer(below.get()) });
    }
    each(collections.conversations.by_ids(filter), |found| {
        titles.insert(conversation(field(found, "_id")?)?, title(found)?);
        Ok(())
    })
    .await?;
    Ok(titles)
}

fn title(found: &RawDocument) -> Result<Title, Failure> {
    let named = document(field(found, "n")?)?;
    let name = field(named, "n")?;
    Ok(Title {
        created: created(found)?,
        name: if name.as_null().is_some() {
            None
        } else {
            Some(text(name)?.to_owned())
        },
        named: value::offset(field(named, "o")?)?,
    })
}

fn created(found: &RawDocument) -> Result<Option<Created>, Failure> {
    let Some(kind) = found.get("k")? else {
        return Ok(None);
    };
    let direct = number(kind)? == kind_number(Kind::Direct) as u64;
    Ok(Some(Created {
        kind: if direct { Kind::Direct } else { Kind::Group },
        open_history: boolean(field(found, "h")?)?,
        at: time(field(found, "t")?)?,
        offset: value::offset(field(found, "o")?)?,
    }))
}
