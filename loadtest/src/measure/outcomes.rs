//! What became of the requests of each kind.

use std::{
    collections::BTreeMap,
    ops::AddAssign,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{counters::Count, kind::Kind};

/// The live counters of one kind.
#[derive(Debug, Default)]
struct Live {
    ok: Count,
    failed: Count,
    skipped: Count,
    /// Of the newest one that failed, if the server said it.
    trace: Mutex<Option<(String, SystemTime)>>,
}

/// The live counters of every kind.
#[derive(Debug)]
pub struct Outcomes([Live; Kind::ALL.len()]);

impl Default for Outcomes {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Live::default()))
    }
}

/// What became of the requests of one kind, over the whole run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Answered well.
    pub ok: u64,
    /// Refused, or not answered.
    pub failed: u64,
    /// Not made: a queue was full, or there was nothing yet to ask for.
    pub skipped: u64,
}

impl Outcome {
    /// What became of them since an earlier moment.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            ok: self.ok.saturating_sub(earlier.ok),
            failed: self.failed.saturating_sub(earlier.failed),
            skipped: self.skipped.saturating_sub(earlier.skipped),
        }
    }
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.ok += other.ok;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Outcomes {
    /// One was answered well.
    pub fn ok(&self, kind: Kind) {
        self.0[kind as usize].ok.one();
    }

    /// One was refused, or not answered; `trace` is the server's id of it.
    pub fn failed(&self, kind: Kind, trace: Option<&str>) {
        let live = &self.0[kind as usize];
        live.failed.one();
        if let Some(trace) = trace {
            let newest = (trace.to_owned(), SystemTime::now());
            *live.trace.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest);
        }
    }

    /// The trace of the newest one of each kind that failed, and when that was.
    #[must_use]
    pub fn failed_traces(&self) -> BTreeMap<Kind, (String, SystemTime)> {
        let all = Kind::ALL.into_iter().zip(&self.0);
        all.filter_map(|(kind, live)| {
            let trace = live.trace.lock().unwrap_or_else(PoisonError::into_inner);
            Some((kind, trace.clone()?))
        })
        .collect()
    }

    /// One was not made.
    pub fn skipped(&self, kind: Kind) {
        self.0[kind as usize].skipped.one();
    }

    /// All that are not 0.
    #[must_use]
    pub fn read(&self) -> BTreeMap<Kind, Outcome> {
        let all = Kind::ALL.into_iter().zip(&self.0).map(|(kind, live)| {
            let (ok, failed, skipped) = (live.ok.get(), live.failed.get(), live.skipped.get());
            (kind, Outcome { ok, failed, skipped })
        });
        all.filter(|(_, outcome)| *outcome != Outcome::default()).collect()
    }
}
