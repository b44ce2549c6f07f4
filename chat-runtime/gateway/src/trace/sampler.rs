//! Which requests are sampled.
//!
//! Of the traces that begin here, a share. A client's trace goes on as the client says, sampled or not: it wants to see
//! its own. But clients are strangers, and a sampled request costs each process that it comes through; so only some a
//! second are sampled because the client says so, and from there on the share holds for them too.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use talkline_core::trace::{Kind, OpenSpan, Traceparent, Tracer};
use tokio::time::Instant;

use super::Trace;
use crate::config::Tracing;

/// How many values the 63 bits have that are compared with the share, as OpenTelemetry's samplers by ratio do it.
const WHOLE: u64 = 1 << 63;

/// Decides, and begins the request's span.
pub struct Sampler {
    tracer: Tracer,
    /// Of [`WHOLE`].
    share: u64,
    honoured_per_second: u32,
    honoured: Mutex<Honoured>,
}

/// The sampled requests of clients in the second that began then.
struct Honoured {
    since: Instant,
    count: u32,
}

impl Sampler {
    /// One whose spans are `tracer`'s. Without anybody who wants them, nothing is sampled.
    pub fn new(tracer: Tracer, config: &Tracing) -> Self {
        let share = u128::from(WHOLE) * u128::from(config.samples_per_million.min(1_000_000)) / 1_000_000;
        Self {
            tracer,
            // At most WHOLE.
            share: share as u64,
            honoured_per_second: config.honoured_per_second,
            honoured: Mutex::new(Honoured {
                since: Instant::now(),
                count: 0,
            }),
        }
    }

    /// Goes on with the trace of a `traceparent` header, or begins one; with the request's span, which `name` names, if it
    /// is sampled.
    pub fn begin(&self, header: Option<&str>, name: impl FnOnce() -> Cow<'static, str>) -> (Trace, Option<OpenSpan>) {
        let parent = header.and_then(|text| text.parse::<Traceparent>().ok());
        let id = parent.map_or_else(|| rand::random_range(1..=u128::MAX), |parent| parent.context.trace);
        let sampled = self.tracer.is_on() && self.samples(id, parent);
        let above = parent.map(|parent| parent.context.span);
        let begin = || self.tracer.begin(id, above, name(), Kind::Server);
        let span = sampled.then(begin).flatten();
        let context = span.as_ref().map(OpenSpan::context);
        (Trace { id, span: context }, span)
    }

    fn samples(&self, id: u128, parent: Option<Traceparent>) -> bool {
        match parent {
            // The lower half is what other samplers by ratio look at: those with the same share come to the same.
            None => self.is_of_the_share(id as u64),
            // Not by its id, which the client could have chosen.
            Some(parent) => parent.sampled && (self.honours() || self.is_of_the_share(rand::random())),
        }
    }

    fn is_of_the_share(&self, random: u64) -> bool {
        random >> 1 < self.share
    }

    fn honours(&self) -> bool {
        let mut honoured = self.honoured.lock().unwrap_or_else(PoisonError::into_inner);
        if honoured.since.elapsed().as_secs() >= 1 {
            *honoured = Honoured {
                since: Instant::now(),
                count: 0,
            };
        }
        honoured.count = honoured.count.saturating_add(1);
        honoured.count <= self.honoured_per_second
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use talkline_core::suite::memory::MemorySpans;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn sampler(samples_per_million: u32) -> (Sampler, Arc<MemorySpans>) {
        let kept = Arc::new(MemorySpans::default());
        let config = Tracing {
            samples_per_million,
            honoured_per_second: 3,
        };
        (Sampler::new(Tracer::new(kept.clone()), &config), kept)
    }

    /// How many of so many requests with this header are sampled.
    fn sampled(sampler: &Sampler, header: Option<&str>, requests: usize) -> usize {
        let sampled = |_: &usize| sampler.begin(header, || "request".into()).1.is_some();
        (0..requests).filter(sampled).count()
    }

    #[test]
    fn a_share_of_what_begins_here_is_sampled() {
        assert_eq!(sampled(&sampler(0).0, None, 1_000), 0);
        assert_eq!(sampled(&sampler(1_000_000).0, None, 1_000), 1_000);
        let half = sampled(&sampler(500_000).0, None, 10_000);
        assert!((4_000..6_000).contains(&half), "{half} of 10,000");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_decide_over_some_a_second_and_no_more() {
        let (sampler, _) = sampler(0);
        assert_eq!(sampled(&sampler, Some(PARENT), 100), 3);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(sampled(&sampler, Some(PARENT), 100), 3);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(sampled(&sampler, Some(&PARENT.replace("-01", "-00")), 100), 0);
    }

    #[test]
    fn a_clients_trace_goes_on_below_its_span() {
        let (sampler, kept) = sampler(0);
        let (trace, span) = sampler.begin(Some(PARENT), || "request".into());
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        drop(span);
        let kept = kept.take();
        assert_eq!(kept[0].parent, Some(0x00f0_67aa_0ba9_02b7));
        assert_eq!(Some(kept[0].context), trace.span);
    }

    #[test]
    fn where_nobody_wants_spans_there_are_traces_all_the_same() {
        let sampler = Sampler::new(Tracer::default(), &Tracing::default());
        let (trace, span) = sampler.begin(Some(PARENT), || unreachable!("a name costs nothing"));
        assert!(span.is_none() && trace.span.is_none());
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let begun = || sampler.begin(Some("no traceparent"), || "request".into()).0;
        assert_ne!(begun().id(), begun().id());
    }
}
