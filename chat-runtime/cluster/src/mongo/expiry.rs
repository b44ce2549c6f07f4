//! When documents go by themselves: the server removes them some time after the date in their field `z`.

use std::time::{SystemTime, UNIX_EPOCH};

use talkline_core::time::Timestamp;

/// So many milliseconds after `time`, and never before they have passed from now on: a document that comes late, from a
/// log that stood still or a clock that lags, stays as long as any other.
pub(super) fn after(time: Timestamp, milliseconds: i64) -> Timestamp {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    let start = time.as_millis().max(i64::try_from(now).unwrap_or(i64::MAX));
    Timestamp::from_millis(start.saturating_add(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_late_stays_as_long() {
        let far = Timestamp::from_millis(32_503_680_000_000);
        assert_eq!(after(far, 5), Timestamp::from_millis(32_503_680_000_005));
        assert!(after(Timestamp::default(), 5) > Timestamp::from_millis(1_700_000_000_000));
    }
}
