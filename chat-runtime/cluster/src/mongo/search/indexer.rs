//! The task that brings the index up to the store. Nobody waits for it.

use std::{collections::HashMap, time::Duration};

use mongodb::{
    bson::{Document, RawDocumentBuf, doc},
    change_stream::{ChangeStream, event::ResumeToken},
    options::FullDocumentType,
};
use serde::Deserialize;
use talkline_core::{Result, id::MessageId, message::Message};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Collections, batch,
    lease::{Lease, RENEWED},
    progress::{Progress, Sweep},
};
use crate::mongo::{
    connection::each,
    error::Failure,
    message,
    value::{binary, field},
};

/// The most messages that are brought in at once.
const MOST: usize = 500;
/// How long the server waits for news before it says that there are none.
const NEWS: Duration = Duration::from_millis(50);
/// How long the task rests after it brought messages in, in times of what that took: what people wait for goes first. The
/// stream keeps what comes meanwhile.
const REST: u32 = 2;
/// And how long at most: the lease is not lost over it.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// How often the place in the stream is written down where there are no news of messages, so that it does not fall
/// behind what the server remembers.
const NOTED: Duration = Duration::from_secs(10);
/// How long to wait after a first failure; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
/// The server's words for "I do not remember that far back".
const HISTORY_LOST: [i32; 2] = [286, 280];

/// What happened to a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    document_key: RawDocumentBuf,
    /// The message as it is now; none if it is gone.
    full_document: Option<RawDocumentBuf>,
}

/// The task.
pub(super) struct Indexer {
    collections: Collections,
    lease: Lease,
}

impl Indexer {
    pub(super) fn new(collections: Collections) -> Self {
        Self {
            collections,
            lease: Lease::new(),
        }
    }

    /// Runs until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut patience = FIRST;
        while !stop.is_cancelled() {
            let pause = match self.turn(&stop).await {
                Ok(()) => {
                    patience = FIRST;
                    RENEWED
                }
                Err(error) => {
                    tracing::warn!(%error, "the search index falls behind");
                    let pause = patience;
                    patience = (patience * 2).min(LONGEST);
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        if let Err(error) = self.call(self.lease.release(&self.collections)).await {
            tracing::debug!(%error, "the search index's lease runs out by itself");
        }
    }

    /// Brings the index up for as long as the lease is held, if it is.
    async fn turn(&self, stop: &CancellationToken) -> Result<()> {
        if !self.call(self.lease.hold(&self.collections)).await? {
            return Ok(());
        }
        let (mut renewed, mut noted) = (Instant::now(), Instant::now());
        let mut progress = self.call(Progress::read(&self.collections)).await?;
        let mut stream = self.follow(&mut progress).await?;
        while !stop.is_cancelled() {
            if renewed.elapsed() >= RENEWED {
                if !self.call(self.lease.hold(&self.collections)).await? {
                    return Ok(());
                }
                renewed = Instant::now();
            }
            let events = self.call(news(&mut stream)).await?;
            let begun = Instant::now();
            let swept = self.call(self.sweep(&mut progress)).await?;
            let worked = !events.is_empty() || swept;
            if worked || noted.elapsed() >= NOTED {
                progress.token = stream.resume_token().or(progress.token);
                self.call(self.bring_in(events, &progress)).await?;
                noted = Instant::now();
            }
            if worked {
                rest(begun.elapsed(), stop).await;
            }
        }
        Ok(())
    }

    /// Opens the stream at its place. Without one, or with one that is forgotten, all that is there is read too.
    async fn follow(&self, progress: &mut Progress) -> Result<ChangeStream<Event>> {
        if let Some(token) = progress.token.clone() {
            match watch(&self.collections, Some(token)).await {
                Err(failure) if is_lost(&failure) => tracing::warn!("the search index is made up from all messages"),
                opened => return self.call(async { opened }).await,
            }
        }
        let stream = self.call(watch(&self.collections, None)).await?;
        *progress = Progress {
            token: stream.resume_token(),
            sweep: Sweep::Start,
        };
        self.call(progress.write(&self.collections)).await?;
        Ok(stream)
    }

    async fn bring_in(&self, events: Vec<Event>, progress: &Progress) -> Result<(), Failure> {
        // A message of several events comes with the last of them as it is then.
        let (mut messages, mut gone): (HashMap<MessageId, Message>, Vec<MessageId>) = Default::default();
        for event in events {
            let id = message::id(field(&event.document_key, "_id")?)?;
            match event.full_document {
                Some(found) => drop(messages.insert(id, message::read(&found)?)),
                None => gone.push(id),
            }
        }
        let messages: Vec<_> = messages.into_values().collect();
        batch::write(&self.collections, &messages).await?;
        batch::remove(&self.collections, &gone).await?;
        progress.write(&self.collections).await
    }

    /// Brings in the next of the messages that were there before the stream; says whether there were any.
    async fn sweep(&self, progress: &mut Progress) -> Result<bool, Failure> {
        let filter = match &progress.sweep {
            Sweep::Done => return Ok(false),
            Sweep::Start => doc! { "_id": { "$gte": binary(&[]) } },
            Sweep::Behind(id) => doc! { "_id": { "$gt": binary(id.as_bytes()) } },
        };
        let find = self
            .collections
            .messages
            .find(filter)
            .sort(doc! { "_id": 1 })
            .limit(MOST as i64);
        let mut messages: Vec<Message> = Vec::new();
        each(find, |found| {
            messages.push(message::read(found)?);
            Ok(())
        })
        .await?;
        batch::write(&self.collections, &messages).await?;
        progress.sweep = match messages.last() {
            Some(last) if messages.len() == MOST => Sweep::Behind(last.id),
            _ => Sweep::Done,
        };
        Ok(true)
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T> {
        self.collections.connection.call("search.index", work).await
    }
}

async fn rest(worked: Duration, stop: &CancellationToken) {
    let rest = (worked * REST).min(LONGEST_REST);
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(rest) => {}
    }
}

/// The stream of what changes a message's text, behind `token` or from now on.
async fn watch(collections: &Collections, token: Option<ResumeToken>) -> Result<ChangeStream<Event>, Failure> {
    let words = doc! { "$or": [
        { "operationType": { "$in": ["insert", "replace", "delete"] } },
        { "updateDescription.updatedFields.x": { "$exists": true } },
        { "updateDescription.updatedFields.e": { "$exists": true } },
        { "updateDescription.updatedFields.d": { "$exists": true } },
    ] };
    let pipeline: [Document; 2] = [
        doc! { "$match": words },
        doc! { "$project": { "documentKey": 1, "fullDocument": 1 } },
    ];
    let stream = collections
        .messages
        .watch()
        .pipeline(pipeline)
        .resume_after(token)
        .full_document(FullDocumentType::UpdateLookup)
        .max_await_time(NEWS)
        .batch_size(MOST as u32);
    Ok(stream.await?.with_type())
}

/// What happened since, up to [`MOST`].
async fn news(stream: &mut ChangeStream<Event>) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    while events.len() < MOST {
        match stream.next_if_any().await? {
            Some(event) => events.push(event),
            None => break,
        }
    }
    Ok(events)
}

fn is_lost(failure: &Failure) -> bool {
    use mongodb::error::ErrorKind::Command;
    matches!(failure, Failure::Driver(cause)
        if matches!(cause.kind.as_ref(), Command(command) if HISTORY_LOST.contains(&command.code)))
}
