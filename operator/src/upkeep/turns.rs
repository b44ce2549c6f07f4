//! One client a server at a time, whoever names it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::OwnedMutexGuard;

/// A server's turn.
type Turn = tokio::sync::Mutex<()>;

/// See the module.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<Turn>>>);

impl Turns {
    /// Waits for one's turn at a server; it is over when what comes back is dropped.
    pub(super) async fn take(&self, server: &str) -> OwnedMutexGuard<()> {
        self.of(server).lock_owned().await
    }

    fn of(&self, server: &str) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(server).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Turn::default());
        turns.insert(server.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_at_each_server() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        assert!(turns.take("a").now_or_never().is_none());
        let other = turns.take("b").now_or_never();
        assert!(other.is_some(), "another server is another matter");
        drop((first, other));
        assert!(turns.take("a").now_or_never().is_some());
        assert!(turns.0.lock().unwrap().len() <= 2, "those of nobody go");
    }
}
