//! Logins: families of refresh tokens, each good once.
//!
//! A session's document names the one token that is good, so a rotation is one atomic update of it: of two with the same
//! token, one finds it there. The tokens themselves are append-only and lead from a token to its session; one that leads
//! to a session which names another token was used before. A token that was written by a rotation that then lost, or
//! died, was never given to anybody.

use futures::try_join;
use mongodb::bson::{Document, RawDocument, RawDocumentBuf, doc, raw::cstr};
use talkline_core::{
    id::SessionId,
    port::{NewSession, Rotation},
    time::Timestamp,
    user::Session,
};

use super::Collections;
use crate::mongo::{
    connection::{Documents, is_duplicate},
    error::Failure,
    expiry::after,
    value::{binary, bytes, date, field, raw_binary, time, user},
};

/// How long sessions and tokens stay after they expired, in milliseconds: a day, so that clocks need not agree.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// Begins a session with its first token. The token comes first: a session without one could not be ended.
pub(super) async fn open(collections: &Collections, new: &NewSession) -> Result<(), Failure> {
    let session = &new.session;
    insert_token(collections, &new.token, session.id, session.expires_at).await?;
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(session.id.as_bytes()));
    document.append(cstr!("u"), raw_binary(session.user.as_bytes()));
    document.append(cstr!("x"), date(session.expires_at));
    document.append(cstr!("k"), raw_binary(&new.token));
    document.append(cstr!("z"), date(after(session.expires_at, KEPT)));
    insert(&collections.sessions, &document).await
}

/// Exchanges a token for the next one.
pub(super) async fn rotate(
    collections: &Collections,
    old: &[u8; 32],
    new: &[u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Rotation, Failure> {
    let Some(id) = session_of(collections, old).await? else {
        return Ok(Rotation::Refused);
    };
    // Before it is good, it must be known.
    insert_token(collections, new, id, expires_at).await?;
    let good = doc! { "_id": binary(id.as_bytes()), "k": binary(old), "x": { "$gt": date(now) } };
    let next = doc! { "k": binary(new), "x": date(expires_at), "z": date(after(expires_at, KEPT)) };
    if let Some(found) = collections
        .sessions
        .find_one_and_update(good, doc! { "$set": next })
        .await?
    {
        let session = session(&found)?;
        return Ok(Rotation::Rotated(Session { expires_at, ..session }));
    }
    // It was not the good one, or expired. A used one ends the session, whichever token is the good one by now.
    let used = doc! { "_id": binary(id.as_bytes()), "k": { "$ne": binary(old) } };
    let ended = collections.sessions.find_one_and_delete(used).await?;
    Ok(match ended {
        Some(found) => Rotation::Reused(session(&found)?),
        None => Rotation::Refused,
    })
}

/// Ends the session of a token, used or not.
pub(super) async fn close(collections: &Collections, token: &[u8; 32]) -> Result<Option<Session>, Failure> {
    let Some(id) = session_of(collections, token).await? else {
        return Ok(None);
    };
    let (ended, _) = try_join!(
        async { Ok::<_, Failure>(collections.sessions.find_one_and_delete(one(id)).await?) },
        async { Ok(collections.tokens.delete_one(doc! { "_id": binary(token) }).await?) },
    )?;
    ended.map(|found| session(&found)).transpose()
}

/// Whether a session is neither ended nor expired.
pub(super) async fn is_open(collections: &Collections, id: SessionId, now: Timestamp) -> Result<bool, Failure> {
    let filter = doc! { "_id": binary(id.as_bytes()), "x": { "$gt": date(now) } };
    Ok(collections.sessions.one(filter, |_| Ok(())).await?.is_some())
}

async fn session_of(collections: &Collections, token: &[u8; 32]) -> Result<Option<SessionId>, Failure> {
    let read = |found: &RawDocument| session_id(found, "s");
    collections.tokens.one(doc! { "_id": binary(token) }, read).await
}

async fn insert_token(
    collections: &Collections,
    token: &[u8; 32],
    session: SessionId,
    expires_at: Timestamp,
) -> Result<(), Failure> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(token));
    document.append(cstr!("s"), raw_binary(session.as_bytes()));
    document.append(cstr!("z"), date(after(expires_at, KEPT)));
    insert(&collections.tokens, &document).await
}

/// Inserts a document; one that is there is the same, of an attempt whose answer was lost.
async fn insert(into: &Documents, document: &RawDocumentBuf) -> Result<(), Failure> {
    match into.insert_one(document).await {
        Err(cause) if !is_duplicate(&cause) => Err(cause.into()),
        _ => Ok(()),
    }
}

fn one(id: SessionId) -> Document {
    doc! { "_id": binary(id.as_bytes()) }
}

fn session(found: &RawDocument) -> Result<Session, Failure> {
    Ok(Session {
        id: session_id(found, "_id")?,
        user: user(field(found, "u")?)?,
        expires_at: time(field(found, "x")?)?,
    })
}

fn session_id(found: &RawDocument, name: &str) -> Result<SessionId, Failure> {
    let id = SessionId::from_slice(bytes(field(found, name)?)?);
    id.map_err(|_| Failure::Corrupt("a stored session's id has another length"))
}
