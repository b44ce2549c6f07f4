//! How far members are.

use std::collections::HashMap;

use mongodb::bson::{RawDocument, doc};
use talkline_core::{
    id::{ConversationId, UserId},
    port::MarkUpdate,
    receipt::Mark,
};

use super::Collections;
use crate::mongo::{
    bulk::{self, Update},
    connection::each,
    error::Failure,
    layout::RECEIPTS,
    value::{binaries, binary, bytes, date, field, integer, number, time},
};

/// Whose mark it is, and where.
type Owner = (ConversationId, UserId);

fn key((conversation, user): &Owner) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(conversation.as_bytes());
    key[16..].copy_from_slice(user.as_bytes());
    key
}

/// Raises marks and returns those that moved, as this call leaves them. Another process that raises the same mark in the
/// same moment takes nothing away: each number is raised to the higher of the two.
pub(super) async fn raise(collections: &Collections, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>, Failure> {
    let owners: Vec<Owner> = updates
        .iter()
        .map(|update| (update.conversation, update.mark.user_id))
        .collect();
    let mut marks = of(collections, &owners).await?;
    let mut moved = Vec::new();
    for (update, owner) in updates.iter().zip(&owners) {
        let mark = marks.entry(*owner).or_insert_with(|| Mark::new(owner.1));
        if mark.raise(&update.mark) {
            moved.push(MarkUpdate { mark: *mark, ..*update });
        }
    }
    let last: HashMap<Owner, Mark> = moved
        .iter()
        .map(|update| ((update.conversation, update.mark.user_id), update.mark))
        .collect();
    let statements = last.iter().map(|(owner, mark)| statement(owner, mark)).collect();
    bulk::update(&collections.connection, RECEIPTS, statements).await?;
    Ok(moved)
}

fn statement(owner: &Owner, mark: &Mark) -> Update {
    let raised = doc! { "d": integer(mark.delivered_seq), "r": integer(mark.read_seq), "t": date(mark.at) };
    let filter = doc! { "_id": binary(&key(owner)), "conversationId": binary(owner.0.as_bytes()) };
    Update::or_insert(filter, doc! { "$max": raised })
}

/// The marks of these members, of those who have received anything.
pub(super) async fn of(collections: &Collections, owners: &[Owner]) -> Result<HashMap<Owner, Mark>, Failure> {
    let mut marks = HashMap::with_capacity(owners.len());
    if owners.is_empty() {
        return Ok(marks);
    }
    let keys: Vec<_> = owners.iter().map(key).collect();
    let filter = doc! {
        "_id": { "$in": binaries(keys.iter().map(|key| &key[..])) },
        "conversationId": { "$in": binaries(owners.iter().map(|(id, _)| &id.as_bytes()[..])) },
    };
    each(collections.receipts.by_ids(filter), |document| {
        let (owner, mark) = read(document)?;
        marks.insert(owner, mark);
        Ok(())
    })
    .await?;
    Ok(marks)
}

/// The marks of all who have received anything.
pub(super) async fn of_conversation(collections: &Collections, id: ConversationId) -> Result<Vec<Mark>, Failure> {
    let mut marks = Vec::new();
    let find = collections
        .receipts
        .find(doc! { "conversationId": binary(id.as_bytes()) });
    each(find, |document| {
        marks.push(read(document)?.1);
        Ok(())
    })
    .await?;
    Ok(marks)
}

fn read(document: &RawDocument) -> Result<(Owner, Mark), Failure> {
    const STRANGE: Failure = Failure::Corrupt("a stored receipt's id has another length");
    let (conversation, user) = bytes(field(document, "_id")?)?.split_at_checked(16).ok_or(STRANGE)?;
    let conversation = ConversationId::from_slice(conversation).map_err(|_| STRANGE)?;
    let mark = Mark {
        user_id: UserId::from_slice(user).map_err(|_| STRANGE)?,
        delivered_seq: number(field(document, "d")?)?,
        read_seq: number(field(document, "r")?)?,
        at: time(field(document, "t")?)?,
    };
    Ok(((conversation, mark.user_id), mark))
}
