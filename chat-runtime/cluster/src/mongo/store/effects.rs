//! Whether all that a change does is stored too: its message shows it, its name is there, its members are in.

use std::collections::{HashMap, HashSet};

use futures::try_join;
use mongodb::bson::doc;
use talkline_core::{
    conversation::{Change, ChangeKind, MemberEvent},
    id::{ConversationId, MessageId},
    message::Message,
    offset::Offset,
};

use super::{Collections, member, membership::Title, message};
use crate::mongo::{
    connection::each,
    error::Failure,
    value::{bytes, field},
};

/// What is stored of the effects of some changes. It must be read after the changes were.
#[derive(Default)]
pub(super) struct Effects {
    messages: HashMap<MessageId, Message>,
    titles: HashMap<ConversationId, Title>,
    members: HashSet<Vec<u8>>,
}

impl Effects {
    /// Reads what `changes` should have done.
    pub(super) async fn read(collections: &Collections, changes: &[&Change]) -> Result<Self, Failure> {
        if changes.is_empty() {
            return Ok(Self::default());
        }
        let (messages, titles, members) = try_join!(
            messages(collections, changes),
            titles(collections, changes),
            members(collections, changes),
        )?;
        Ok(Self {
            messages,
            titles,
            members,
        })
    }

    /// Whether all of a change is there.
    pub(super) fn show(&self, change: &Change) -> bool {
        if let Some(id) = change.message() {
            let shows = |message: &Message| message.changes.change_seq >= change.change_seq && message.shows(change);
            return self.messages.get(&id).is_some_and(shows);
        }
        let title = self.titles.get(&change.conversation);
        let named = match change.kind {
            ChangeKind::Created { .. } => title.is_some_and(|title| title.created.is_some()),
            ChangeKind::Renamed { .. } => title.is_some_and(|title| title.named >= change.offset),
            _ => true,
        };
        named
            && change
                .member_events()
                .all(|event| self.members.contains(&member::key(&event)[..]))
    }
}

async fn messages(collections: &Collections, changes: &[&Change]) -> Result<HashMap<MessageId, Message>, Failure> {
    let ids: HashSet<MessageId> = changes.iter().filter_map(|change| change.message()).collect();
    let mut found = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(found);
    }
    let find = collections
        .messages
        .by_ids(message::filter(&ids))
        .projection(message::projected());
    each(find, |document| {
        let message = message::read(document)?;
        found.insert(message.id, message);
        Ok(())
    })
    .await?;
    Ok(found)
}

async fn titles(collections: &Collections, changes: &[&Change]) -> Result<HashMap<ConversationId, Title>, Failure> {
    let titled = |change: &&&Change| matches!(change.kind, ChangeKind::Created { .. } | ChangeKind::Renamed { .. });
    let ids: HashSet<_> = changes
        .iter()
        .filter(titled)
        .map(|change| change.conversation)
        .collect();
    super::membership::titles(collections, ids, Offset::MAX).await
}

async fn members(collections: &Collections, changes: &[&Change]) -> Result<HashSet<Vec<u8>>, Failure> {
    let events: Vec<MemberEvent> = changes.iter().flat_map(|change| change.member_events()).collect();
    let mut found = HashSet::with_capacity(events.len());
    if events.is_empty() {
        return Ok(found);
    }
    let find = collections
        .members
        .by_ids(member::filter(&events))
        .projection(doc! { "_id": 1 });
    each(find, |document| {
        found.insert(bytes(field(document, "_id")?)?.to_vec());
        Ok(())
    })
    .await?;
    Ok(found)
}
