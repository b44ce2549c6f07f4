//! The life of a key, step by step.

use super::*;

const DAY: u64 = 86_400;

fn source() -> KeySource {
    KeySource {
        secret: "chat-jwt-keys".to_owned(),
        is_ours: true,
        rotate_seconds: Some(90 * DAY),
        token_seconds: 900,
    }
}

/// Keys by name: those that sign, and those that only verify.
fn roles(set: &KeySet) -> (Vec<&str>, Vec<&str>) {
    let names = |signing: bool| {
        let keys = set.keys.iter().filter(move |key| key.d.is_some() == signing);
        keys.map(|key| key.kid.as_str()).collect()
    };
    (names(true), names(false))
}

#[test]
fn keys_are_made_once_and_then_kept() {
    let first = KeySet::next(None, &source(), 1_000);
    assert_eq!(first.keys.len(), 1);
    let again = KeySet::next(Some(first.clone()), &source(), 1_000 + 89 * DAY);
    assert_eq!(first, again);
    assert_eq!(KeySet::parse(&first.text()), Some(first));
}

#[test]
fn a_rotation_overlaps_at_every_step() {
    let start = 1_000;
    let first = KeySet::next(None, &source(), start);
    let old = first.keys[0].kid.clone();
    let due = start + 90 * DAY;
    let second = KeySet::next(Some(first), &source(), due);
    let new = second.keys[1].kid.clone();
    assert_eq!(
        roles(&second),
        (vec![old.as_str(), new.as_str()], vec![]),
        "the old one still signs"
    );
    assert_eq!(
        KeySet::next(Some(second.clone()), &source(), due + SPREAD - 1),
        second,
        "not every gateway has it"
    );
    let third = KeySet::next(Some(second), &source(), due + SPREAD);
    assert_eq!(roles(&third), (vec![new.as_str()], vec![old.as_str()]));
    let last_token = due + SPREAD + 900;
    let kept = KeySet::next(Some(third), &source(), last_token + SKEW - 1);
    assert_eq!(roles(&kept), (vec![new.as_str()], vec![old.as_str()]));
    let done = KeySet::next(Some(kept), &source(), last_token + SKEW);
    assert_eq!(roles(&done), (vec![new.as_str()], vec![]));
}

#[test]
fn without_a_term_nothing_is_rotated() {
    let never = KeySource {
        rotate_seconds: None,
        ..source()
    };
    let first = KeySet::next(None, &never, 0);
    assert_eq!(KeySet::next(Some(first.clone()), &never, 10_000 * DAY), first);
}

#[test]
fn an_operator_that_slept_for_years_rotates_once() {
    let first = KeySet::next(None, &source(), 0);
    let second = KeySet::next(Some(first), &source(), 1_000 * DAY);
    assert_eq!(second.keys.len(), 2);
    assert_eq!(KeySet::next(Some(second.clone()), &source(), 1_000 * DAY + 1), second);
}

#[test]
fn what_is_no_set_of_keys_is_not_taken_for_one() {
    for text in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"OKP"}]}"#] {
        assert_eq!(KeySet::parse(text), None, "{text}");
    }
}

#[test]
fn a_private_part_is_never_printed() {
    let set = KeySet::next(None, &source(), 0);
    let printed = format!("{set:?}");
    assert!(!printed.contains(set.keys[0].d.as_deref().unwrap()), "{printed}");
}
