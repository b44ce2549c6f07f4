//! Whose turn it is to say what of a user: what is said of one user is said one after the other, so that no word overtakes
//! a later one and takes it back.

use std::hash::{BuildHasher as _, RandomState};

use talkline_core::id::UserId;
use tokio::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Users who share a turn wait for each other: few enough to be small, enough to be rarely in the way.
const SHARDS: usize = 256;

/// See the module.
pub(super) struct Turns {
    everybody: RwLock<()>,
    shards: Box<[Mutex<()>]>,
    hasher: RandomState,
}

/// While it lives, nobody else says anything of the user.
pub(super) struct Turn<'a> {
    _everybody: RwLockReadGuard<'a, ()>,
    _shard: MutexGuard<'a, ()>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            everybody: RwLock::default(),
            shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The turn of one user.
    pub(super) async fn of(&self, user: UserId) -> Turn<'_> {
        let shard = self.hasher.hash_one(user) as usize % SHARDS;
        Turn {
            _everybody: self.everybody.read().await,
            _shard: self.shards[shard].lock().await,
        }
    }

    /// The turn of all of them at once: for many users in one round trip.
    pub(super) async fn of_everybody(&self) -> RwLockWriteGuard<'_, ()> {
        self.everybody.write().await
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn one_user_at_a_time_and_everybody_alone() {
        let (turns, ann) = (Turns::new(), UserId::from_bytes([1; 16]));
        let first = turns.of(ann).await;
        let mut second = pin!(turns.of(ann));
        assert!(poll!(&mut second).is_pending());
        let mut everybody = pin!(turns.of_everybody());
        assert!(poll!(&mut everybody).is_pending());
        drop(first);
        drop(second.await);
        drop(everybody.await);
    }
}
