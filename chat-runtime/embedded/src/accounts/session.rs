//! Logins: families of refresh tokens, each good once.

use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::{
    id::{SessionId, UserId},
    port::{NewSession, Rotation},
    time::Timestamp,
    user::Session,
};

/// The most expired sessions that one call clears away.
const CLEARED: i64 = 20;

/// A token that is known, with its session.
struct Token {
    session: Session,
    used: bool,
    expires_at: Timestamp,
}

/// Begins a session with its first token.
pub(super) fn open(connection: &Connection, new: &NewSession) -> rusqlite::Result<()> {
    let session = &new.session;
    connection
        .prepare_cached("INSERT INTO session (id, user, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![
            session.id.as_bytes(),
            session.user.as_bytes(),
            session.expires_at.as_millis()
        ])?;
    insert_token(connection, &new.token, session)
}

/// Exchanges a token for the next one.
pub(super) fn rotate(
    connection: &Connection,
    old: &[u8; 32],
    new: &[u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> rusqlite::Result<Rotation> {
    clear(connection, now)?;
    let Some(token) = find(connection, old)? else {
        return Ok(Rotation::Refused);
    };
    if token.used {
        end(connection, token.session.id)?;
        return Ok(Rotation::Reused(token.session));
    }
    if token.expires_at <= now {
        return Ok(Rotation::Refused);
    }
    connection
        .prepare_cached("UPDATE refresh_token SET used = 1 WHERE hash = ?1")?
        .execute(params![old])?;
    let session = Session {
        expires_at,
        ..token.session
    };
    connection
        .prepare_cached("UPDATE session SET expires_at = ?2 WHERE id = ?1")?
        .execute(params![session.id.as_bytes(), expires_at.as_millis()])?;
    insert_token(connection, new, &session)?;
    forget_old_tokens(connection, session.id, now)?;
    Ok(Rotation::Rotated(session))
}

/// Ends the session of a token, used or not.
pub(super) fn close(connection: &Connection, token: &[u8; 32]) -> rusqlite::Result<Option<Session>> {
    let session = find(connection, token)?.map(|token| token.session);
    if let Some(session) = &session {
        end(connection, session.id)?;
    }
    Ok(session)
}

/// Whether a session is neither ended nor expired.
pub(super) fn is_open(connection: &Connection, session: SessionId, now: Timestamp) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM session WHERE id = ?1 AND expires_at > ?2")?
        .exists(params![session.as_bytes(), now.as_millis()])
}

fn find(connection: &Connection, hash: &[u8; 32]) -> rusqlite::Result<Option<Token>> {
    connection
        .prepare_cached(
            "SELECT session.id, session.user, session.expires_at, used, refresh_token.expires_at
             FROM refresh_token JOIN session ON session.id = refresh_token.session WHERE hash = ?1",
        )?
        .query_row(params![hash], |row| {
            Ok(Token {
                session: Session {
                    id: SessionId::from_bytes(row.get(0)?),
                    user: UserId::from_bytes(row.get(1)?),
                    expires_at: Timestamp::from_millis(row.get(2)?),
                },
                used: row.get(3)?,
                expires_at: Timestamp::from_millis(row.get(4)?),
            })
        })
        .optional()
}

fn insert_token(connection: &Connection, hash: &[u8; 32], session: &Session) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO refresh_token (hash, session, used, expires_at) VALUES (?1, ?2, 0, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![hash, session.id.as_bytes(), session.expires_at.as_millis()])?;
    Ok(())
}

/// A session that goes on for years keeps only the used tokens that would still be good.
fn forget_old_tokens(connection: &Connection, session: SessionId, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM refresh_token WHERE session = ?1 AND used AND expires_at <= ?2")?
        .execute(params![session.as_bytes(), now.as_millis()])?;
    Ok(())
}

fn end(connection: &Connection, session: SessionId) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM refresh_token WHERE session = ?1",
        "DELETE FROM session WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute(params![session.as_bytes()])?;
    }
    Ok(())
}

/// Clears some of what has expired. Whoever shows such a token again is refused as with any unknown one.
fn clear(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut expired = connection.prepare_cached("SELECT id FROM session WHERE expires_at <= ?1 LIMIT ?2")?;
    let sessions = expired
        .query_map(params![now.as_millis(), CLEARED], |row| {
            row.get(0).map(SessionId::from_bytes)
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    sessions.into_iter().try_for_each(|session| end(connection, session))
}
