//! The law of presence. Time is what the calls say it is.

#![expect(clippy::unwrap_used, reason = "a suite fails as a test does")]

use std::time::Duration;

use crate::{
    id::UserId,
    port::{
        Admission, Presence, PresenceState,
        PresenceStatus::{self, Away, Offline, Online},
    },
    time::Timestamp,
};

/// Checks each law on `presence`, which forgets gateways that are silent for `expiry`.
pub async fn presence(presence: &dyn Presence, expiry: Duration) {
    who_was_never_seen_is_offline(presence).await;
    a_user_is_there_with_the_first_socket_until_the_last(presence).await;
    the_same_call_again_changes_nothing(presence).await;
    away_is_for_all_sockets_and_ends_with_them(presence).await;
    only_who_is_there_can_be_away(presence).await;
    states_come_in_the_order_asked(presence).await;
    sockets_go_with_a_silent_gateway(presence, expiry).await;
    a_user_has_no_more_sockets_than_they_may(presence).await;
    a_socket_that_is_there_is_not_refused(presence).await;
    of_many_at_once_only_so_many_fit(presence).await;
    the_sockets_of_a_silent_gateway_make_room(presence, expiry).await;
}

async fn who_was_never_seen_is_offline(presence: &dyn Presence) {
    assert_eq!(presence.get(&[user()]).await.unwrap(), [PresenceState::default()]);
}

async fn a_user_is_there_with_the_first_socket_until_the_last(presence: &dyn Presence) {
    let ann = user();
    let came = come(presence, "a", ann, "1", at(1)).await;
    assert_eq!(came.map(|state| state.status), Some(Online));
    assert_eq!(
        come(presence, "b", ann, "1", at(2)).await,
        None,
        "a second socket is no news"
    );
    assert_eq!(
        presence.disconnected("a", ann, "1", at(3)).await.unwrap(),
        None,
        "one of two sockets"
    );
    assert_eq!(status(presence, ann).await, Online);
    let left = presence.disconnected("b", ann, "1", at(4)).await.unwrap();
    let gone = PresenceState {
        status: Offline,
        last_seen: Some(at(4)),
    };
    assert_eq!(left, Some(gone));
    assert_eq!(presence.get(&[ann]).await.unwrap(), [gone]);
}

async fn the_same_call_again_changes_nothing(presence: &dyn Presence) {
    let bob = user();
    come(presence, "a", bob, "1", at(1)).await;
    assert_eq!(come(presence, "a", bob, "1", at(2)).await, None);
    presence.disconnected("a", bob, "1", at(3)).await.unwrap();
    assert_eq!(presence.disconnected("a", bob, "1", at(4)).await.unwrap(), None);
    assert_eq!(presence.disconnected("a", user(), "1", at(4)).await.unwrap(), None);
    let state = presence.get(&[bob]).await.unwrap()[0];
    assert_eq!(
        state,
        PresenceState {
            status: Offline,
            last_seen: Some(at(3))
        }
    );
}

async fn away_is_for_all_sockets_and_ends_with_them(presence: &dyn Presence) {
    let ann = user();
    come(presence, "a", ann, "1", at(1)).await;
    let away = presence.set(ann, Away, at(2)).await.unwrap();
    assert_eq!(away.map(|state| state.status), Some(Away));
    assert_eq!(presence.set(ann, Away, at(3)).await.unwrap(), None, "away already");
    assert_eq!(come(presence, "a", ann, "2", at(4)).await, None);
    assert_eq!(
        status(presence, ann).await,
        Away,
        "another socket does not take the word back"
    );
    let back = presence.set(ann, Online, at(5)).await.unwrap();
    assert_eq!(back.map(|state| state.status), Some(Online));
    presence.set(ann, Away, at(6)).await.unwrap();
    presence.disconnected("a", ann, "1", at(7)).await.unwrap();
    presence.disconnected("a", ann, "2", at(8)).await.unwrap();
    come(presence, "a", ann, "3", at(9)).await;
    assert_eq!(status(presence, ann).await, Online, "away ended with the last socket");
}

async fn only_who_is_there_can_be_away(presence: &dyn Presence) {
    let nobody = user();
    for word in [Away, Online] {
        assert_eq!(presence.set(nobody, word, at(1)).await.unwrap(), None);
    }
    assert_eq!(status(presence, nobody).await, Offline);
}

async fn states_come_in_the_order_asked(presence: &dyn Presence) {
    let (here, gone) = (user(), user());
    come(presence, "a", here, "1", at(1)).await;
    let states = presence.get(&[gone, here, gone]).await.unwrap();
    let statuses: Vec<_> = states.iter().map(|state| state.status).collect();
    assert_eq!(statuses, [Offline, Online, Offline]);
}

async fn sockets_go_with_a_silent_gateway(presence: &dyn Presence, expiry: Duration) {
    let (dead, alive) = (user().to_string(), user().to_string());
    let (on_dead, on_both) = (user(), user());
    let start = at(100);
    let after = |part: f64| later(start, expiry.mul_f64(part));
    come(presence, &dead, on_dead, "1", start).await;
    come(presence, &dead, on_both, "1", start).await;
    come(presence, &alive, on_both, "2", start).await;
    presence.heartbeat(&dead, after(0.5)).await.unwrap();
    let gone = presence.heartbeat(&alive, after(1.2)).await.unwrap();
    assert!(!gone.contains(&on_dead), "the heartbeat at half the time counts");
    let gone = presence.heartbeat(&alive, after(2.0)).await.unwrap();
    assert!(gone.contains(&on_dead), "a silent gateway's sockets are gone");
    assert!(!gone.contains(&on_both), "the other gateway has a socket too");
    assert_eq!(status(presence, on_dead).await, Offline);
    assert_eq!(status(presence, on_both).await, Online);
    let again = presence.heartbeat(&alive, after(2.1)).await.unwrap();
    assert!(!again.contains(&on_dead), "told once");
}

async fn a_user_has_no_more_sockets_than_they_may(presence: &dyn Presence) {
    let (ann, bob) = (user(), user());
    come(presence, "a", ann, "1", at(1)).await;
    assert_eq!(ask(presence, "b", ann, "1", 2).await, Admission::Admitted(None));
    for gateway in ["a", "c"] {
        assert_eq!(ask(presence, gateway, ann, "3", 2).await, Admission::Refused);
    }
    assert_eq!(
        ask(presence, "a", ann, "3", 0).await,
        Admission::Admitted(None),
        "no limit"
    );
    assert!(matches!(
        ask(presence, "a", bob, "4", 1).await,
        Admission::Admitted(Some(_))
    ));
    for (gateway, socket) in [("a", "1"), ("a", "3")] {
        presence.disconnected(gateway, ann, socket, at(2)).await.unwrap();
    }
    assert_eq!(
        ask(presence, "c", ann, "3", 2).await,
        Admission::Admitted(None),
        "there is room again"
    );
    presence.disconnected("c", ann, "3", at(3)).await.unwrap();
    let left = presence.disconnected("b", ann, "1", at(3)).await.unwrap();
    assert_eq!(
        left.map(|state| state.status),
        Some(Offline),
        "the refused left nothing"
    );
}

async fn a_socket_that_is_there_is_not_refused(presence: &dyn Presence) {
    let ann = user();
    for socket in ["1", "2"] {
        come(presence, "a", ann, socket, at(1)).await;
    }
    for most in [1, 2] {
        assert_eq!(ask(presence, "a", ann, "2", most).await, Admission::Admitted(None));
    }
    assert_eq!(
        ask(presence, "a", ann, "3", 3).await,
        Admission::Admitted(None),
        "counted once"
    );
}

async fn of_many_at_once_only_so_many_fit(presence: &dyn Presence) {
    let ann = user();
    let (a, b, c, d) = tokio::join!(
        ask(presence, "a", ann, "1", 2),
        ask(presence, "b", ann, "2", 2),
        ask(presence, "a", ann, "3", 2),
        ask(presence, "b", ann, "4", 2),
    );
    let refused = [a, b, c, d]
        .into_iter()
        .filter(|admission| *admission == Admission::Refused);
    assert_eq!(refused.count(), 2);
}

async fn the_sockets_of_a_silent_gateway_make_room(presence: &dyn Presence, expiry: Duration) {
    let (dead, alive, ann) = (user().to_string(), user().to_string(), user());
    let start = at(200);
    presence.connected(&dead, ann, "1", 1, start).await.unwrap();
    let refused = presence.connected(&alive, ann, "2", 1, start).await.unwrap();
    assert_eq!(refused, Admission::Refused);
    let end = later(start, expiry.mul_f64(1.5));
    presence.heartbeat(&alive, end).await.unwrap();
    let came = presence.connected(&alive, ann, "2", 1, end).await.unwrap();
    assert!(matches!(came, Admission::Admitted(Some(_))), "{came:?}");
}

/// A socket opens, with no limit.
async fn come(
    presence: &dyn Presence,
    gateway: &str,
    user: UserId,
    socket: &str,
    now: Timestamp,
) -> Option<PresenceState> {
    match presence.connected(gateway, user, socket, 0, now).await.unwrap() {
        Admission::Admitted(changed) => changed,
        Admission::Refused => unreachable!("0 refuses none"),
    }
}

/// A socket opens, of which the user may have `most`.
async fn ask(presence: &dyn Presence, gateway: &str, user: UserId, socket: &str, most: u32) -> Admission {
    presence.connected(gateway, user, socket, most, at(1)).await.unwrap()
}

async fn status(presence: &dyn Presence, user: UserId) -> PresenceStatus {
    presence.get(&[user]).await.unwrap()[0].status
}

fn user() -> UserId {
    UserId::from_bytes(rand::random())
}

/// So many seconds after some time.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + 1000 * seconds)
}

fn later(start: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(start.as_millis() + by.as_millis() as i64)
}
