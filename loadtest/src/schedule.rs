//! When messages are meant to be sent: an open loop that does not wait for the server.
//!
//! Every user follows its own schedule, and all of them together give the total rate: interleaved evenly for constant
//! arrivals, and independent Poisson processes otherwise, whose superposition is one again. A schedule is a pure function
//! of its inputs, so a run can be repeated.

use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How the intervals between messages are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Arrivals {
    /// The same interval always, over all users.
    Constant,
    /// Exponential intervals, as independent people give.
    Poisson,
    /// All that falls into a second at its beginning, as clients without jitter do it.
    Bursts,
}

/// One user's intended starts, as offsets from the start of the sending.
#[derive(Debug, Clone)]
pub struct Schedule {
    arrivals: Arrivals,
    /// Mean seconds between two messages of this user.
    gap: f64,
    /// This user's shift against the first one, in seconds.
    phase: f64,
    count: u64,
    random: u64,
    next: f64,
}

impl Schedule {
    /// User `user` of `users`, which send `rate` messages a second together; never due at a rate of 0.
    #[must_use]
    pub fn new(arrivals: Arrivals, rate: f64, user: usize, users: usize, seed: u64) -> Self {
        let gap = users as f64 / rate;
        let phase = if rate > 0.0 { user as f64 / rate } else { f64::INFINITY };
        let random = mix(seed ^ mix(user as u64));
        let mut schedule = Self {
            arrivals,
            gap,
            phase,
            count: 0,
            random,
            next: phase,
        };
        match arrivals {
            Arrivals::Poisson if rate > 0.0 => schedule.next = schedule.exponential(),
            Arrivals::Bursts => schedule.next = phase.floor(),
            Arrivals::Poisson | Arrivals::Constant => {}
        }
        schedule
    }

    /// When the next message is due; `None` when never.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.next).ok()
    }

    /// A number of the present arrival, uniform in 0..1 and the same in every run of the same seed.
    #[must_use]
    pub fn chance(&self) -> f64 {
        uniform(mix(self.random ^ mix(self.count)))
    }

    /// Goes on to the arrival after that.
    pub fn advance(&mut self) {
        self.count += 1;
        self.next = match self.arrivals {
            // Not by adding up: rounding errors would drift over millions of messages.
            Arrivals::Constant => self.phase + self.count as f64 * self.gap,
            Arrivals::Bursts => (self.phase + self.count as f64 * self.gap).floor(),
            Arrivals::Poisson => self.next + self.exponential(),
        };
    }

    fn exponential(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        -(1.0 - uniform(mix(self.random))).ln() * self.gap
    }
}

/// The upper 53 bits, as a number in [0, 1).
fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): 8 bytes of state for each user are enough here.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All intended starts of the first `seconds`, in order.
    fn starts(arrivals: Arrivals, rate: f64, users: usize, seconds: f64) -> Vec<f64> {
        let mut all = Vec::new();
        for user in 0..users {
            let mut schedule = Schedule::new(arrivals, rate, user, users, 7);
            while let Some(due) = schedule.due().map(|due| due.as_secs_f64()).filter(|due| *due < seconds) {
                all.push(due);
                schedule.advance();
            }
        }
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn constant_arrivals_are_even_over_all_users() {
        let starts = starts(Arrivals::Constant, 50.0, 7, 10.0);
        assert_eq!(starts.len(), 500);
        assert!(starts.windows(2).all(|pair| (pair[1] - pair[0] - 0.02).abs() < 1e-6));
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread_of_their_kind() {
        let starts = starts(Arrivals::Poisson, 200.0, 13, 100.0);
        let gaps: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean * 200.0 - 1.0).abs() < 0.03, "mean {mean}");
        assert!(
            (variance.sqrt() / mean - 1.0).abs() < 0.05,
            "an exponential's deviation is its mean"
        );
    }

    #[test]
    fn bursts_have_the_rate_and_come_at_full_seconds_all_at_once() {
        let starts = starts(Arrivals::Bursts, 50.0, 7, 10.0);
        assert_eq!(starts.len(), 500);
        for second in 0..10 {
            assert_eq!(starts.iter().filter(|due| **due == f64::from(second)).count(), 50);
        }
    }

    #[test]
    fn chances_are_even_and_the_same_again() {
        let chances = |seed| {
            let mut schedule = Schedule::new(Arrivals::Constant, 1.0, 3, 10, seed);
            let next = || {
                schedule.advance();
                schedule.chance()
            };
            std::iter::repeat_with(next).take(10_000).collect::<Vec<_>>()
        };
        let (one, mean) = (chances(7), chances(7).iter().sum::<f64>() / 10_000.0);
        assert!(one == chances(7) && one != chances(8));
        assert!(
            (mean - 0.5).abs() < 0.02 && one.iter().all(|chance| (0.0..1.0).contains(chance)),
            "{mean}"
        );
    }

    #[test]
    fn a_rate_of_zero_is_never_due() {
        for arrivals in [Arrivals::Constant, Arrivals::Poisson, Arrivals::Bursts] {
            assert_eq!(Schedule::new(arrivals, 0.0, 0, 10, 1).due(), None);
        }
    }
}
