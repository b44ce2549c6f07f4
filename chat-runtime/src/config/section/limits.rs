//! What one user, or one address, may ask for; as the ChatCluster has it.

use talkline_crds::spec::Fallback;

use crate::config::{
    field::{choice, number},
    key::Key,
    role::Role,
};

/// The bounds of a rate.
const RATE: std::ops::RangeInclusive<u64> = 0..=1_000_000;

/// What may hold while the counters cannot be asked.
const FALLBACKS: &[(&str, Fallback)] = &[("Open", Fallback::Open), ("Closed", Fallback::Closed)];

pub(super) fn keys() -> Vec<Key> {
    let keys = rates().into_iter().chain(sizes()).chain(unavailable());
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

fn sizes() -> [Key; 4] {
    [
        Key::new(
            "limits.socketsPerUser",
            "Sockets of one user, on all gateways together. 0: no limit.",
            number(0..=10_000, |s| &mut s.spec.limits.sockets_per_user),
        ),
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

fn unavailable() -> [Key; 2] {
    [
        Key::new(
            "limits.whenUnavailable.messages",
            "While Redis cannot be asked: whether users who are signed in are let through, uncounted.",
            choice(FALLBACKS, |s| &mut s.spec.limits.when_unavailable.messages),
        ),
        Key::new(
            "limits.whenUnavailable.logins",
            "While Redis cannot be asked: whether sign-ins are let through, uncounted.",
            choice(FALLBACKS, |s| &mut s.spec.limits.when_unavailable.logins),
        ),
    ]
}
