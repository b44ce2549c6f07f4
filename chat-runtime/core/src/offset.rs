//! Places in the log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ConversationId;

/// A partition of the log. All records of one conversation are in one partition.
pub type Partition = u32;

/// The partition of a conversation's records: MurmurHash2 of the key's bytes, the sign bit dropped, modulo the number of
/// partitions. That is what Kafka's default partitioner does (`murmur2_random` in librdkafka), so every log agrees.
pub fn partition_of(key: &ConversationId, partitions: Partition) -> Partition {
    (murmur2(key.as_bytes()) & 0x7fff_ffff) % partitions.max(1)
}

/// MurmurHash2, 32 bits, with Kafka's seed. Source: `org.apache.kafka.common.utils.Utils.murmur2`.
fn murmur2(bytes: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let (words, tail) = bytes.as_chunks::<4>();
    let mut hash = 0x9747_b28c ^ bytes.len() as u32;
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k = (k ^ k >> 24).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    if !tail.is_empty() {
        let rest = tail.iter().rev().fold(0, |rest, byte| rest << 8 | u32::from(*byte));
        hash = (hash ^ rest).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}

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

    /// Vectors of Kafka's own test, `UtilsTest.testMurmur2`.
    #[test]
    fn hashes_as_kafka_does() {
        let vectors: [(&[u8], i32); 7] = [
            (b"21", -973932308),
            (b"foobar", -790332482),
            (b"a-little-bit-long-string", -985981536),
            (b"a-little-bit-longer-string", -1486304829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
            (b"abc", 479470107),
            (&[], 275646681),
        ];
        for (bytes, hash) in vectors {
            assert_eq!(murmur2(bytes) as i32, hash, "{bytes:?}");
        }
    }

    #[test]
    fn a_new_generation_is_above_the_old_one() {
        assert!(Offset::new(1, 0) > Offset::new(0, (1 << 48) - 1));
        let offset = Offset::new(3, 77);
        assert_eq!((offset.generation(), offset.number()), (3, 77));
        assert_eq!(Offset::from_raw(offset.get()), offset);
    }
}
