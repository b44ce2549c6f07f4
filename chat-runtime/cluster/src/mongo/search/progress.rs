//! How far the index is: the place in the server's stream of changes, and how far what was there before has been read.

use mongodb::{
    bson::{self, Bson, RawDocument, doc},
    change_stream::event::ResumeToken,
};
use talkline_core::id::MessageId;

use super::Collections;
use crate::mongo::{
    bulk::{self, Update},
    error::Failure,
    layout::INDEXERS,
    value::{binary, bytes},
};

/// The document's id.
pub(super) const PROGRESS: &str = "messages";

/// Where to go on.
#[derive(Default)]
pub(super) struct Progress {
    /// Behind it, the stream's events are not in yet; none before the first.
    pub(super) token: Option<ResumeToken>,
    /// How far the messages from before the stream are in.
    pub(super) sweep: Sweep,
}

/// A walk over all messages, by their ids.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Sweep {
    /// From the first one on.
    #[default]
    Start,
    /// Behind this one.
    Behind(MessageId),
    /// All are in.
    Done,
}

impl Progress {
    pub(super) async fn read(collections: &Collections) -> Result<Self, Failure> {
        let found = collections.indexers.one(doc! { "_id": PROGRESS }, read).await?;
        Ok(found.unwrap_or_default())
    }

    pub(super) async fn write(&self, collections: &Collections) -> Result<(), Failure> {
        let token = self.token.as_ref().map(bson::serialize_to_bson).transpose()?;
        let sweep = match &self.sweep {
            Sweep::Start => Bson::Null,
            Sweep::Behind(id) => binary(id.as_bytes()),
            Sweep::Done => Bson::Boolean(true),
        };
        let set = doc! { "$set": { "token": token, "sweep": sweep } };
        let update = Update::or_insert(doc! { "_id": PROGRESS }, set);
        bulk::update(&collections.connection, INDEXERS, vec![update]).await
    }
}

fn read(found: &RawDocument) -> Result<Progress, Failure> {
    const STRANGE: Failure = Failure::Corrupt("the search index's progress cannot be understood");
    let token = match found.get("token")? {
        Some(token) if token.as_null().is_none() => {
            Some(bson::deserialize_from_bson(Bson::try_from(token)?).map_err(|_| STRANGE)?)
        }
        _ => None,
    };
    let sweep = match found.get("sweep")? {
        Some(done) if done.as_bool() == Some(true) => Sweep::Done,
        Some(id) if id.as_binary().is_some() => Sweep::Behind(MessageId::from_slice(bytes(id)?).map_err(|_| STRANGE)?),
        _ => Sweep::Start,
    };
    Ok(Progress { token, sweep })
}
