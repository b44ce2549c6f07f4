//! Who came and went: events from and to documents, and who is in as of a place in the log.

use std::collections::{BTreeMap, HashMap};

use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc, raw::cstr};
use talkline_core::{
    conversation::{Conversation, Member, MemberEvent, Role},
    id::{ConversationId, UserId},
    offset::Offset,
    port::Mailbox,
};

use super::Collections;
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{self, binaries, binary, conversation, field, integer, number, raw_binary, user},
};

/// The id of an event: conversation, user and offset.
pub(super) fn key(event: &MemberEvent) -> [u8; 40] {
    let mut key = [0; 40];
    key[..16].copy_from_slice(event.conversation.as_bytes());
    key[16..32].copy_from_slice(event.user.as_bytes());
    key[32..].copy_from_slice(&event.offset.get().to_be_bytes());
    key
}

/// A document of an event.
pub(super) fn write(event: &MemberEvent) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(&key(event)));
    document.append(cstr!("conversationId"), raw_binary(event.conversation.as_bytes()));
    document.append(cstr!("u"), raw_binary(event.user.as_bytes()));
    document.append(cstr!("o"), integer(event.offset.get()));
    if let Some(member) = &event.member {
        document.append(cstr!("r"), role_number(member.role));
        document.append(cstr!("s"), integer(member.since.get()));
        document.append(cstr!("h"), integer(member.history_from));
        document.append(cstr!("c"), integer(member.changes_after));
    }
    document
}

/// An event from its document.
pub(super) fn read(document: &RawDocument) -> Result<MemberEvent, Failure> {
    Ok(MemberEvent {
        conversation: conversation(field(document, "conversationId")?)?,
        user: user(field(document, "u")?)?,
        offset: value::offset(field(document, "o")?)?,
        member: read_member(document)?,
    })
}

fn read_member(document: &RawDocument) -> Result<Option<Member>, Failure> {
    let Some(role) = document.get("r")? else {
        return Ok(None);
    };
    Ok(Some(Member {
        role: if number(role)? == role_number(Role::Admin) as u64 {
            Role::Admin
        } else {
            Role::Member
        },
        since: value::offset(field(document, "s")?)?,
        history_from: number(field(document, "h")?)?,
        changes_after: number(field(document, "c")?)?,
    }))
}

fn role_number(role: Role) -> i32 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

/// All events of conversations below `below`, each conversation's in the order of the log.
pub(super) async fn events(
    collections: &Collections,
    conversations: &[ConversationId],
    below: Offset,
) -> Result<HashMap<ConversationId, Vec<MemberEvent>>, Failure> {
    let mut events: HashMap<_, Vec<_>> = HashMap::new();
    if conversations.is_empty() {
        return Ok(events);
    }
    let ids = binaries(conversations.iter().map(|id| &id.as_bytes()[..]));
    let filter = doc! { "conversationId": { "$in": ids }, "o": { "$lt": integer(below.get()) } };
    let find = collections
        .members
        .find(filter)
        .sort(doc! { "conversationId": 1, "o": 1 });
    let visit = |document: &RawDocument| {
        let event = read(document)?;
        events.entry(event.conversation).or_default().push(event);
        Ok(())
    };
    each(find, visit).await?;
    Ok(events)
}

/// Who is in after `events`, which are in the order of the log, and the place of the last one.
pub(super) fn after(events: &[MemberEvent]) -> Conversation {
    let mut state = Conversation::default();
    for event in events {
        state.absorb_member(event);
    }
    state
}

/// A person's memberships.
pub(super) async fn mailboxes(collections: &Collections, of: UserId) -> Result<Vec<Mailbox>, Failure> {
    let find = collections.members.find(doc! { "u": binary(of.as_bytes()) });
    let find = find.sort(doc! { "u": 1, "conversationId": 1, "o": 1 });
    let mut newest: BTreeMap<ConversationId, Option<Member>> = BTreeMap::new();
    let visit = |document: &RawDocument| {
        let event = read(document)?;
        newest.insert(event.conversation, event.member);
        Ok(())
    };
    each(find, visit).await?;
    let present = newest.into_iter().filter_map(|(conversation, member)| {
        let member = member?;
        Some(Mailbox { conversation, member })
    });
    Ok(present.collect())
}

/// The filter for these events.
pub(super) fn filter(events: &[MemberEvent]) -> Document {
    let keys: Vec<_> = events.iter().map(|event| binary(&key(event))).collect();
    let conversations = binaries(events.iter().map(|event| &event.conversation.as_bytes()[..]));
    doc! { "_id": { "$in": keys }, "conversationId": { "$in": conversations } }
}
