//! What one user, or one address, may ask for; as the ChatCluster has it.

use crate::config::{field::number, key::Key, role::Role};

/// The bounds of a rate.
const RATE: std::ops::RangeInclusive<u64> = 0..=1_000_000;

pub(super) fn keys() -> Vec<Key> {
    let keys = rates().into_iter().chain(sizes());
    keys.map(|key| key.of(&[Role::Gateway])).collect()
}

fn rates() -> [Key; 6] {
    [
        Key::new(
            "limits.apiRequestsPerMinute",
            "REST requests per user and minute. 0: off.",
            number(RATE, |s| &mut s.spec.limits.api_requests_per_minute),
        ),
        Key::new(
            "limits.authFailuresPer15Minutes",
            "Failed sign-ins per account and per client address in 15 minutes. 0: off.",
            number(RATE, |s| &mut s.spec.limits.auth_failures_per_15_minutes),
        ),
        Key::new(
            "limits.messagesPerMinute",
            "Messages per user and minute. 0: off.",
            number(RATE, |s| &mut s.spec.limits.messages_per_minute),
        ),
        Key::new(
            "limits.socketEventsPerMinute",
            "Socket events per user and minute; receipts and typing are not counted. 0: off.",
            number(RATE, |s| &mut s.spec.limits.socket_events_per_minute),
        ),
        Key::new(
            "limits.reactionsPerMinute",
            "Reactions per user and minute. 0: off.",
            number(RATE, |s| &mut s.spec.limits.reactions_per_minute),
        ),
        Key::new(
            "limits.premiumMultiplier",
            "What each rate is multiplied by for users of the premium tier.",
            number(1..=1_000, |s| &mut s.spec.limits.premium_multiplier),
        ),
    ]
}

fn sizes() -> [Key; 3] {
    [
        Key::new(
            "limits.messageCharacters",
            "The longest text of a message, in characters.",
            number(1..=100_000, |s| &mut s.spec.limits.message_characters),
        ),
        Key::new(
            "limits.groupMembers",
            "Members of a group; past 10,000 that is the bound.",
            number(2..=100_000, |s| &mut s.spec.limits.group_members),
        ),
        Key::new(
            "limits.bodyBytes",
            "The largest REST body, in bytes.",
            number(1_024..=16_777_216, |s| &mut s.spec.limits.body_bytes),
        ),
    ]
}
