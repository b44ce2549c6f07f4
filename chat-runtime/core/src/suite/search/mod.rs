//! The law of [`Search`], law by law.

mod room;

use room::{ANN, BOB, Room, finds, found};

use crate::port::{Scope, Search, SearchQuery, Store};

/// Checks every law on a search over `store`, which nobody else writes to.
///
/// # Panics
/// Where a law does not hold.
pub async fn search(store: &dyn Store, search: &dyn Search) {
    messages_are_found_by_their_present_text(store, search).await;
    what_was_there_long_before_is_found_too(store, search).await;
    nothing_outside_the_scopes_is_found(store, search).await;
    filters_are_kept(store, search).await;
    what_is_typed_is_words(store, search).await;
    case_and_diacritics_do_not_matter(store, search).await;
    highlights_count_characters(store, search).await;
    pages_repeat_nothing(store, search).await;
    what_has_expired_is_found_by_nothing(store, search).await;
}

async fn messages_are_found_by_their_present_text(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("present text");
    let message = room.say(ANN, "first draft");
    let other = room.say(BOB, "second draft");
    room.store(store).await;
    let hits = finds(search, &room.query("draft"), &[other, message]).await;
    assert_eq!((hits[0].seq, hits[1].seq, hits[1].edited), (2, 1, None));
    room.edit(message, "final version");
    room.store(store).await;
    let hits = finds(search, &room.query("version"), &[message]).await;
    assert!(hits[0].edited.is_some(), "it is known which text was found");
    finds(search, &room.query("draft"), &[other]).await;
    room.delete(message);
    room.delete(other);
    room.store(store).await;
    finds(search, &room.query("version"), &[]).await;
    finds(search, &room.query("draft"), &[]).await;
}

/// More messages, and then more changes, than any adapter is likely to read at once.
async fn what_was_there_long_before_is_found_too(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("long before");
    let messages: Vec<_> = (0..350).map(|n| room.say(ANN, &format!("number {n}x"))).collect();
    room.store(store).await;
    finds(search, &room.query("number 349x"), &[messages[349]]).await;
    finds(search, &room.query("number 0x"), &[messages[0]]).await;
    for n in 0..350 {
        room.edit(messages[0], &format!("edit {n}x"));
    }
    room.delete(messages[340]);
    room.store(store).await;
    finds(search, &room.query("number 340x"), &[]).await;
    finds(search, &room.query("number 0x"), &[]).await;
    finds(search, &room.query("edit 349x"), &[messages[0]]).await;
}

async fn what_has_expired_is_found_by_nothing(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("expired");
    let first = room.say(ANN, "elderly one");
    let second = room.say(BOB, "elderly two");
    room.edit(second, "elderly three");
    let third = room.say(ANN, "elderly four");
    room.store(store).await;
    finds(search, &room.query("elderly"), &[third, second, first]).await;
    room.expire(2);
    room.store(store).await;
    finds(search, &room.query("elderly"), &[third]).await;
    room.edit(third, "younger");
    room.expire(3);
    room.store(store).await;
    finds(search, &room.query("elderly"), &[]).await;
    assert_eq!(found(search, &room.query("younger")).await, []);
}

async fn nothing_outside_the_scopes_is_found(store: &dyn Store, search: &dyn Search) {
    let (mut room, mut other) = (Room::new("mine"), Room::new("others'"));
    let early = room.say(ANN, "secret one");
    let late = room.say(ANN, "secret two");
    let elsewhere = other.say(ANN, "secret three");
    room.store(store).await;
    other.store(store).await;
    let mut query = room.query("secret");
    query.scopes.push(other.scope());
    // The first of either room are of the same time: the ids decide.
    finds(search, &query, &[late, early.max(elsewhere), early.min(elsewhere)]).await;
    assert_eq!(found(search, &room.query("secret")).await, [late, early]);
    assert_eq!(found(search, &other.query("secret")).await, [elsewhere]);
    query.scopes = vec![Scope {
        conversation: room.id,
        history_from: 2,
    }];
    assert_eq!(
        found(search, &query).await,
        [late],
        "who joined later sees what came later"
    );
    query.scopes.clear();
    assert_eq!(found(search, &query).await, []);
}

async fn filters_are_kept(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("filters");
    let one = room.say(ANN, "filtered");
    let time = room.now();
    let two = room.say(BOB, "filtered");
    let three = room.say(ANN, "filtered");
    room.store(store).await;
    let all = room.query("filtered");
    finds(search, &all, &[three, two, one]).await;
    let with = async |change: fn(&mut SearchQuery, crate::time::Timestamp)| {
        let mut query = all.clone();
        change(&mut query, time);
        found(search, &query).await
    };
    assert_eq!(with(|query, _| query.sender = Some(BOB)).await, [two]);
    assert_eq!(with(|query, time| query.before = Some(time)).await, [one]);
    assert_eq!(with(|query, time| query.after = Some(time)).await, [three]);
}

async fn what_is_typed_is_words(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("words");
    let plain = room.say(ANN, "the quick brown fox");
    let odd = room.say(ANN, "NOT a \"quoted\" e-mail OR col:umn* (x) ^y + z");
    room.store(store).await;
    finds(search, &room.query("z"), &[odd]).await;
    for text in [
        "quick",
        "fox quick",
        "the qui",
        "QUICK bro",
        "quick !!!",
        " quick\u{0}fox ",
    ] {
        assert_eq!(found(search, &room.query(text)).await, [plain], "{text}");
    }
    for text in [
        "qui fox",
        "quick slow",
        "uick",
        "quick OR nothing",
        "quick NOT fox",
        "",
        "\"",
        "* ()",
        "👍",
        "\0",
    ] {
        assert_eq!(found(search, &room.query(text)).await, [], "{text}");
    }
    for text in [
        "\"quoted",
        "\"\"\"quoted\"\"\"",
        "e-mail",
        "NOT OR",
        "col:umn*",
        "(x)",
        "^y",
        "+ z",
        "x* y",
        "text:x OR",
    ] {
        let expected: &[_] = if text.starts_with("text:") { &[] } else { &[odd] };
        assert_eq!(found(search, &room.query(text)).await, expected, "{text}");
    }
    assert_eq!(found(search, &room.query(&"word ".repeat(200))).await, []);
}

async fn case_and_diacritics_do_not_matter(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("diacritics");
    let message = room.say(ANN, "Ångström war im CAFÉ, Привет");
    room.store(store).await;
    for text in ["angstrom", "ÅNGSTRÖM", "cafe", "Café", "привет", "ПРИ"] {
        finds(search, &room.query(text), &[message]).await;
    }
}

async fn highlights_count_characters(store: &dyn Store, search: &dyn Search) {
    let mut room = Room::new("highlights");
    let text = "👍 Café\u{2}\u{3}\u{0} and cafés, but decaf: cafe";
    let message = room.say(ANN, text);
    room.store(store).await;
    let hits = finds(search, &room.query("caf"), &[message]).await;
    let characters: Vec<char> = text.chars().collect();
    let shown: Vec<String> = hits[0]
        .highlight
        .iter()
        .map(|range| characters[range.clone()].iter().collect())
        .collect();
    assert_eq!(shown, ["Café", "cafés", "cafe"]);
}

async fn pages_repeat_nothing(store: &dyn Store, search: &dyn Search) {
    let (mut room, mut twin) = (Room::new("pages"), Room::new("pages of equal times"));
    let mut expected = Vec::new();
    for _ in 0..5 {
        let time = room.now();
        expected.push((time, room.say(ANN, "paged")));
        expected.push((time, twin.say(ANN, "paged")));
    }
    expected.sort_unstable_by(|one, other| other.cmp(one));
    let expected: Vec<_> = expected.into_iter().map(|(_, message)| message).collect();
    room.store(store).await;
    twin.store(store).await;
    let mut query = room.query("paged");
    query.scopes.push(twin.scope());
    finds(search, &query, &expected).await;
    let mut paged = Vec::new();
    loop {
        let page = search.search(&query, 3).await.unwrap();
        paged.extend(page.hits.iter().map(|hit| hit.place.message));
        query.behind = page.hits.last().map(|hit| hit.place);
        if !page.has_more {
            break;
        }
        assert_eq!(page.hits.len(), 3);
    }
    assert_eq!(paged, expected);
}
