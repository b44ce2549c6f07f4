//! The law of the accounts.

#![expect(clippy::unwrap_used, reason = "a suite fails as a test does")]

use crate::{
    id::{SessionId, UserId},
    port::{Accounts, NewSession, Profile, Rotation},
    time::Timestamp,
    user::{Session, Tier, User},
};

/// Checks each law on `accounts`, which may hold other users already.
pub async fn accounts(accounts: &dyn Accounts) {
    what_is_created_can_be_found(accounts).await;
    an_address_belongs_to_one_user(accounts).await;
    a_profile_changes_what_is_named(accounts).await;
    a_search_lists_by_name_and_goes_on_behind(accounts).await;
    a_token_is_good_once(accounts).await;
    of_two_rotations_one_wins(accounts).await;
    an_old_token_ends_its_session(accounts).await;
    what_is_unknown_or_expired_is_refused(accounts).await;
    a_closed_session_is_over(accounts).await;
}

async fn what_is_created_can_be_found(accounts: &dyn Accounts) {
    let ann = User {
        tier: Tier::Premium,
        ..user("Ann")
    };
    assert!(accounts.create(&ann, "$hash$").await.unwrap());
    let credentials = accounts.credentials(&ann.email).await.unwrap();
    assert_eq!(credentials, Some((ann.clone(), "$hash$".to_owned())));
    let stranger = user("Stranger");
    assert_eq!(accounts.credentials(&stranger.email).await.unwrap(), None);
    assert_eq!(accounts.users(&[stranger.id, ann.id]).await.unwrap(), [ann]);
    assert_eq!(accounts.users(&[]).await.unwrap(), []);
}

async fn an_address_belongs_to_one_user(accounts: &dyn Accounts) {
    let first = user("First");
    let second = User {
        email: first.email.clone(),
        ..user("Second")
    };
    let (a, b) = tokio::join!(accounts.create(&first, "a"), accounts.create(&second, "b"));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a != b, "one address, created by both or by neither: {a}, {b}");
    let (winner, hash) = if a { (first, "a") } else { (second, "b") };
    let stored = accounts.credentials(&winner.email).await.unwrap();
    assert_eq!(stored, Some((winner, hash.to_owned())));
}

async fn a_profile_changes_what_is_named(accounts: &dyn Accounts) {
    let bob = user("Bob");
    accounts.create(&bob, "hash").await.unwrap();
    let named = Profile {
        name: Some("Robert".to_owned()),
    };
    let robert = User {
        name: "Robert".to_owned(),
        ..bob.clone()
    };
    assert_eq!(accounts.update(bob.id, &named).await.unwrap(), Some(robert.clone()));
    assert_eq!(
        accounts.update(bob.id, &Profile::default()).await.unwrap(),
        Some(robert.clone())
    );
    assert_eq!(accounts.users(&[bob.id]).await.unwrap(), [robert]);
    assert_eq!(accounts.update(user("Nobody").id, &named).await.unwrap(), None);
}

async fn a_search_lists_by_name_and_goes_on_behind(accounts: &dyn Accounts) {
    let word = user("x").id.to_string();
    let mut expected = Vec::new();
    for name in ["Cäsar", "Anton", "Berta", "Anton"] {
        let user = user(&format!("{name} {word}"));
        accounts.create(&user, "hash").await.unwrap();
        expected.push(user);
    }
    expected.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let mut found = Vec::new();
    loop {
        let page = accounts
            .search(&word, found.last().map(|user: &User| user.id), 3)
            .await
            .unwrap();
        assert!(page.users.len() <= 3);
        found.extend(page.users);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(found, expected);
    let any_case = accounts.search(&format!("CÄSAR {word}"), None, 10).await.unwrap();
    assert_eq!(any_case.users, expected[3..], "names are found in any case");
    let by_address = accounts
        .search(&expected[1].email.as_str()[3..], None, 10)
        .await
        .unwrap();
    assert_eq!(by_address.users, expected[1..2]);
    assert!(!by_address.has_more);
    assert!(
        !accounts.search("", None, 1).await.unwrap().users.is_empty(),
        "an empty text finds everybody"
    );
    assert!(
        accounts.search("%_%", None, 1).await.unwrap().users.is_empty(),
        "text is not a pattern"
    );
}

async fn a_token_is_good_once(accounts: &dyn Accounts) {
    let (session, first, second) = (session(), token(), token());
    open(accounts, &session, first).await;
    assert!(accounts.is_session_open(session.id, at(0)).await.unwrap());
    let rotated = accounts.rotate(&first, &second, at(0), at(20)).await.unwrap();
    let renewed = Session {
        expires_at: at(20),
        ..session.clone()
    };
    assert_eq!(rotated, Rotation::Rotated(renewed.clone()));
    assert!(
        accounts.is_session_open(session.id, at(10)).await.unwrap(),
        "a rotation prolongs the session"
    );
    assert!(
        !accounts.is_session_open(session.id, at(20)).await.unwrap(),
        "a session ends when it expires"
    );
    let rotated = accounts.rotate(&second, &token(), at(10), at(20)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(renewed));
}

async fn of_two_rotations_one_wins(accounts: &dyn Accounts) {
    let (session, first, second, third) = (session(), token(), token(), token());
    open(accounts, &session, first).await;
    let (a, b) = tokio::join!(
        accounts.rotate(&first, &second, at(0), at(10)),
        accounts.rotate(&first, &third, at(0), at(10))
    );
    let won = [a.unwrap(), b.unwrap()]
        .into_iter()
        .filter(|r| matches!(r, Rotation::Rotated(_)))
        .count();
    assert_eq!(won, 1, "of two rotations of one token, one wins");
}

async fn an_old_token_ends_its_session(accounts: &dyn Accounts) {
    let (session, first, second) = (session(), token(), token());
    open(accounts, &session, first).await;
    accounts.rotate(&first, &second, at(0), at(10)).await.unwrap();
    let reused = accounts.rotate(&first, &token(), at(0), at(10)).await.unwrap();
    assert!(
        matches!(&reused, Rotation::Reused(ended) if ended.id == session.id),
        "{reused:?}"
    );
    assert!(!accounts.is_session_open(session.id, at(0)).await.unwrap());
    for of_the_family in [first, second] {
        let refused = accounts.rotate(&of_the_family, &token(), at(0), at(10)).await.unwrap();
        assert_eq!(refused, Rotation::Refused);
    }
}

async fn what_is_unknown_or_expired_is_refused(accounts: &dyn Accounts) {
    assert_eq!(
        accounts.rotate(&token(), &token(), at(0), at(10)).await.unwrap(),
        Rotation::Refused
    );
    let (session, first) = (session(), token());
    open(accounts, &session, first).await;
    let refused = accounts.rotate(&first, &token(), at(10), at(20)).await.unwrap();
    assert_eq!(
        refused,
        Rotation::Refused,
        "a token is good until it expires, not at that time"
    );
    assert!(!accounts.is_session_open(session.id, at(10)).await.unwrap());
}

async fn a_closed_session_is_over(accounts: &dyn Accounts) {
    let (session, first) = (session(), token());
    open(accounts, &session, first).await;
    assert_eq!(accounts.close_session(&token()).await.unwrap(), None);
    let closed = accounts.close_session(&first).await.unwrap();
    assert_eq!(closed, Some(session.clone()));
    assert!(!accounts.is_session_open(session.id, at(0)).await.unwrap());
    assert_eq!(
        accounts.rotate(&first, &token(), at(0), at(10)).await.unwrap(),
        Rotation::Refused
    );
    assert_eq!(accounts.close_session(&first).await.unwrap(), None);
}

async fn open(accounts: &dyn Accounts, session: &Session, token: [u8; 32]) {
    let session = session.clone();
    accounts.open_session(&NewSession { session, token }).await.unwrap();
}

fn user(name: &str) -> User {
    let id = UserId::from_bytes(rand::random());
    User {
        id,
        email: format!("{id}@example.org").try_into().unwrap(),
        name: name.to_owned(),
        tier: Tier::Standard,
        created_at: at(0),
    }
}

fn session() -> Session {
    Session {
        id: SessionId::from_bytes(rand::random()),
        user: UserId::from_bytes(rand::random()),
        expires_at: at(10),
    }
}

fn token() -> [u8; 32] {
    rand::random()
}

/// So many minutes after some time.
fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + 60_000 * minutes)
}
