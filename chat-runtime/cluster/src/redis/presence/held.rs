//! What the gateways of this process hold, so that it can be told again: Redis may forget, and calls may fail.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use talkline_core::id::UserId;

/// The sockets of one user at one gateway, sorted.
pub(super) type Sockets = Vec<Box<str>>;

/// By the gateway's name: in a process of its own there is one.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<Box<str>, Gateway>>);

#[derive(Default)]
struct Gateway {
    /// Redis was told that it lives.
    introduced: bool,
    users: HashMap<UserId, Sockets>,
    /// Those of whom Redis may believe something else.
    unsure: HashSet<UserId>,
    /// Those of them about whom a call failed, which may have taken effect: nobody was told of that.
    untold: HashSet<UserId>,
    /// Those who are told again without a reason, before everybody was.
    turn: Vec<UserId>,
}

impl Held {
    pub(super) fn add(&self, gateway: &str, user: UserId, socket: &str) {
        self.with(gateway, |held| {
            let sockets = held.users.entry(user).or_default();
            if let Err(place) = sockets.binary_search_by(|other| (**other).cmp(socket)) {
                sockets.insert(place, socket.into());
            }
        });
    }

    pub(super) fn remove(&self, gateway: &str, user: UserId, socket: &str) {
        self.with(gateway, |held| {
            let Some(sockets) = held.users.get_mut(&user) else {
                return;
            };
            sockets.retain(|other| **other != *socket);
            if sockets.is_empty() {
                held.users.remove(&user);
            }
        });
    }

    pub(super) fn has(&self, gateway: &str, user: UserId, socket: &str) -> bool {
        self.with(gateway, |held| {
            let sockets = held.users.get(&user);
            sockets.is_some_and(|sockets| sockets.iter().any(|held| **held == *socket))
        })
    }

    pub(super) fn sockets(&self, gateway: &str, user: UserId) -> Sockets {
        self.with(gateway, |held| held.users.get(&user).cloned().unwrap_or_default())
    }

    /// Whether this is the first time that the gateway is asked about.
    pub(super) fn is_new(&self, gateway: &str) -> bool {
        self.with(gateway, |held| !held.introduced)
    }

    pub(super) fn introduced(&self, gateway: &str) {
        self.with(gateway, |held| held.introduced = true);
    }

    pub(super) fn doubt(&self, gateway: &str, users: impl IntoIterator<Item = UserId>) {
        self.with(gateway, |held| held.unsure.extend(users));
    }

    /// Those about whom a call failed.
    pub(super) fn failed(&self, gateway: &str, users: impl IntoIterator<Item = UserId>) {
        self.with(gateway, |held| {
            for user in users {
                held.unsure.insert(user);
                held.untold.insert(user);
            }
        });
    }

    /// Those of these about whom a call had failed, once.
    pub(super) fn untold(&self, gateway: &str, users: &[(UserId, Sockets)]) -> Vec<UserId> {
        self.with(gateway, |held| {
            let users = users.iter().map(|(user, _)| *user);
            users.filter(|user| held.untold.remove(user)).collect()
        })
    }

    /// All that the gateway holds.
    pub(super) fn doubt_all(&self, gateway: &str) {
        self.with(gateway, |held| held.unsure.extend(held.users.keys()));
    }

    /// One of `parts` of what the gateway holds, another one each time.
    pub(super) fn doubt_some(&self, gateway: &str, parts: usize) {
        self.with(gateway, |held| {
            if held.turn.is_empty() {
                held.turn = held.users.keys().copied().collect();
            }
            let some = held.users.len().div_ceil(parts).min(held.turn.len());
            let some = held.turn.split_off(held.turn.len() - some);
            held.unsure
                .extend(some.into_iter().filter(|user| held.users.contains_key(user)));
        });
    }

    /// At most `most` of those in doubt, who are so no longer, with their sockets.
    pub(super) fn take_unsure(&self, gateway: &str, most: usize) -> Vec<(UserId, Sockets)> {
        self.with(gateway, |held| {
            let some: Vec<_> = held.unsure.iter().take(most).copied().collect();
            let taken = some.into_iter().map(|user| {
                held.unsure.remove(&user);
                (user, held.users.get(&user).cloned().unwrap_or_default())
            });
            taken.collect()
        })
    }

    fn with<T>(&self, gateway: &str, act: impl FnOnce(&mut Gateway) -> T) -> T {
        let mut gateways: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match gateways.get_mut(gateway) {
            Some(held) => act(held),
            None => act(gateways.entry(gateway.into()).or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    #[test]
    fn sockets_are_a_set_and_a_user_without_is_not_held() {
        let held = Held::default();
        for socket in ["2", "1", "2"] {
            held.add("a", user(1), socket);
        }
        assert_eq!(held.sockets("a", user(1)).join(","), "1,2");
        assert_eq!(held.sockets("b", user(1)), Sockets::new());
        held.remove("a", user(1), "1");
        held.remove("a", user(1), "2");
        held.doubt_all("a");
        assert_eq!(held.take_unsure("a", 9).len(), 0);
    }

    #[test]
    fn whoever_a_call_failed_about_is_told_of_once() {
        let held = Held::default();
        held.doubt("a", [user(1)]);
        held.failed("a", [user(2)]);
        let some = held.take_unsure("a", 9);
        assert_eq!(some.len(), 2);
        assert_eq!(held.untold("a", &some), [user(2)]);
        assert_eq!(held.untold("a", &some), []);
    }

    #[test]
    fn everybody_has_their_turn() {
        let held = Held::default();
        for number in 0..10 {
            held.add("a", user(number), "1");
        }
        let mut told = HashSet::new();
        for _ in 0..4 {
            held.doubt_some("a", 4);
            told.extend(held.take_unsure("a", 9).into_iter().map(|(user, _)| user));
        }
        assert_eq!(told.len(), 10);
    }
}
