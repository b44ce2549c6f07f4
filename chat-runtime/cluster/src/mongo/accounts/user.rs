//! Users and their passwords' hashes.
//!
//! A search for users reads the index of their names from its place on, in which everything stands that is compared, so
//! that no other document is touched. What it costs grows with the number of users that do not fit;
//! the deadline of a call is its bound.

use mongodb::{
    bson::{Bson, Document, RawDocument, RawDocumentBuf, Regex, doc, raw::CString, raw::cstr},
    options::{Hint, ReturnDocument},
};
use talkline_core::{
    id::UserId,
    port::{Profile, UserPage},
    user::{Email, Tier, User},
};

use super::Collections;
use crate::mongo::{
    connection::{each, is_duplicate},
    error::Failure,
    value::{self, binaries, binary, boolean, date, field, raw_binary, text, time},
};

/// Creates a user; `false` if the address is taken.
pub(super) async fn create(collections: &Collections, user: &User, password_hash: &str) -> Result<bool, Failure> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(user.id.as_bytes()));
    document.append(cstr!("m"), user.email.as_str());
    document.append(cstr!("n"), user.name.as_str());
    document.append(cstr!("f"), fold(&user.name));
    document.append(cstr!("t"), date(user.created_at));
    document.append(cstr!("p"), user.tier == Tier::Premium);
    document.append(cstr!("h"), password_hash);
    match collections.users.insert_one(&document).await {
        Ok(_) => Ok(true),
        Err(cause) if is_duplicate(&cause) => Ok(false),
        Err(cause) => Err(cause.into()),
    }
}

/// The user with this address, and the password's hash.
pub(super) async fn credentials(collections: &Collections, email: &Email) -> Result<Option<(User, String)>, Failure> {
    let read = |found: &RawDocument| Ok((user(found)?, text(field(found, "h")?)?.to_owned()));
    collections.users.one(doc! { "m": email.as_str() }, read).await
}

/// Users by id, those that exist.
pub(super) async fn users(collections: &Collections, ids: &[UserId]) -> Result<Vec<User>, Failure> {
    let mut users = Vec::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(users);
    }
    let ids = binaries(ids.iter().map(|id| &id.as_bytes()[..]));
    each(collections.users.by_ids(doc! { "_id": { "$in": ids } }), |found| {
        users.push(user(found)?);
        Ok(())
    })
    .await?;
    Ok(users)
}

/// Users whose name or address contains `text`, by name then id.
pub(super) async fn search(
    collections: &Collections,
    text: &str,
    after: Option<UserId>,
    limit: usize,
) -> Result<UserPage, Failure> {
    let mut filter = Document::new();
    if !text.is_empty() {
        let contains = literal(&fold(text))?;
        filter.insert("$or", vec![doc! { "f": contains.clone() }, doc! { "m": contains }]);
    }
    let start = match after {
        Some(id) => by_id(collections, id).await?,
        None => None,
    };
    // One more than wanted tells whether there are more; one for the place itself.
    let mut find = collections
        .users
        .find(filter)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(2));
    if let Some(start) = &start {
        let id = binary(start.id.as_bytes());
        find = find.min(doc! { "n": &start.name, "_id": id, "f": Bson::MinKey, "m": Bson::MinKey });
    }
    let (order, index) = (doc! { "n": 1, "_id": 1 }, doc! { "n": 1, "_id": 1, "f": 1, "m": 1 });
    let mut users = Vec::new();
    each(find.sort(order).hint(Hint::Keys(index)), |found| {
        users.push(user(found)?);
        Ok(())
    })
    .await?;
    users.retain(|user| Some(user.id) != after);
    let has_more = users.len() > limit;
    users.truncate(limit);
    Ok(UserPage { users, has_more })
}

/// Changes what a user may change; none if there is no such user.
pub(super) async fn update(collections: &Collections, id: UserId, profile: &Profile) -> Result<Option<User>, Failure> {
    let Some(name) = &profile.name else {
        return by_id(collections, id).await;
    };
    let rename = doc! { "$set": { "n": name, "f": fold(name) } };
    let renamed = collections
        .users
        .find_one_and_update(doc! { "_id": binary(id.as_bytes()) }, rename);
    let renamed = renamed.return_document(ReturnDocument::After).await?;
    renamed.map(|found| user(&found)).transpose()
}

async fn by_id(collections: &Collections, id: UserId) -> Result<Option<User>, Failure> {
    collections.users.one(doc! { "_id": binary(id.as_bytes()) }, user).await
}

fn user(found: &RawDocument) -> Result<User, Failure> {
    const STRANGE: Failure = Failure::Corrupt("a stored address is none");
    Ok(User {
        id: value::user(field(found, "_id")?)?,
        email: Email::try_from(text(field(found, "m")?)?.to_owned()).map_err(|_| STRANGE)?,
        name: text(field(found, "n")?)?.to_owned(),
        tier: if boolean(field(found, "p")?)? {
            Tier::Premium
        } else {
            Tier::Standard
        },
        created_at: time(field(found, "t")?)?,
    })
}

/// Text in which case does not matter, in any language.
fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A pattern that means just this text.
fn literal(text: &str) -> Result<Bson, Failure> {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => pattern.push_str("\\x00"),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => pattern.extend(['\\', c]),
            c => pattern.push(c),
        }
    }
    Ok(Bson::RegularExpression(Regex {
        pattern: CString::try_from(pattern)?,
        options: CString::try_from("")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_a_pattern() {
        let Bson::RegularExpression(regex) = literal("a.*\\E[\0é").unwrap() else {
            panic!("no pattern");
        };
        assert_eq!(regex.pattern.as_str(), "a\\.\\*\\\\E\\[\\x00é");
    }
}
