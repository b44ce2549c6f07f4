//! Commands of this gateway that wait for their worker's answer.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use talkline_core::conversation::{Answered, Reason, ReplyTo};
use tokio::sync::oneshot;

use crate::problem::{Code, Problem};

/// What a worker says: the number that the command's change has, or why there is none.
pub(super) type Answer = Result<u64, Reason>;

/// The waiting commands, by the number of their request.
pub(super) struct Answers {
    gateway: String,
    next: AtomicU64,
    capacity: usize,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
}

/// A place among the waiting; leaves it when dropped.
pub(super) struct Waiting<'a> {
    answers: &'a Answers,
    request: u64,
    answer: oneshot::Receiver<Answer>,
}

impl Answers {
    pub(super) fn new(gateway: String, capacity: usize) -> Self {
        Self {
            gateway,
            next: AtomicU64::new(0),
            capacity,
            waiting: Mutex::default(),
        }
    }

    pub(super) fn gateway(&self) -> &str {
        &self.gateway
    }

    /// Takes a place.
    ///
    /// # Errors
    /// `OVERLOADED` if there is none.
    pub(super) fn wait(&self) -> Result<Waiting<'_>, Problem> {
        let mut waiting = self.waiting();
        if waiting.len() >= self.capacity {
            return Err(Problem::new(Code::Overloaded));
        }
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        waiting.insert(request, sender);
        Ok(Waiting {
            answers: self,
            request,
            answer,
        })
    }

    /// Hands an answer to whom it is for, if that one still waits.
    pub(super) fn resolve(&self, answered: Answered) {
        let waiting = self.waiting().remove(&answered.reply_to.request);
        if let Some(sender) = waiting {
            // Who has given up since does not need it.
            let _ = sender.send(answered.result);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Where the answer has to go.
    pub(super) fn reply_to(&self) -> ReplyTo {
        ReplyTo {
            gateway: self.answers.gateway.clone(),
            request: self.request,
        }
    }

    /// The answer; `None` if it can't come any more.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.answers.waiting().remove(&self.request);
    }
}
