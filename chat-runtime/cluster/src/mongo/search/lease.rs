//! Who brings the index up: one process at a time, until it stops or is silent for a while.
//!
//! Two that overlap do no harm (see `batch`); the lease only saves doing everything twice. The server's clock counts.

use std::time::Duration;

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

use super::{Collections, progress::PROGRESS};
use crate::mongo::{connection::is_duplicate, error::Failure};

/// How long a silent one keeps it.
const TERM: Duration = Duration::from_secs(15);

/// How often it is renewed, and asked for by those that do not have it.
pub(super) const RENEWED: Duration = Duration::from_secs(5);

/// A claim of this process.
pub(super) struct Lease {
    owner: i64,
}

impl Lease {
    pub(super) fn new() -> Self {
        Self { owner: rand::random() }
    }

    /// Takes or renews the lease; false if another process has it.
    pub(super) async fn hold(&self, collections: &Collections) -> Result<bool, Failure> {
        let free = doc! { "$lt": [{ "$ifNull": ["$until", Bson::DateTime(mongodb::bson::DateTime::MIN)] }, "$$NOW"] };
        let mine = doc! { "$eq": ["$owner", self.owner] };
        let term = i64::try_from(TERM.as_millis()).unwrap_or(i64::MAX);
        let filter = doc! { "_id": PROGRESS, "$expr": { "$or": [free, mine] } };
        if self.set(collections, filter.clone(), term).await? {
            return Ok(true);
        }
        // Another one has it, or nobody ever had.
        let first = RawDocumentBuf::try_from(doc! { "_id": PROGRESS, "owner": self.owner })?;
        match collections.indexers.insert_one(&first).await {
            Ok(_) => self.set(collections, filter, term).await,
            Err(cause) if is_duplicate(&cause) => Ok(false),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Leaves it to others at once.
    pub(super) async fn release(&self, collections: &Collections) -> Result<(), Failure> {
        let filter = doc! { "_id": PROGRESS, "owner": self.owner };
        self.set(collections, filter, -1).await.map(drop)
    }

    async fn set(&self, collections: &Collections, filter: Document, term: i64) -> Result<bool, Failure> {
        let until = doc! { "$add": ["$$NOW", term] };
        let update = vec![doc! { "$set": { "owner": self.owner, "until": until } }];
        Ok(collections.indexers.update_one(filter, update).await?.matched_count > 0)
    }
}
