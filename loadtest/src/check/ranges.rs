//! A set of sequence numbers that is dense: nearly always one range from the first to the newest.

/// Disjoint, ascending, non-adjacent inclusive ranges.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds a number; `false` when it was there already.
    pub(super) fn insert(&mut self, value: u64) -> bool {
        // The common case is the number after the newest, at the very end.
        let at = match self.0.last() {
            Some(&(_, high)) if high < value => self.0.len(),
            _ => self.0.partition_point(|&(_, high)| high < value),
        };
        if self.0.get(at).is_some_and(|&(low, _)| low <= value) {
            return false;
        }
        let joins_before = at > 0 && self.0[at - 1].1 + 1 == value;
        let joins_after = self.0.get(at).is_some_and(|&(low, _)| value + 1 == low);
        match (joins_before, joins_after) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = value,
            (false, true) => self.0[at].0 = value,
            (false, false) => self.0.insert(at, (value, value)),
        }
        true
    }

    /// Whether the number is in the set.
    pub(super) fn contains(&self, value: u64) -> bool {
        let at = self.0.partition_point(|&(_, high)| high < value);
        self.0.get(at).is_some_and(|&(low, _)| low <= value)
    }

    /// The largest number.
    pub(super) fn max(&self) -> Option<u64> {
        self.0.last().map(|&(_, high)| high)
    }

    /// The largest number up to which nothing above `base` is missing: `base` itself if the next is.
    pub(super) fn frontier(&self, base: u64) -> u64 {
        let at = self.0.partition_point(|&(_, high)| high <= base);
        self.0
            .get(at)
            .filter(|&&(low, _)| low <= base + 1)
            .map_or(base, |&(_, high)| high)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_a_set(values in proptest::collection::vec(1..40_u64, 0..80), base in 0..40_u64) {
            let (mut ranges, mut model) = (Ranges::default(), BTreeSet::new());
            for value in values {
                prop_assert_eq!(ranges.insert(value), model.insert(value));
            }
            for value in 0..42 {
                prop_assert_eq!(ranges.contains(value), model.contains(&value));
            }
            prop_assert_eq!(ranges.max(), model.last().copied());
            let frontier = (base..).find(|value| !model.contains(&(value + 1))).unwrap();
            prop_assert_eq!(ranges.frontier(base), frontier);
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
