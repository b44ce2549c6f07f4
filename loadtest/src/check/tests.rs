//! Faults injected into a faultless run are reported exactly, and nothing else is.

use proptest::prelude::*;

use super::*;

/// A conversation of two in which member 0 sends, with everything delivered faultlessly unless a test says otherwise.
struct Run {
    room: Room,
    sent: usize,
}

/// Message `number` of member 0, stored under `seq`.
fn message(number: usize, seq: u64, id: &str) -> Arrival<'_> {
    Arrival {
        seq,
        id,
        key: Some(MessageKey { sender: 0, number }),
    }
}

fn id(number: usize) -> String {
    format!("id-{number}")
}

impl Run {
    fn new(messages: usize) -> Self {
        let mut room = Room::new(2, 0);
        for number in 0..messages {
            assert_eq!(room.intend(0, number as u64), number);
            let acknowledged = room.acknowledge(MessageKey { sender: 0, number }, &id(number)).unwrap();
            assert_eq!(
                acknowledged,
                Acknowledged {
                    first: true,
                    intended: number as u64
                }
            );
        }
        Self { room, sent: messages }
    }

    fn deliver(&mut self, member: usize, number: usize, seq: u64, via: Via) {
        let _ = self.room.receive(member, &message(number, seq, &id(number)), via);
    }

    fn deliver_all(&mut self, member: usize) {
        (0..self.sent).for_each(|number| self.deliver(member, number, number as u64 + 1, Via::Live));
    }

    fn conclude(mut self, history: impl IntoIterator<Item = (usize, u64)>) -> Findings {
        for (number, seq) in history {
            self.room.read_history(&message(number, seq, &id(number)));
        }
        self.room.conclude()
    }

    fn conclude_with_everything(self) -> Findings {
        let sent = self.sent;
        self.conclude((0..sent).map(|number| (number, number as u64 + 1)))
    }
}

#[test]
fn a_faultless_run_is_clean_and_settled() {
    let mut run = Run::new(3);
    assert!(!run.room.is_settled());
    run.deliver_all(0);
    assert!(!run.room.is_settled());
    run.deliver_all(1);
    assert!(run.room.is_settled());
    assert!(run.conclude_with_everything().is_clean());
}

#[test]
fn an_acknowledged_message_that_is_not_in_the_history_is_lost() {
    let mut run = Run::new(3);
    for member in 0..2 {
        run.deliver(member, 0, 1, Via::Live);
        run.deliver(member, 2, 2, Via::Live);
    }
    assert!(!run.room.is_settled());
    assert_eq!(
        run.conclude([(0, 1), (2, 2)]),
        Findings {
            lost: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn a_delivery_that_never_came_is_undelivered_and_one_that_came_by_sync_is_not() {
    let mut run = Run::new(3);
    run.deliver_all(0);
    run.deliver(1, 0, 1, Via::Live);
    run.deliver(1, 2, 3, Via::Live);
    assert!(run.room.has_gap(1));
    assert_eq!(run.room.frontier(1), 1);
    let mut recovered = Run::new(3);
    recovered.deliver_all(0);
    recovered.deliver(1, 0, 1, Via::Live);
    recovered.deliver(1, 2, 3, Via::Live);
    recovered.deliver(1, 1, 2, Via::Sync);
    recovered.deliver(1, 2, 3, Via::Sync);
    assert!(recovered.room.is_settled());
    assert_eq!(
        run.conclude_with_everything(),
        Findings {
            undelivered: 1,
            ..Findings::default()
        }
    );
    assert!(recovered.conclude_with_everything().is_clean());
}

#[test]
fn a_repeat_counts_on_one_connection_and_not_on_the_next() {
    let mut run = Run::new(2);
    run.deliver_all(0);
    run.deliver_all(1);
    run.room.connected(1);
    run.deliver(1, 1, 2, Via::Live);
    assert!(run.room.is_settled());
    run.deliver(1, 1, 2, Via::Live);
    assert_eq!(
        run.conclude_with_everything(),
        Findings {
            duplicated: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn an_older_message_after_a_newer_one_is_reordered() {
    let mut run = Run::new(3);
    run.deliver_all(0);
    for (number, seq) in [(0, 1), (2, 3), (1, 2)] {
        run.deliver(1, number, seq, Via::Live);
    }
    assert_eq!(
        run.conclude_with_everything(),
        Findings {
            reordered: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn a_message_stored_twice_is_duplicated_once() {
    let mut run = Run::new(1);
    for member in 0..2 {
        run.deliver(member, 0, 1, Via::Live);
        run.deliver(member, 0, 2, Via::Live);
    }
    assert_eq!(
        run.conclude([(0, 1), (0, 2)]),
        Findings {
            duplicated: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn members_that_saw_different_orders_conflict() {
    let mut run = Run::new(2);
    run.deliver_all(0);
    run.deliver(1, 1, 1, Via::Live);
    run.deliver(1, 0, 2, Via::Live);
    assert_eq!(
        run.conclude_with_everything(),
        Findings {
            conflicting: 2,
            ..Findings::default()
        }
    );
}

#[test]
fn a_hole_in_the_history_and_a_changed_id_are_found() {
    let mut run = Run::new(2);
    for member in 0..2 {
        run.deliver(member, 0, 1, Via::Live);
        run.deliver(member, 1, 3, Via::Live);
    }
    let renamed = run
        .room
        .acknowledge(MessageKey { sender: 0, number: 0 }, "another")
        .unwrap();
    assert!(!renamed.first);
    assert_eq!(
        run.conclude([(0, 1), (1, 3)]),
        Findings {
            holes: 1,
            renamed: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn what_was_refused_is_owed_to_nobody_and_what_was_never_answered_is_said() {
    let mut run = Run::new(1);
    let refused = run.room.intend(0, 7);
    run.room.refuse(MessageKey {
        sender: 0,
        number: refused,
    });
    let rejected = MessageKey {
        sender: 0,
        number: run.room.intend(0, 8),
    };
    assert!(run.room.acknowledge(rejected, "r").unwrap().first);
    run.room.refuse(rejected);
    run.deliver_all(0);
    run.deliver_all(1);
    assert!(run.room.is_settled());
    run.room.intend(1, 9);
    assert!(!run.room.is_settled());
    assert_eq!(
        run.conclude_with_everything(),
        Findings {
            unanswered: 1,
            ..Findings::default()
        }
    );
}

#[test]
fn what_others_wrote_before_and_between_disturbs_nothing() {
    let mut room = Room::new(1, 10);
    let number = room.intend(0, 1);
    let key = MessageKey { sender: 0, number };
    room.acknowledge(key, "mine").unwrap();
    let theirs = Arrival {
        seq: 11,
        id: "theirs",
        key: None,
    };
    let mine = Arrival {
        seq: 12,
        id: "mine",
        key: Some(key),
    };
    assert_eq!(
        room.receive(0, &theirs, Via::Live),
        Receipt {
            first: true,
            intended: None
        }
    );
    assert_eq!(
        room.receive(0, &mine, Via::Live),
        Receipt {
            first: true,
            intended: Some(1)
        }
    );
    assert!(room.is_settled());
    room.read_history(&theirs);
    room.read_history(&mine);
    assert!(room.conclude().is_clean());
}

proptest! {
    /// Any mixture of losses, missed deliveries, repeats and swaps comes out as exactly these numbers.
    #[test]
    fn injected_faults_are_counted_exactly(faults in proptest::collection::vec(0..6_u8, 1..60)) {
        let mut expected = Findings::default();
        let mut run = Run::new(faults.len() * 2);
        let (mut seq, mut stored, mut late) = (0, Vec::new(), Vec::new());
        for (index, fault) in faults.iter().enumerate() {
            let pair = [index * 2, index * 2 + 1];
            if *fault == 1 {
                expected.lost += 2;
                continue;
            }
            let places = [(pair[0], seq + 1), (pair[1], seq + 2)];
            seq += 2;
            stored.extend(places);
            places.iter().for_each(|&(number, seq)| run.deliver(0, number, seq, Via::Live));
            let arrivals = match fault {
                2 => { expected.undelivered += 1; vec![places[1]] }
                3 => { expected.duplicated += 1; vec![places[0], places[1], places[0]] }
                4 => { expected.reordered += 1; vec![places[1], places[0]] }
                5 => { late.extend(places); vec![] }
                _ => places.to_vec(),
            };
            arrivals.into_iter().for_each(|(number, seq)| run.deliver(1, number, seq, Via::Live));
        }
        late.into_iter().for_each(|(number, seq)| run.deliver(1, number, seq, Via::Sync));
        prop_assert_eq!(run.room.is_settled(), expected.lost == 0 && expected.undelivered == 0);
        prop_assert_eq!(run.conclude(stored), expected);
    }
}
