//! Who may come in, and how long a token lives; as the ChatCluster has it.

use talkline_crds::spec::Registration;

use crate::config::{
    field::{choice, list, number, text, text_if_any},
    key::Key,
    role::Role,
};

const REGISTRATIONS: &[(&str, Registration)] = &[("Open", Registration::Open), ("Closed", Registration::Closed)];
const CLAIM: &str = "1 to 255 characters";

pub(super) fn keys() -> Vec<Key> {
    let keys = accounts().into_iter().chain(tokens());
    keys.map(|key| key.of(&[Role::Gateway])).collect()
}

fn accounts() -> [Key; 5] {
    [
        Key::new(
            "auth.registration",
            "Who may make an account: anyone (Open), or nobody (Closed).",
            choice(REGISTRATIONS, |s| &mut s.spec.auth.registration),
        ),
        Key::new(
            "auth.allowedEmailDomains",
            "Domains of mail addresses that may make an account; empty: any.",
            list("a domain", is_domain, |s| &mut s.spec.auth.allowed_email_domains),
        ),
        Key::new(
            "auth.password.minLength",
            "The shortest password accepted.",
            number(8..=128, |s| &mut s.spec.auth.password.min_length),
        ),
        Key::new(
            "auth.password.hash.memoryKib",
            "KiB of memory that hashing one password takes (Argon2id).",
            number(8_192..=1_048_576, |s| &mut s.spec.auth.password.hash.memory_kib),
        ),
        Key::new(
            "auth.password.hash.iterations",
            "Passes over that memory.",
            number(1..=16, |s| &mut s.spec.auth.password.hash.iterations),
        ),
    ]
}

fn tokens() -> [Key; 4] {
    [
        Key::new(
            "auth.tokens.issuer",
            "The iss of tokens, issued and demanded; without it, talkline.",
            text_if_any(CLAIM, is_claim, |s| &mut s.spec.auth.tokens.issuer),
        ),
        Key::new(
            "auth.tokens.audience",
            "The aud of tokens, issued and demanded.",
            text(CLAIM, is_claim, |s| &mut s.spec.auth.tokens.audience),
        ),
        Key::new(
            "auth.tokens.accessSeconds",
            "Seconds that an access token lives.",
            number(30..=86_400, |s| &mut s.spec.auth.tokens.access_seconds),
        ),
        Key::new(
            "auth.tokens.refreshSeconds",
            "Seconds that an unused refresh token lives; each use makes a new one.",
            number(60..=31_536_000, |s| &mut s.spec.auth.tokens.refresh_seconds),
        ),
    ]
}

fn is_claim(text: &str) -> bool {
    (1..=255).contains(&text.chars().count())
}

fn is_domain(text: &str) -> bool {
    (1..=253).contains(&text.len()) && !text.contains(['@', ' ', '/'])
}
