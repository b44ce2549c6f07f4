//! The one clock and the one set of books of a run.

use std::{
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use super::{counters::Counters, kind::Kind, latencies::Latencies, outcomes::Outcomes};
use crate::metrics::Latency;

/// What is measured: intended starts from `from` to `to`, in µs of the meter's clock.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The end of the warm-up.
    pub from: u64,
    /// The end of the sending.
    pub to: u64,
}

impl Window {
    fn contains(self, at: u64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// Records what all connections see. Its clock counts µs from its making.
#[derive(Debug)]
pub struct Meter {
    epoch: Instant,
    window: OnceLock<Window>,
    books: Mutex<Books>,
    /// What is counted.
    pub counters: Counters,
    /// What became of the requests of each kind.
    pub outcomes: Outcomes,
    /// What Prometheus is told, if it is.
    exposed: OnceLock<Latency>,
}

#[derive(Debug)]
struct Books {
    whole: Latencies,
    interval: Latencies,
}

impl Meter {
    /// Starts the clock.
    ///
    /// # Errors
    /// Never with the bounds used here; the histogram library can not say so.
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        let books = Books {
            whole: Latencies::new()?,
            interval: Latencies::new()?,
        };
        Ok(Self {
            epoch: Instant::now(),
            window: OnceLock::new(),
            books: Mutex::new(books),
            counters: Counters::default(),
            outcomes: Outcomes::default(),
            exposed: OnceLock::new(),
        })
    }

    /// Now, in µs.
    #[must_use]
    pub fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The time of this clock at an instant, in µs.
    #[must_use]
    pub fn micros(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.epoch).as_micros()).unwrap_or(u64::MAX)
    }

    /// The instant of a time of this clock.
    #[must_use]
    pub fn instant(&self, micros: u64) -> Instant {
        self.epoch + Duration::from_micros(micros)
    }

    /// Says what is measured; only the first call counts.
    pub fn open_window(&self, window: Window) {
        self.window.get_or_init(|| window);
    }

    /// Whether a time lies in the measured window.
    #[must_use]
    pub fn measures(&self, at: u64) -> bool {
        self.window.get().is_some_and(|window| window.contains(at))
    }

    /// The length of the measured window in seconds; 0 before it is known.
    #[must_use]
    pub fn window_seconds(&self) -> f64 {
        self.window
            .get()
            .map_or(0.0, |window| (window.to - window.from) as f64 / 1e6)
    }

    /// Shows every time there from now on; only the first call counts.
    pub fn expose(&self, latency: Latency) {
        self.exposed.get_or_init(|| latency);
    }

    /// Something that was meant to start at `intended` is done now. Answers how long that took, in µs.
    pub fn record(&self, kind: Kind, intended: u64, now: u64) -> u64 {
        let micros = now.saturating_sub(intended);
        if let Some(exposed) = self.exposed.get() {
            exposed.observe(kind, Duration::from_micros(micros));
        }
        let mut books = self.books();
        books.interval.record(kind, micros);
        if self.measures(intended) {
            books.whole.record(kind, micros);
        }
        micros
    }

    /// A request that was meant to start at `intended` is answered well now. Answers how long that took, in µs.
    pub fn answered(&self, kind: Kind, intended: u64, now: u64) -> u64 {
        self.outcomes.ok(kind);
        self.counters.requests.one();
        if self.measures(now) {
            self.counters.requests_in_window.one();
        }
        self.record(kind, intended, now)
    }

    /// Of what was meant to start within the window.
    #[must_use]
    pub fn latencies(&self) -> Latencies {
        self.books().whole.clone()
    }

    /// Of everything that ended since the last call of this. `empty` takes its place.
    pub fn interval(&self, empty: Latencies) -> Latencies {
        std::mem::replace(&mut self.books().interval, empty)
    }

    /// The books stay right even if a holder panicked: each change is one call.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_meant_for_the_window_is_kept_but_the_interval_sees_all() {
        let meter = Meter::new().unwrap();
        assert_eq!(meter.record(Kind::Ack, 10, 30), 20);
        meter.open_window(Window {
            from: 1_000,
            to: 2_000_000,
        });
        for intended in [0, 999, 1_000, 1_999_999, 2_000_000] {
            meter.record(Kind::Ack, intended, intended + 1_000);
        }
        assert_eq!(meter.latencies().of(Kind::Ack).count(), 2);
        let interval = || meter.interval(Latencies::new().unwrap()).of(Kind::Ack).count();
        assert_eq!((interval(), interval()), (6, 0));
        assert!((meter.window_seconds() - 1.999).abs() < 1e-9);
    }
}
