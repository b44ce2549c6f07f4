//! The trace that a request belongs to: taken over from the client or begun here.
//!
//! It stays with the task that serves the request, so that logs, problems and the log's records can name it without
//! every function in between passing it on. Work that is spawned must be put in [`Trace::scope`] again. Whether it is
//! sampled is the [`Sampler`]'s decision, once and for all who have a part in it.

mod sampler;

use std::future::Future;

use talkline_core::trace::{OpenSpan, SpanContext};

pub use self::sampler::Sampler;
use crate::problem::Code;

tokio::task_local! {
    static CURRENT: Trace;
}

/// The trace of the running request; none outside of one.
pub fn current() -> Option<Trace> {
    CURRENT.try_with(|trace| *trace).ok()
}

/// The span of the running request, if it is sampled.
pub fn span() -> Option<SpanContext> {
    current()?.span
}

/// A request's trace, and its span there if it is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    span: Option<SpanContext>,
}

impl Trace {
    /// The trace's id: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// Runs `work` as part of this trace.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Notes in a request's span what went wrong. What the client could have known is no failure of the server's.
pub(crate) fn blame(span: &mut OpenSpan, code: Code) {
    match code.status().is_server_error() {
        true => span.fail(code.as_str()),
        false => span.note("error.type", code.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_stays_with_the_task() {
        assert_eq!((current(), span()), (None, None));
        let context = SpanContext { trace: 1, span: 2 };
        let trace = Trace {
            id: 1,
            span: Some(context),
        };
        let inside = trace.scope(async { (current(), span()) }).await;
        assert_eq!(inside, (Some(trace), Some(context)));
    }
}
