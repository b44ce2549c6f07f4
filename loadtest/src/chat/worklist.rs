//! A number of like pieces of work that several workers share out, and whose end others wait for.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

/// Pieces `0..total`.
#[derive(Debug)]
pub(super) struct Worklist {
    next: AtomicUsize,
    total: usize,
    left: watch::Sender<usize>,
}

impl Worklist {
    pub(super) fn new(total: usize) -> Self {
        Self {
            next: AtomicUsize::new(0),
            total,
            left: watch::Sender::new(total),
        }
    }

    /// The next piece, for the caller alone.
    pub(super) fn take(&self) -> Option<usize> {
        let piece = self.next.fetch_add(1, Relaxed);
        (piece < self.total).then_some(piece)
    }

    /// A piece is done.
    pub(super) fn finish_one(&self) {
        self.left.send_modify(|left| *left = left.saturating_sub(1));
    }

    /// How many are not done yet.
    pub(super) fn left(&self) -> usize {
        *self.left.borrow()
    }

    /// Returns once all are done.
    pub(super) async fn finished(&self) {
        // It fails only when the sender is gone, and that is `self`.
        drop(self.left.subscribe().wait_for(|left| *left == 0).await);
    }

    /// The same, or once none was done for so long: whether all are.
    pub(super) async fn finished_or_stuck(&self, patience: Duration) -> bool {
        let mut left = self.left.subscribe();
        while *left.borrow_and_update() > 0 {
            if timeout(patience, left.changed()).await.is_err() {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test]
    async fn every_piece_is_taken_once_and_the_end_is_seen() {
        let list = Worklist::new(3);
        assert_eq!([(); 5].map(|()| list.take()), [Some(0), Some(1), Some(2), None, None]);
        list.finish_one();
        list.finish_one();
        assert!(timeout(Duration::from_millis(1), list.finished()).await.is_err());
        list.finish_one();
        list.finished().await;
        assert_eq!(list.left(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_waited_for_as_long_as_it_goes_on() {
        const PATIENCE: Duration = Duration::from_secs(60);
        let list = Worklist::new(3);
        let slowly = async {
            for _ in 0..3 {
                advance(PATIENCE - Duration::from_secs(1)).await;
                list.finish_one();
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::join!(list.finished_or_stuck(PATIENCE), slowly).0);
        let stuck = Worklist::new(1);
        assert!(!stuck.finished_or_stuck(PATIENCE).await);
    }
}
