//! What the arrivals of a scenario are, and how large a share each has.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::measure::{Kind, Way};

/// Shares of kinds; they need not add up to anything. Never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Kind, f64>", into = "BTreeMap<Kind, f64>")]
pub struct Mix {
    /// Each kind's upper end, ascending; the last one is the sum.
    ends: Vec<(Kind, f64)>,
}

impl Default for Mix {
    /// Messages alone.
    fn default() -> Self {
        let ends = vec![(Kind::Ack, 1.0)];
        Self { ends }
    }
}

impl Mix {
    /// The kind of an arrival; `chance` is uniform in 0..1.
    #[must_use]
    pub fn pick(&self, chance: f64) -> Kind {
        let at = chance * self.sum();
        let position = self.ends.partition_point(|(_, end)| *end <= at);
        self.ends[position.min(self.ends.len() - 1)].0
    }

    /// A kind's share of all arrivals, in 0..=1.
    #[must_use]
    pub fn share(&self, kind: Kind) -> f64 {
        let shares = BTreeMap::from(self.clone());
        shares.get(&kind).map_or(0.0, |share| share / self.sum())
    }

    /// Whether nothing but messages is asked for.
    #[must_use]
    pub fn is_only_messages(&self) -> bool {
        self.ends.iter().all(|(kind, _)| *kind == Kind::Ack)
    }

    fn sum(&self) -> f64 {
        self.ends.last().map_or(1.0, |(_, end)| *end)
    }
}

impl TryFrom<BTreeMap<Kind, f64>> for Mix {
    type Error = String;

    fn try_from(shares: BTreeMap<Kind, f64>) -> Result<Self, String> {
        let mut ends = Vec::new();
        let mut sum = 0.0;
        for (kind, share) in shares {
            if !share.is_finite() || share < 0.0 {
                return Err(format!("the share of {kind} must be 0 or more"));
            }
            if kind.way() == Way::Measured {
                return Err(format!("{kind} is measured, and can not be asked for"));
            }
            if share > 0.0 {
                sum += share;
                ends.push((kind, sum));
            }
        }
        (!ends.is_empty())
            .then_some(Self { ends })
            .ok_or_else(|| "a mix needs at least one share".to_owned())
    }
}

impl From<Mix> for BTreeMap<Kind, f64> {
    fn from(mix: Mix) -> Self {
        let starts = std::iter::once(0.0).chain(mix.ends.iter().map(|(_, end)| *end));
        let shares = mix.ends.iter().zip(starts);
        shares.map(|((kind, end), start)| (*kind, end - start)).collect()
    }
}

impl FromStr for Mix {
    type Err = String;

    /// As `send=3,history=1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let shares = text.split(',').map(|part| {
            let (name, share) = part.split_once('=').unwrap_or((part, "1"));
            let kind = Kind::named(name).ok_or_else(|| format!("there is no kind of request called {name}"))?;
            let share = share.parse().map_err(|_| format!("{share} is no share"))?;
            Ok((kind, share))
        });
        shares.collect::<Result<BTreeMap<_, _>, String>>()?.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_picked_by_their_share() {
        let mix = Mix::try_from(BTreeMap::from([(Kind::Ack, 3.0), (Kind::Me, 1.0), (Kind::Login, 0.0)])).unwrap();
        let picked = (0..1000).map(|step| mix.pick(f64::from(step) / 1000.0));
        assert_eq!(picked.filter(|kind| *kind == Kind::Ack).count(), 750);
        assert_eq!(
            (mix.pick(0.0), mix.pick(0.75), mix.pick(1.0)),
            (Kind::Ack, Kind::Me, Kind::Me)
        );
        assert!((mix.share(Kind::Me) - 0.25).abs() < 1e-9 && mix.share(Kind::Login) == 0.0);
    }

    #[test]
    fn a_mix_of_nothing_or_of_what_only_follows_is_refused() {
        for bad in [
            "{}",
            r#"{"send": 0}"#,
            r#"{"send": -1}"#,
            r#"{"lag": 1}"#,
            r#"{"sends": 1}"#,
        ] {
            assert!(serde_json::from_str::<Mix>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mix_is_read_from_a_flag() {
        let mix: Mix = "send=3,me".parse().unwrap();
        assert!((mix.share(Kind::Me) - 0.25).abs() < 1e-9);
        for bad in ["", "send=x", "sends=1", "lag=1", "send=0", "send=-1"] {
            assert!(bad.parse::<Mix>().is_err(), "{bad}");
        }
    }
}
