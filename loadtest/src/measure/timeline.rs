//! The run second by second: what progress shows, and what charts are drawn of.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    counters::Counted,
    kind::Kind,
    latencies::{Latencies, Packed},
    outcomes::Outcome,
};
use crate::check::Findings;

/// Points at most; past it, neighbours become one. 8 minutes second by second, a day in steps of 4.3 minutes.
const POINTS: usize = 512;

/// Some seconds of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// How many seconds of one program's run it covers.
    pub seconds: f64,
    /// Where the run stood at its end.
    pub phase: String,
    /// What was counted meanwhile.
    pub counts: Counted,
    /// What ended meanwhile took this long.
    pub ack: Packed,
    /// The same of deliveries.
    pub delivery: Packed,
    /// The same of all requests, acknowledged messages included.
    pub requests: Packed,
    /// What was open at its end.
    pub open: Open,
    /// CPU time of the harness, in seconds.
    pub cpu_seconds: f64,
    /// What whoever shows several programs' runs as one wants besides; never in a [`Timeline`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Box<Detail>>,
}

/// Everything of some seconds that a scrape shows, kind by kind.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// What ended meanwhile took this long.
    pub latencies: BTreeMap<Kind, Packed>,
    /// What became of requests meanwhile.
    pub outcomes: BTreeMap<Kind, Outcome>,
    /// What the checker has found so far.
    pub findings: Findings,
    /// Threads for the harness's work.
    pub threads: u64,
}

impl Detail {
    /// Those of another program.
    fn beside(&mut self, other: &Self) {
        for (kind, latencies) in &other.latencies {
            self.latencies.entry(*kind).or_default().merge(latencies);
        }
        for (kind, outcome) in &other.outcomes {
            *self.outcomes.entry(*kind).or_default() += *outcome;
        }
        self.findings += other.findings;
        self.threads += other.threads;
    }
}

impl Point {
    /// What `latencies`, if there are any, and the rest say.
    #[must_use]
    pub fn new(seconds: f64, phase: &str, counts: Counted, latencies: Option<&Latencies>) -> Self {
        let of = |kind| latencies.map_or_else(Packed::default, |latencies| latencies.of(kind).pack());
        Self {
            seconds,
            phase: phase.to_owned(),
            counts,
            ack: of(Kind::Ack),
            delivery: of(Kind::Delivery),
            requests: latencies.map_or_else(Packed::default, |latencies| latencies.requests().pack()),
            open: Open::default(),
            cpu_seconds: 0.0,
            detail: None,
        }
    }

    fn gather(&mut self, other: &Self) {
        self.counts += other.counts;
        self.ack.merge(&other.ack);
        self.delivery.merge(&other.delivery);
        self.requests.merge(&other.requests);
        self.cpu_seconds += other.cpu_seconds;
    }

    /// The same seconds of another program's run.
    pub fn beside(&mut self, other: &Self) {
        self.gather(other);
        self.seconds = self.seconds.max(other.seconds);
        self.open.accounts += other.open.accounts;
        self.open.conversations += other.open.conversations;
        self.open.sockets += other.open.sockets;
        if let Some(other) = &other.detail {
            self.detail.get_or_insert_default().beside(other);
        }
    }

    /// The seconds after these.
    pub fn followed_by(&mut self, other: &Self) {
        self.gather(other);
        self.seconds += other.seconds;
        self.open = other.open;
        self.phase.clone_from(&other.phase);
    }
}

/// What has been opened, and stands.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Users who are logged in.
    pub accounts: u64,
    /// Conversations that are under test.
    pub conversations: u64,
    /// Sockets that are open and authenticated.
    pub sockets: u64,
}

/// Points of equal length, from the beginning of the sending on; bounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// How many of the points that came in make one of these.
    step: usize,
    /// How many of them the last one has.
    filled: usize,
    points: VecDeque<Point>,
}

impl Default for Timeline {
    fn default() -> Self {
        let points = VecDeque::new();
        Self {
            step: 1,
            filled: 1,
            points,
        }
    }
}

impl Timeline {
    /// The next point.
    pub fn push(&mut self, mut point: Point) {
        point.detail = None;
        match self.points.back_mut().filter(|_| self.filled < self.step) {
            Some(last) => {
                last.followed_by(&point);
                self.filled += 1;
            }
            None => {
                self.points.push_back(point);
                self.filled = 1;
            }
        }
        if self.points.len() > POINTS {
            self.coarsen();
        }
    }

    /// Makes one point of two.
    pub fn coarsen(&mut self) {
        let odd = self.points.len() % 2 == 1;
        let mut halved = VecDeque::with_capacity(self.points.len() / 2 + 1);
        while let Some(mut point) = self.points.pop_front() {
            if let Some(next) = self.points.pop_front() {
                point.followed_by(&next);
            }
            halved.push_back(point);
        }
        self.filled += if odd { 0 } else { self.step };
        self.points = halved;
        self.step *= 2;
    }

    /// The same time of another program's run.
    pub fn beside(&mut self, mut other: Self) {
        while self.step < other.step {
            self.coarsen();
        }
        while other.step < self.step {
            other.coarsen();
        }
        for (position, point) in other.points.into_iter().enumerate() {
            match self.points.get_mut(position) {
                Some(own) => own.beside(&point),
                None => self.points.push_back(point),
            }
        }
    }

    /// In order of time.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &Point> {
        self.points.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(number: u64) -> Point {
        let mut latencies = Latencies::new().unwrap();
        latencies.record(Kind::Ack, number + 1);
        let counts = Counted {
            sent: number,
            ..Counted::default()
        };
        Point {
            open: Open {
                sockets: number,
                ..Open::default()
            },
            ..Point::new(1.0, "sending", counts, Some(&latencies))
        }
    }

    fn timeline(points: u64) -> Timeline {
        let mut timeline = Timeline::default();
        (0..points).for_each(|number| timeline.push(point(number)));
        timeline
    }

    #[test]
    fn a_long_run_takes_no_more_points_and_loses_none() {
        for length in [1, 512, 513, 514, 1_024, 1_025, 5_000] {
            let timeline = timeline(length);
            assert!(timeline.points().len() <= POINTS, "{length}");
            let sent: u64 = timeline.points().map(|point| point.counts.sent).sum();
            let timed: u64 = timeline.points().map(|point| point.ack.count()).sum();
            let seconds: f64 = timeline.points().map(|point| point.seconds).sum();
            assert_eq!((sent, timed, seconds as u64), ((0..length).sum(), length, length));
            let widths: Vec<_> = timeline.points().map(|point| point.seconds).collect();
            let full = &widths[..widths.len() - 1];
            assert!(full.windows(2).all(|pair| pair[0] == pair[1]), "{length}: {widths:?}");
        }
    }

    #[test]
    fn runs_beside_each_other_add_up_second_by_second() {
        let mut both = timeline(700);
        both.beside(timeline(600));
        let sent: u64 = both.points().map(|point| point.counts.sent).sum();
        assert_eq!(sent, (0..700).sum::<u64>() + (0..600).sum::<u64>());
        let first = both.points().next().unwrap();
        assert_eq!((first.seconds, first.open.sockets, first.ack.count()), (2.0, 2, 4));
    }
}
