//! How far a log was done, said such that another log is not taken for it.

use sha2::{Digest as _, Sha256};

use crate::{offset::Offset, port::LogRecord};

/// A place in a log, and a record below it by which the log is known again. One that lost its records counts from the beginning, and
/// comes past every place of the old one: by number alone, what it has below would be taken for done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything below is done.
    pub position: Offset,
    /// A record of this log, below [`position`](Checkpoint::position); none where none is known.
    pub anchor: Option<Anchor>,
}

/// A place of which nothing is known but its number.
impl From<Offset> for Checkpoint {
    fn from(position: Offset) -> Self {
        Self { position, anchor: None }
    }
}

/// A record that a log is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its place.
    pub offset: Offset,
    /// What stands there.
    pub fingerprint: Fingerprint,
}

impl Anchor {
    /// That is this record.
    pub fn of(record: &LogRecord) -> Self {
        Self {
            offset: record.offset,
            fingerprint: Fingerprint::of(&record.payload),
        }
    }
}

/// A record's bytes in 63 bits, so that they fit a signed 64-bit column: the beginning of their SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of a record's bytes, as appended.
    pub fn of(payload: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::digest(payload).into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1)
    }

    /// From the number that [`Fingerprint::get`] gave.
    pub fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The fingerprint as one number.
    pub fn get(self) -> u64 {
        self.0
    }
}
