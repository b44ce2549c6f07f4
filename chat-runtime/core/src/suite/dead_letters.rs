//! The law of the dead letters, on a log in which nobody else buries anything.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails as a test does")]

use bytes::Bytes;

use crate::{
    id::ConversationId,
    offset::{Offset, Partition},
    port::{DeadLetter, DeadLetters, Log, LogRecord},
};

const START: (Partition, Offset) = (0, Offset::ZERO);
/// More than are ever buried here.
const ALL: usize = 1_000;

/// Checks each law.
pub async fn dead_letters(log: &dyn Log, letters: &dyn DeadLetters) {
    assert_eq!(letters.list(START, ALL).await.unwrap(), []);
    let buried = buried_twice_each(log, 5).await;
    they_are_listed_once_in_order(letters, &buried).await;
    a_listing_is_bounded_and_begins_where_asked(letters).await;
    a_replayed_one_is_in_the_log_and_not_listed(letters).await;
    what_is_still_not_understood_comes_back_once(log, letters).await;
}

async fn buried_twice_each(log: &dyn Log, count: u8) -> Vec<(Partition, LogRecord)> {
    let mut buried = Vec::new();
    for number in 0..count {
        let payload = Bytes::copy_from_slice(&[0xff, number]);
        let key = ConversationId::from_bytes(rand::random());
        let (partition, offset) = log.append(key, payload.clone(), None).await.unwrap();
        let record = LogRecord {
            offset,
            payload,
            trace: None,
        };
        buried.push((partition, record));
    }
    for (partition, record) in buried.iter().chain(&buried) {
        log.bury(*partition, record, "not understood").await.unwrap();
    }
    buried.sort_by_key(|(partition, record)| (*partition, record.offset));
    buried
}

async fn they_are_listed_once_in_order(letters: &dyn DeadLetters, buried: &[(Partition, LogRecord)]) {
    let listed = letters.list(START, ALL).await.unwrap();
    let told = listed.iter().map(|letter| {
        assert_eq!(letter.reason, "not understood");
        assert!(letter.at.as_millis() > 0);
        let record = LogRecord {
            offset: letter.offset,
            payload: letter.payload.clone(),
            trace: None,
        };
        (letter.partition, record)
    });
    assert_eq!(told.collect::<Vec<_>>(), buried);
}

async fn a_listing_is_bounded_and_begins_where_asked(letters: &dyn DeadLetters) {
    let all = letters.list(START, ALL).await.unwrap();
    assert_eq!(letters.list(START, 2).await.unwrap(), all[..2]);
    let place = |letter: &DeadLetter| (letter.partition, letter.offset);
    assert_eq!(letters.list(place(&all[2]), 2).await.unwrap(), all[2..4]);
    let (partition, offset) = place(&all[4]);
    assert_eq!(letters.list((partition, offset.next()), ALL).await.unwrap(), []);
    assert_eq!(letters.list(START, 0).await.unwrap(), []);
}

/// The first ones: what a bounded listing would show for ever if they stayed.
async fn a_replayed_one_is_in_the_log_and_not_listed(letters: &dyn DeadLetters) {
    let all = letters.list(START, ALL).await.unwrap();
    for letter in &all[..2] {
        let (partition, offset) = letters.replay(letter).await.unwrap();
        assert_eq!(partition, letter.partition);
        assert!(offset > letter.offset);
    }
    assert_eq!(letters.list(START, 3).await.unwrap(), all[2..5]);
}

async fn what_is_still_not_understood_comes_back_once(log: &dyn Log, letters: &dyn DeadLetters) {
    let before = letters.list(START, ALL).await.unwrap();
    let Some(letter) = before.first() else {
        panic!("nothing is left to replay")
    };
    let (partition, offset) = letters.replay(letter).await.unwrap();
    let record = LogRecord {
        offset,
        payload: letter.payload.clone(),
        trace: None,
    };
    for _ in 0..2 {
        log.bury(partition, &record, "not understood").await.unwrap();
    }
    let after = letters.list(START, ALL).await.unwrap();
    assert_eq!(after.len(), before.len());
    let again = |found: &&DeadLetter| (found.partition, found.offset) == (partition, offset);
    assert_eq!(after.iter().filter(again).count(), 1);
}
