//! Everything that can be said comes back as it was, and nothing else is taken for something that was said.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use talkline_core::{
    conversation::{Change, ChangeKind, Kind, Member, Role},
    event::{Event, EventBody},
    id::{AttachmentId, CommandId, MessageId},
    message::{Attachment, Content, Message, Projection},
    port::Membership,
    receipt::Mark,
    time::Timestamp,
    trace::SpanContext,
};

use super::*;

const ANN: UserId = UserId::from_bytes([1; 16]);
const BOB: UserId = UserId::from_bytes([2; 16]);
const ROOM: ConversationId = ConversationId::from_bytes([3; 16]);
const HELLO: MessageId = MessageId::from_bytes([4; 28]);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn member(role: Role) -> Member {
    Member {
        role,
        since: Offset::new(1, 5),
        history_from: 7,
        changes_after: 9,
    }
}

fn message() -> Message {
    Message {
        id: HELLO,
        seq: 300,
        offset: Offset::new(2, 1 << 40),
        sender: ANN,
        client_message_id: "один".into(),
        created_at: at(1_700_000_000_123),
        content: Content {
            text: Some("hello".into()),
            ..Content::default()
        },
        changes: Projection::default(),
    }
}

fn rich_message() -> Message {
    let reactions = BTreeMap::from([(ANN, (Offset::new(0, 9), true)), (BOB, (Offset::new(0, 8), false))]);
    Message {
        content: Content {
            text: None,
            attachment: Some(Attachment {
                id: AttachmentId::from_bytes([5; 16]),
                content_type: "image/png".into(),
                width: Some(u32::MAX),
                height: None,
                size: 10_000_000,
            }),
            reply_to: Some(HELLO),
            forward_of: Some(MessageId::from_bytes([6; 28])),
        },
        changes: Projection {
            change_seq: 4,
            edited: Some((Offset::new(0, 3), at(5))),
            deleted: Some((Offset::new(0, 4), at(-5))),
            reactions: BTreeMap::from([("👍".into(), reactions), ("x".into(), BTreeMap::new())]),
        },
        ..message()
    }
}

fn changes() -> Vec<Change> {
    let kinds = vec![
        ChangeKind::Created {
            kind_of: Kind::Group,
            name: Some("us".into()),
            open_history: true,
            members: vec![(ANN, member(Role::Admin)), (BOB, member(Role::Member))],
        },
        ChangeKind::Created {
            kind_of: Kind::Direct,
            name: None,
            open_history: false,
            members: Vec::new(),
        },
        ChangeKind::Edited {
            message: HELLO,
            text: "hello!".into(),
        },
        ChangeKind::Deleted { message: HELLO },
        ChangeKind::Reacted {
            message: HELLO,
            emoji: "👍".into(),
            on: true,
        },
        ChangeKind::Renamed { name: "we".into() },
        ChangeKind::Members {
            joined: vec![(BOB, member(Role::Member))],
            left: vec![ANN],
        },
        ChangeKind::Expired { through: 9 },
    ];
    let change = |(number, kind): (usize, ChangeKind)| Change {
        id: CommandId::from_bytes([7; 16]),
        conversation: ROOM,
        change_seq: number as u64,
        offset: Offset::new(0, 77),
        actor: ANN,
        at: at(1),
        message_seq: (number % 2 == 0).then_some(3),
        kind,
    };
    kinds.into_iter().enumerate().map(change).collect()
}

fn bodies() -> Vec<EventBody> {
    let mut bodies = vec![
        EventBody::message(&message()),
        EventBody::message(&rich_message()),
        EventBody::Receipt {
            mark: Mark {
                user_id: BOB,
                delivered_seq: 9,
                read_seq: 8,
                at: at(3),
            },
            delivered: true,
            read: false,
        },
        EventBody::Typing {
            user: ANN,
            typing: true,
        },
        EventBody::Viewing {
            user: ANN,
            viewing: false,
        },
    ];
    bodies.extend(changes().into_iter().map(|change| EventBody::Change(Arc::new(change))));
    bodies
}

fn user_events() -> Vec<UserEvent> {
    let membership = |member| {
        UserEvent::Membership(MemberEvent {
            conversation: ROOM,
            user: BOB,
            offset: Offset::new(0, 6),
            member,
        })
    };
    vec![
        membership(Some(member(Role::Admin))),
        membership(None),
        UserEvent::Rejected {
            conversation: ROOM,
            client_message_id: "1".into(),
            reason: Reason::NotAMember,
        },
        UserEvent::SessionEnded(SessionId::from_bytes([8; 16])),
        UserEvent::PresenceChanged(BOB),
    ]
}

/// One of each kind.
fn signals() -> Vec<Signal> {
    let events = bodies()
        .into_iter()
        .map(|body| Signal::Conversation(Event::new(ROOM, Offset::new(1, 2), Offset::new(1, 1), body)));
    let users = user_events().into_iter().map(|event| Signal::User(ANN, event));
    let answer = |result| {
        Signal::Answer(Answered {
            reply_to: ReplyTo {
                gateway: "gateway-0".into(),
                request: 12,
            },
            result,
        })
    };
    let reasons = (0..).map_while(|code| reason(code).ok());
    let answers = reasons.map(Err).chain([Ok(5)]).map(answer);
    events.chain(users).chain(answers).collect()
}

#[test]
fn everything_comes_back() {
    for signal in signals() {
        assert_eq!(decode(&encode(&signal)), Some(signal));
    }
}

#[test]
fn a_message_takes_few_bytes() {
    let signal = Signal::Conversation(Event::new(ROOM, Offset::new(0, 1), Offset::ZERO, bodies().remove(0)));
    let length = encode(&signal).len();
    assert!(length < 120, "{length} bytes");
}

#[test]
fn a_trace_comes_back_and_one_that_is_cut_costs_no_event() {
    let plain = Event::new(ROOM, Offset::new(0, 1), Offset::ZERO, bodies().remove(0));
    let traced = Event {
        trace: Some(SpanContext {
            trace: 1 << 100,
            span: 9,
        }),
        ..plain.clone()
    };
    let bytes = encode(&Signal::Conversation(traced.clone()));
    let length = encode(&Signal::Conversation(plain.clone())).len();
    assert_eq!(bytes.len(), length + 25);
    assert_eq!(decode(&bytes), Some(Signal::Conversation(traced.clone())));
    let more = [&bytes, b"more".as_slice()].concat();
    assert_eq!(decode(&more), Some(Signal::Conversation(traced)));
    for end in length..bytes.len() {
        assert_eq!(decode(&bytes[..end]), Some(Signal::Conversation(plain.clone())));
    }
}

#[test]
fn what_a_later_release_adds_at_the_end_is_ignored() {
    for signal in signals() {
        let mut bytes = encode(&signal);
        bytes.extend_from_slice(b"more");
        assert_eq!(decode(&bytes), Some(signal));
    }
}

#[test]
fn another_version_or_kind_is_dropped() {
    for signal in signals() {
        let mut bytes = encode(&signal);
        bytes[0] = VERSION + 1;
        assert_eq!(decode(&bytes), None);
        (bytes[0], bytes[1]) = (VERSION, 0xff);
        assert_eq!(decode(&bytes), None);
    }
}

#[test]
fn what_is_cut_is_dropped() {
    for signal in signals() {
        let bytes = encode(&signal);
        assert!(
            (0..bytes.len()).all(|end| decode(&bytes[..end]).is_none()),
            "{signal:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_dropped(mut bytes in proptest::collection::vec(any::<u8>(), 2..200), kind in 0u8..8) {
        (bytes[0], bytes[1]) = (VERSION, kind);
        decode(&bytes);
    }
}

/// `cargo test --release -p talkline-cluster --lib fan_out::wire -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn how_long_it_takes() {
    const TIMES: u32 = 1_000_000;
    let plain = Message {
        content: Content {
            text: Some("A sentence of about sixty characters, as people write to each other".into()),
            ..Content::default()
        },
        ..message()
    };
    for message in [plain, rich_message()] {
        let body = EventBody::message(&message);
        let signal = Signal::Conversation(Event::new(ROOM, Offset::new(0, 1), Offset::ZERO, body));
        let bytes = encode(&signal);
        let encoding = took(TIMES, || encode(std::hint::black_box(&signal)));
        let decoding = took(TIMES, || decode(std::hint::black_box(&bytes)));
        println!(
            "{} bytes: encoded in {encoding:?}, decoded in {decoding:?}",
            bytes.len()
        );
    }
}

fn took<T>(times: u32, mut act: impl FnMut() -> T) -> std::time::Duration {
    let begun = std::time::Instant::now();
    for _ in 0..times {
        std::hint::black_box(act());
    }
    begun.elapsed() / times
}

#[test]
fn a_membership_comes_back_and_no_part_of_it_is_taken_for_one() {
    let whole = Membership {
        id: ROOM,
        kind: Kind::Group,
        name: Some("друзья".into()),
        open_history: true,
        created_at: at(-1),
        changed: Offset::new(3, 1 << 40),
        members: BTreeMap::from([(ANN, member(Role::Admin)), (BOB, member(Role::Member))]),
    };
    let nobody = Membership {
        kind: Kind::Direct,
        name: None,
        members: BTreeMap::new(),
        ..whole.clone()
    };
    for membership in [whole, nobody] {
        let bytes = encode_membership(&membership);
        for end in 0..bytes.len() {
            assert_eq!(decode_membership(&bytes[..end]), None, "{end} of {} bytes", bytes.len());
        }
        assert_eq!(decode_membership(&bytes), Some(membership));
    }
}
