//! Where a record stands, as operators write it: `PARTITION/OFFSET`.

use std::{fmt, str::FromStr};

use talkline_core::{
    offset::{Offset, Partition},
    port::DeadLetter,
};

/// A record's place. The offset is one number, as Kafka's tools show it for a topic that was never made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) partition: Partition,
    pub(super) offset: Offset,
}

impl Place {
    pub(super) fn of(letter: &DeadLetter) -> Self {
        Self {
            partition: letter.partition,
            offset: letter.offset,
        }
    }

    pub(super) fn key(self) -> (Partition, Offset) {
        (self.partition, self.offset)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.offset.get())
    }
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a place is PARTITION/OFFSET, such as 3/1042";
        let (partition, offset) = text.split_once('/').ok_or(FORM)?;
        let raw: u64 = offset.parse().map_err(|_| FORM)?;
        Ok(Self {
            partition: partition.parse().map_err(|_| FORM)?,
            offset: Offset::from_raw(raw),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for place in ["0/0", "3/1042", "7/281474976710661"] {
            assert_eq!(place.parse::<Place>().unwrap().to_string(), place);
        }
        for wrong in ["", "3", "3/", "/1", "a/1", "3/-1", "3/1/2", " 3/1"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
