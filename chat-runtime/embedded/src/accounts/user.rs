//! Users and their passwords' hashes.

use rusqlite::{Connection, OptionalExtension, Row, params};
use talkline_core::{
    id::UserId,
    port::{Profile, UserPage},
    time::Timestamp,
    user::{Email, Tier, User},
};

use crate::database::{corrupt, integer};

/// The columns that [`user`] reads, in its order.
const USER: &str = "id, email, name, tier, created_at";

/// Creates a user; `false` if the address is taken.
pub(super) fn create(connection: &Connection, user: &User, password_hash: &str) -> rusqlite::Result<bool> {
    let created = connection
        .prepare_cached(
            "INSERT INTO account (id, email, name, folded, tier, created_at, password_hash)
             VALUES (?1, ?2, ?3, fold(?3), ?4, ?5, ?6) ON CONFLICT (email) DO NOTHING",
        )?
        .execute(params![
            user.id.as_bytes(),
            user.email.as_str(),
            user.name,
            tier_column(user.tier),
            user.created_at.as_millis(),
            password_hash
        ])?;
    Ok(created == 1)
}

/// The user with this address, and the password's hash.
pub(super) fn credentials(connection: &Connection, email: &Email) -> rusqlite::Result<Option<(User, String)>> {
    connection
        .prepare_cached(&format!("SELECT {USER}, password_hash FROM account WHERE email = ?1"))?
        .query_row(params![email.as_str()], |row| Ok((user(row)?, row.get(5)?)))
        .optional()
}

/// Users by id, those that exist.
pub(super) fn users(connection: &Connection, ids: &[UserId]) -> rusqlite::Result<Vec<User>> {
    let found = ids.iter().map(|id| by_id(connection, *id));
    found.filter_map(Result::transpose).collect()
}

/// Users whose name or address contains `text`, by name then id.
pub(super) fn search(
    connection: &Connection,
    text: &str,
    after: Option<UserId>,
    limit: usize,
) -> rusqlite::Result<UserPage> {
    let after = match after {
        Some(id) => by_id(connection, id)?.map(|user| (user.name, user.id)),
        None => None,
    };
    // Behind nobody is behind the empty name.
    let (name, id) = after.map_or((String::new(), Vec::new()), |(name, id)| (name, id.as_bytes().to_vec()));
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {USER} FROM account WHERE (name, id) > (?1, ?2)
         AND (instr(folded, fold(?3)) OR instr(email, fold(?3))) ORDER BY name, id LIMIT ?4"
    ))?;
    let rows = statement.query_map(params![name, id, text, integer(limit as u64 + 1)], user)?;
    let mut users = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let has_more = users.len() > limit;
    users.truncate(limit);
    Ok(UserPage { users, has_more })
}

/// Changes what a user may change; none if there is no such user.
pub(super) fn update(connection: &Connection, id: UserId, profile: &Profile) -> rusqlite::Result<Option<User>> {
    if let Some(name) = &profile.name {
        connection
            .prepare_cached("UPDATE account SET name = ?2, folded = fold(?2) WHERE id = ?1")?
            .execute(params![id.as_bytes(), name])?;
    }
    by_id(connection, id)
}

fn by_id(connection: &Connection, id: UserId) -> rusqlite::Result<Option<User>> {
    connection
        .prepare_cached(&format!("SELECT {USER} FROM account WHERE id = ?1"))?
        .query_row(params![id.as_bytes()], user)
        .optional()
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let email = Email::try_from(row.get::<_, String>(1)?).map_err(|cause| corrupt(1, std::io::Error::other(cause)))?;
    Ok(User {
        id: UserId::from_bytes(row.get(0)?),
        email,
        name: row.get(2)?,
        tier: if row.get::<_, i64>(3)? == tier_column(Tier::Premium) {
            Tier::Premium
        } else {
            Tier::Standard
        },
        created_at: Timestamp::from_millis(row.get(4)?),
    })
}

fn tier_column(tier: Tier) -> i64 {
    match tier {
        Tier::Standard => 0,
        Tier::Premium => 1,
    }
}
