//! The law of the rate limits. It sleeps for as long as it is told to, so on a paused clock it takes no time.

#![expect(clippy::unwrap_used, reason = "a suite fails as a test does")]

use std::time::Duration;

use crate::{
    id::ConversationId,
    limit::{Decision, Quota},
    port::Limits,
};

const HOURLY: Quota = Quota {
    permits: 5,
    window: Duration::from_secs(3600),
};
const BRIEF: Quota = Quota {
    permits: 3,
    window: Duration::from_millis(500),
};

/// Checks each part of the law on `limits`.
pub async fn limits(limits: &dyn Limits) {
    a_quota_is_given_once_and_then_refused(limits).await;
    keys_do_not_share(limits).await;
    looking_takes_nothing(limits).await;
    no_permits_means_no_limit(limits).await;
    takes_at_once_share_one_quota(limits).await;
    the_time_told_is_honest(limits).await;
}

async fn a_quota_is_given_once_and_then_refused(limits: &dyn Limits) {
    let key = key();
    for left in (0..HOURLY.permits).rev() {
        let decision = limits.take(&key, HOURLY).await.unwrap();
        assert!(
            decision.allowed && decision.remaining == left,
            "{decision:?}, {left} should be left"
        );
        assert_eq!(decision.retry_after, Duration::ZERO);
    }
    let refused = limits.take(&key, HOURLY).await.unwrap();
    assert!(!refused.allowed && refused.remaining == 0, "{refused:?}");
    assert!(
        refused.retry_after > Duration::ZERO && refused.retry_after <= 2 * HOURLY.window,
        "{refused:?}"
    );
    assert!(
        refused.reset_after > Duration::ZERO && refused.reset_after <= 2 * HOURLY.window,
        "{refused:?}"
    );
}

async fn keys_do_not_share(limits: &dyn Limits) {
    let (one, other) = (key(), key());
    exhaust(limits, &one, HOURLY).await;
    assert!(limits.take(&other, HOURLY).await.unwrap().allowed);
}

async fn looking_takes_nothing(limits: &dyn Limits) {
    let key = key();
    for _ in 0..2 * HOURLY.permits {
        assert!(limits.peek(&key, HOURLY).await.unwrap().allowed);
    }
    exhaust(limits, &key, HOURLY).await;
    assert!(!limits.peek(&key, HOURLY).await.unwrap().allowed);
}

async fn no_permits_means_no_limit(limits: &dyn Limits) {
    let off = Quota { permits: 0, ..HOURLY };
    let key = key();
    for _ in 0..100 {
        assert!(limits.take(&key, off).await.unwrap().allowed);
    }
}

async fn takes_at_once_share_one_quota(limits: &dyn Limits) {
    let key = key();
    let take = || async { u32::from(limits.take(&key, HOURLY).await.unwrap().allowed) };
    let (a, b, c, d) = tokio::join!(take(), take(), take(), take());
    let (e, f, g, h) = tokio::join!(take(), take(), take(), take());
    assert_eq!(a + b + c + d + e + f + g + h, HOURLY.permits);
}

async fn the_time_told_is_honest(limits: &dyn Limits) {
    let key = key();
    for _ in 0..4 {
        let refused = exhaust(limits, &key, BRIEF).await;
        tokio::time::sleep(refused.retry_after).await;
        assert!(
            limits.take(&key, BRIEF).await.unwrap().allowed,
            "refused after {:?}",
            refused.retry_after
        );
    }
    let refused = exhaust(limits, &key, BRIEF).await;
    tokio::time::sleep(refused.reset_after + Duration::from_millis(1)).await;
    let fresh = limits.take(&key, BRIEF).await.unwrap();
    assert_eq!(
        fresh.remaining,
        BRIEF.permits - 1,
        "not all is free again after {:?}",
        refused.reset_after
    );
}

/// Takes until nothing is left, and returns the refusal.
async fn exhaust(limits: &dyn Limits, key: &str, quota: Quota) -> Decision {
    for _ in 0..=quota.permits {
        let decision = limits.take(key, quota).await.unwrap();
        if !decision.allowed {
            return decision;
        }
    }
    limits.take(key, quota).await.unwrap()
}

fn key() -> String {
    ConversationId::from_bytes(rand::random()).to_string()
}
