//! The newest documents of a conversation: from the last one down to the first below a mark, or a place in the log.
//!
//! They are read through the index of their numbers, newest first. What lies above a mark is a batch or two in flight,
//! so that [`FEW`] nearly always reach.

use std::collections::HashMap;

use mongodb::{
    ClientSession,
    bson::{Bson, Document, RawDocument, RawDocumentBuf, doc},
};
use talkline_core::{id::ConversationId, offset::Offset};

use super::{Collections, expiry, marks};
use crate::mongo::{
    connection::{Documents, each_in},
    error::Failure,
    layout::{CHANGES, MESSAGES},
    value::{self, binary, conversation, document, field, integer, number},
};

/// How many are read at first.
const FEW: i64 = 8;

/// How many times more are read where those did not reach.
const MORE: i64 = 8;

/// Conversations of one question.
const CONVERSATIONS: usize = 200;

/// Documents with numbers.
#[derive(Clone, Copy)]
pub(super) enum Numbered {
    /// By `seq`; with id and time.
    Messages,
    /// By `changeSeq`; those above the mark with their bodies.
    Changes,
}

/// A document at the end of a conversation.
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) offset: Offset,
    pub(super) document: RawDocumentBuf,
}

/// The end of a conversation.
#[derive(Default)]
pub(super) struct Tail {
    /// The newest below the mark.
    pub(super) below: Option<Entry>,
    /// Those at the mark and above, ascending.
    pub(super) above: Vec<Entry>,
}

impl Tail {
    pub(super) fn below_mark(&self) -> u64 {
        self.below.as_ref().map_or(0, |entry| entry.number)
    }

    /// From the newest ones, descending; none if they do not reach down to the mark and `limit` cut them off.
    fn from_newest(newest: Vec<Entry>, mark: Offset, limit: i64) -> Option<Self> {
        let cut_off = newest.len() as i64 >= limit;
        let mut tail = Self::default();
        for entry in newest {
            if entry.offset < mark {
                tail.below = Some(entry);
                break;
            }
            tail.above.push(entry);
        }
        tail.above.reverse();
        (tail.below.is_some() || !cut_off).then_some(tail)
    }
}

impl Numbered {
    fn collection(self, collections: &Collections) -> &Documents {
        match self {
            Self::Messages => &collections.messages,
            Self::Changes => &collections.changes,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Messages => MESSAGES,
            Self::Changes => CHANGES,
        }
    }

    fn number(self) -> &'static str {
        match self {
            Self::Messages => "seq",
            Self::Changes => "changeSeq",
        }
    }

    fn newest_first(self) -> Document {
        doc! { self.number(): -1 }
    }

    fn projection(self, mark: impl Into<Bson>) -> Document {
        match self {
            Self::Messages => doc! { "seq": 1, "o": 1, "t": 1 },
            Self::Changes => {
                let mark: Bson = mark.into();
                let in_flight = doc! { "$gte": ["$o", mark] };
                doc! { "_id": 0, "changeSeq": 1, "o": 1, "b": { "$cond": [in_flight, "$b", "$$REMOVE"] } }
            }
        }
    }

    fn entry(self, found: &RawDocument) -> Result<Entry, Failure> {
        Ok(Entry {
            number: number(field(found, self.number())?)?,
            offset: value::offset(field(found, "o")?)?,
            document: found.to_owned(),
        })
    }
}

/// The end of one conversation.
pub(super) async fn one(
    collections: &Collections,
    session: &mut ClientSession,
    numbered: Numbered,
    id: ConversationId,
    mark: Offset,
) -> Result<Tail, Failure> {
    let mut limit = FEW;
    loop {
        let find = numbered
            .collection(collections)
            .find(doc! { "conversationId": binary(id.as_bytes()) })
            .sort(numbered.newest_first())
            .limit(limit)
            .projection(numbered.projection(integer(mark.get())));
        let mut newest = Vec::new();
        each_in(session, find, |found| {
            newest.push(numbered.entry(found)?);
            Ok(())
        })
        .await?;
        if let Some(tail) = Tail::from_newest(newest, mark, limit) {
            return Ok(tail);
        }
        limit = limit.saturating_mul(MORE);
    }
}

/// The ends of many conversations, each above its own mark.
pub(super) async fn many(
    collections: &Collections,
    numbered: Numbered,
    marks: &HashMap<ConversationId, Offset>,
) -> Result<HashMap<ConversationId, Tail>, Failure> {
    let mut session = collections.session().await?;
    let mut tails = HashMap::with_capacity(marks.len());
    if marks.len() == 1 {
        for (id, mark) in marks {
            tails.insert(*id, one(collections, &mut session, numbered, *id, *mark).await?);
        }
        return Ok(tails);
    }
    let newest = vec![
        doc! { "$sort": numbered.newest_first() },
        doc! { "$limit": FEW },
        doc! { "$project": numbered.projection("$$mark") },
    ];
    let mut long = Vec::new();
    look_up(collections, numbered, marks, newest, |id, newest| {
        let mark = marks.get(&id).copied().unwrap_or_default();
        match Tail::from_newest(newest, mark, FEW) {
            Some(tail) => drop(tails.insert(id, tail)),
            None => long.push((id, mark)),
        }
    })
    .await?;
    for (id, mark) in long {
        tails.insert(id, one(collections, &mut session, numbered, id, mark).await?);
    }
    Ok(tails)
}

/// The conversations of whose changes above these marks a purge may have removed some, or what shows that they are complete; with their
/// marks as they are now, which are above all that it removes. Asked after all of that was read: a purge says first that it begins.
pub(super) async fn overtaken(
    collections: &Collections,
    marks: &HashMap<ConversationId, Offset>,
    changes: &HashMap<ConversationId, Tail>,
) -> Result<HashMap<ConversationId, Offset>, Failure> {
    let in_flight = changes.iter().filter(|(_, tail)| !tail.above.is_empty());
    let begun = expiry::begun(&collections.expiries, in_flight.map(|(id, _)| *id)).await?;
    let late = begun
        .iter()
        .filter(|(id, expiry)| marks.get(id).is_some_and(|mark| *mark <= expiry.offset));
    let late: Vec<_> = late.map(|(id, _)| *id).collect();
    marks::anew(collections, &late).await
}

/// The highest number below a place in the log, of each conversation.
pub(super) async fn highest_below(
    collections: &Collections,
    numbered: Numbered,
    conversations: impl IntoIterator<Item = ConversationId>,
    position: Offset,
) -> Result<HashMap<ConversationId, u64>, Failure> {
    let positions: HashMap<_, _> = conversations.into_iter().map(|id| (id, position)).collect();
    let newest = vec![
        doc! { "$match": { "o": { "$lt": integer(position.get()) } } },
        doc! { "$sort": numbered.newest_first() },
        doc! { "$limit": 1 },
        doc! { "$project": { "_id": 0, numbered.number(): 1, "o": 1 } },
    ];
    let mut highest = HashMap::with_capacity(positions.len());
    look_up(collections, numbered, &positions, newest, |id, newest| {
        highest.insert(id, newest.first().map_or(0, |entry| entry.number));
    })
    .await?;
    Ok(highest)
}

/// Asks for documents of many conversations at once: `newest` runs for each, with its mark as `$$mark`.
async fn look_up(
    collections: &Collections,
    numbered: Numbered,
    marks: &HashMap<ConversationId, Offset>,
    newest: Vec<Document>,
    mut found: impl FnMut(ConversationId, Vec<Entry>),
) -> Result<(), Failure> {
    let wanted: Vec<Bson> = marks
        .iter()
        .map(|(id, mark)| Bson::from(doc! { "c": binary(id.as_bytes()), "m": integer(mark.get()) }))
        .collect();
    for some in wanted.chunks(CONVERSATIONS) {
        let pipeline = pipeline(numbered, some.to_vec(), newest.clone());
        let database = collections.connection.database();
        let aggregate = database.aggregate(pipeline).max_time(collections.connection.timeout());
        let mut cursor = aggregate
            .batch_size(CONVERSATIONS as u32 + 1)
            .with_type::<RawDocumentBuf>()
            .await?;
        while cursor.advance().await? {
            let answer = cursor.current();
            let documents = field(answer, "d")?.as_array().into_iter().flatten();
            let entries = documents.map(|entry| numbered.entry(document(entry?)?));
            found(
                conversation(field(answer, "c")?)?,
                entries.collect::<Result<_, Failure>>()?,
            );
        }
    }
    Ok(())
}

/// The question of [`look_up`]: the server goes once into the index for each of `wanted`.
fn pipeline(numbered: Numbered, wanted: Vec<Bson>, newest: Vec<Document>) -> [Document; 3] {
    [
        doc! { "$documents": wanted },
        doc! { "$lookup": {
            "from": numbered.name(),
            "localField": "c",
            "foreignField": "conversationId",
            "let": { "mark": "$m" },
            "pipeline": newest,
            "as": "d",
        } },
        doc! { "$project": { "c": 1, "d": 1 } },
    ]
}
