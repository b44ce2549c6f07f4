//! What changes do to messages and names.
//!
//! Each effect is one update of one document, which the server does atomically, and each compares offsets or takes the
//! higher or lower of two values: whoever's update comes last, and however often, the document ends the same. Nothing
//! is read before it is written, so nothing can be lost between two workers.

use futures::try_join;
use mongodb::bson::{Bson, Document, doc};
use talkline_core::{
    conversation::{Change, ChangeKind, Kind},
    id::MessageId,
};

use super::{Collections, message};
use crate::mongo::{
    bulk::{self, Update},
    error::Failure,
    layout::{CONVERSATIONS, MESSAGES},
    value::{binary, date, integer},
};

/// Brings changes into what they change. Only a conversation in quarantine has a change of a message that is not there.
pub(super) async fn project(collections: &Collections, changes: &[Change]) -> Result<(), Failure> {
    let messages: Vec<_> = changes.iter().filter_map(of_message).collect();
    let conversations: Vec<_> = changes.iter().filter_map(of_conversation).collect();
    try_join!(
        bulk::update(&collections.connection, MESSAGES, messages),
        bulk::update(&collections.connection, CONVERSATIONS, conversations),
    )?;
    Ok(())
}

fn of_message(change: &Change) -> Option<Update> {
    let seq = integer(change.change_seq);
    let at = message::dated((change.offset, change.at));
    match &change.kind {
        ChangeKind::Edited { message, text } => Some(Update::of(one(message), edit(text, &at, seq))),
        ChangeKind::Deleted { message } => {
            let says = doc! { "x": "", "a": "", "r": "", "f": "" };
            let delete = doc! { "$unset": says, "$min": { "d": at }, "$max": { "v": seq } };
            Some(Update::of(one(message), delete))
        }
        ChangeKind::Reacted { message, emoji, on } => {
            let field = format!("w.{}", message::reaction_field(change.actor, emoji));
            // Documents are compared field by field: the offset decides.
            let word = doc! { "o": integer(change.offset.get()), "on": *on, "e": emoji };
            let mut raise = doc! { "v": seq };
            raise.insert(field, word);
            Some(Update::of(one(message), doc! { "$max": raise }))
        }
        _ => None,
    }
}

/// The text of the newest edit, unless the message is deleted. All of it is judged by the document as it was before.
fn edit(text: &str, at: &Document, seq: i64) -> Vec<Document> {
    let offset = at.get("o").cloned().unwrap_or(Bson::Null);
    let newest = doc! { "$lt": [{ "$ifNull": ["$e.o", -1_i64] }, offset] };
    let alive = doc! { "$eq": [{ "$type": "$d" }, "missing"] };
    let set = doc! {
        "x": { "$cond": [{ "$and": [newest, alive] }, { "$literal": text }, "$x"] },
        "e": { "$max": ["$e", { "$literal": at.clone() }] },
        "v": { "$max": ["$v", seq] },
    };
    vec![doc! { "$set": set }]
}

/// A name may come before the conversation that it is of.
fn of_conversation(change: &Change) -> Option<Update> {
    let offset = integer(change.offset.get());
    let (name, set) = match &change.kind {
        ChangeKind::Created {
            kind_of,
            name,
            open_history,
            ..
        } => {
            let kind = kind_number(*kind_of);
            let set = doc! { "k": kind, "h": *open_history, "t": date(change.at), "o": offset };
            (name.clone(), Some(set))
        }
        ChangeKind::Renamed { name } => (Some(name.clone()), None),
        _ => return None,
    };
    let mut update = doc! { "$max": { "n": { "o": offset, "n": name } } };
    if let Some(set) = set {
        update.insert("$set", set);
    }
    Some(Update::or_insert(
        doc! { "_id": binary(change.conversation.as_bytes()) },
        update,
    ))
}

fn one(id: &MessageId) -> Document {
    doc! { "_id": binary(id.as_bytes()), "conversationId": binary(id.conversation().as_bytes()) }
}

/// A kind as a field.
pub(super) fn kind_number(kind: Kind) -> i32 {
    match kind {
        Kind::Direct => 0,
        Kind::Group => 1,
    }
}
