//! The partitions' marks: below them, everything is written and published.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use mongodb::bson::{RawDocument, doc};
use talkline_core::{
    checkpoint::{Anchor, Checkpoint, Fingerprint},
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
};
use tokio::time::Instant;

use super::Collections;
use crate::mongo::{
    bulk::{self, Update},
    connection::each,
    error::Failure,
    layout::MARKS,
    value::{self, STRANGE, field, integer, number},
};

/// How old a mark may be that readers use. What is below an old one is complete for ever; it only leaves more documents above it
/// to be looked at. But a purge may have removed some of these since: see [`super::tail::overtaken`].
const FRESH: Duration = Duration::from_millis(100);

/// The marks that readers know, so that hardly any question has to ask for one.
pub(super) struct Known {
    partitions: Partition,
    marks: Mutex<HashMap<Partition, (Offset, Instant)>>,
}

impl Known {
    pub(super) fn new(partitions: Partition) -> Self {
        Self {
            partitions,
            marks: Mutex::default(),
        }
    }

    fn fresh(&self, partition: Partition) -> Option<Offset> {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let (mark, read) = marks.get(&partition)?;
        (read.elapsed() < FRESH).then_some(*mark)
    }

    fn remember(&self, found: &HashMap<Partition, Offset>, read: Instant) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        for (partition, mark) in found {
            let (known, at) = marks.entry(*partition).or_insert((*mark, read));
            (*known, *at) = ((*known).max(*mark), (*at).max(read));
        }
    }
}

/// A partition's mark; zero before the first.
pub(super) async fn get(collections: &Collections, partition: Partition) -> Result<Checkpoint, Failure> {
    let find = collections.marks.find(doc! { "_id": i64::from(partition) });
    let mut mark = Checkpoint::default();
    each(find, |document| {
        mark = checkpoint(document)?;
        Ok(())
    })
    .await?;
    Ok(mark)
}

fn checkpoint(document: &RawDocument) -> Result<Checkpoint, Failure> {
    let anchor = match document.get("a")? {
        Some(anchor) => {
            let anchor = anchor.as_document().ok_or(STRANGE)?;
            Some(Anchor {
                offset: value::offset(field(anchor, "o")?)?,
                fingerprint: Fingerprint::from_raw(number(field(anchor, "f")?)?),
            })
        }
        None => None,
    };
    Ok(Checkpoint {
        position: value::offset(field(document, "o")?)?,
        anchor,
    })
}

/// The mark that counts for a conversation, as it is now: for writers, whom an older one would keep from their work.
pub(super) async fn now(collections: &Collections, id: ConversationId) -> Result<Offset, Failure> {
    let partition = partition_of(&id, collections.known_marks.partitions);
    Ok(get(collections, partition).await?.position)
}

/// Moves a mark up; a late worker does not turn it back. Documents are compared by their first field, so an anchor moves as a whole.
pub(super) async fn advance(collections: &Collections, partition: Partition, to: Checkpoint) -> Result<(), Failure> {
    let mut higher = doc! { "o": integer(to.position.get()) };
    if let Some(anchor) = to.anchor {
        let anchor = doc! { "o": integer(anchor.offset.get()), "f": integer(anchor.fingerprint.get()) };
        higher.insert("a", anchor);
    }
    let raise = doc! { "$max": higher };
    let update = Update::or_insert(doc! { "_id": i64::from(partition) }, raise);
    bulk::update(&collections.connection, MARKS, vec![update]).await
}

/// The marks that count for conversations. They must be known before a reader looks at any document.
pub(super) async fn of(
    collections: &Collections,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, Offset>, Failure> {
    look(collections, conversations, |partition| {
        collections.known_marks.fresh(partition)
    })
    .await
}

/// The same as they are now.
pub(super) async fn anew(
    collections: &Collections,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, Offset>, Failure> {
    look(collections, conversations, |_| None).await
}

async fn look(
    collections: &Collections,
    conversations: &[ConversationId],
    remembered: impl Fn(Partition) -> Option<Offset>,
) -> Result<HashMap<ConversationId, Offset>, Failure> {
    let known = &collections.known_marks;
    let partition = |id: &ConversationId| partition_of(id, known.partitions);
    let wanted: BTreeSet<_> = conversations.iter().map(partition).collect();
    let mut marks: HashMap<Partition, Offset> = HashMap::new();
    let mut missing = BTreeSet::new();
    for partition in wanted {
        match remembered(partition) {
            Some(mark) => drop(marks.insert(partition, mark)),
            None => drop(missing.insert(partition)),
        }
    }
    if !missing.is_empty() {
        let asked = Instant::now();
        let found = read(collections, missing).await?;
        known.remember(&found, asked);
        marks.extend(found);
    }
    let mark = |id: &ConversationId| (*id, marks.get(&partition(id)).copied().unwrap_or_default());
    Ok(conversations.iter().map(mark).collect())
}

/// The marks of partitions, zero for those that have none.
async fn read(
    collections: &Collections,
    partitions: BTreeSet<Partition>,
) -> Result<HashMap<Partition, Offset>, Failure> {
    let ids: Vec<i64> = partitions.iter().map(|partition| i64::from(*partition)).collect();
    let mut marks: HashMap<_, _> = partitions
        .into_iter()
        .map(|partition| (partition, Offset::ZERO))
        .collect();
    let find = collections.marks.find(doc! { "_id": { "$in": ids } });
    each(find, |document| {
        let partition = Partition::try_from(number(field(document, "_id")?)?).unwrap_or(Partition::MAX);
        marks.insert(partition, value::offset(field(document, "o")?)?);
        Ok(())
    })
    .await?;
    Ok(marks)
}
