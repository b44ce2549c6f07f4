//! Places in the log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A partition of the log. All records of one conversation are in one partition.
pub type Partition = u32;

/// A record's place in its partition: the topic's generation, then the record's number in it.
///
/// The generation is in the upper 16 bits, so that a topic that is made anew continues above all offsets of the old
/// one and nothing that compares offsets ever sees them restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offset(u64);

impl Offset {
    /// The lowest offset there is.
    pub const ZERO: Self = Self(0);
    /// Above every offset that a log gives out.
    pub const MAX: Self = Self(i64::MAX as u64);
    const NUMBER_BITS: u32 = 48;

    /// The offset of record `number` (below 2⁴⁸) of `generation` (below 2¹⁵, so that it fits a signed 64-bit column).
    pub fn new(generation: u16, number: u64) -> Self {
        debug_assert!(generation < 1 << 15 && number < 1 << Self::NUMBER_BITS);
        Self(u64::from(generation) << Self::NUMBER_BITS | number)
    }

    /// From the number that [`Offset::get`] gave.
    pub fn from_raw(raw: u64) -> Self {
        Self(raw.min(Self::MAX.0))
    }

    /// The offset as one number, in the order of the log.
    pub fn get(self) -> u64 {
        self.0
    }

    /// The topic's generation.
    pub fn generation(self) -> u16 {
        (self.0 >> Self::NUMBER_BITS) as u16
    }

    /// The record's number within its generation.
    pub fn number(self) -> u64 {
        self.0 & ((1 << Self::NUMBER_BITS) - 1)
    }

    /// The place behind this record.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.generation(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_generation_is_above_the_old_one() {
        assert!(Offset::new(1, 0) > Offset::new(0, (1 << 48) - 1));
        let offset = Offset::new(3, 77);
        assert_eq!((offset.generation(), offset.number()), (3, 77));
        assert_eq!(Offset::from_raw(offset.get()), offset);
    }
}
