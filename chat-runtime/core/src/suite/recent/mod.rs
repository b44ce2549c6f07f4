//! The law of the cache of newest messages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails as a test does")]

mod members;
mod racing;

use std::{ops::RangeInclusive, sync::Arc};

use crate::{
    id::{AttachmentId, ConversationId, MessageId, UserId},
    message::{Attachment, Content, Message, Projection},
    offset::Offset,
    port::{Head, Lease, Newest, Reach, Recalled, Recent, Step},
    time::Timestamp,
};

/// Before the first message.
const NONE: RangeInclusive<u64> = RangeInclusive::new(1, 0);

pub use members::Memberships;

/// Checks each law on `recent`, which keeps memberships or not; the races for so many seeds.
pub async fn recent(recent: Arc<dyn Recent>, memberships: Memberships, seeds: u64) {
    what_is_brought_is_found(&*recent).await;
    a_note_voids_leases_and_leaves_nothing_by_itself(&*recent).await;
    only_its_own_lease_brings_a_list(&*recent).await;
    messages_continue_a_list_where_they_follow(&*recent).await;
    where_something_is_missing_the_list_goes(&*recent).await;
    a_list_has_so_many_messages_at_most(&*recent).await;
    many_notes_at_once_are_each_about_their_own(&*recent).await;
    only_what_would_be_found_is_confirmed(&*recent).await;
    members::law(&*recent, memberships).await;
    for seed in 0..seeds {
        racing::race(&recent, memberships, seed).await;
    }
}

async fn what_is_brought_is_found(recent: &dyn Recent) {
    let id = conversation();
    for newest in [
        nothing(),
        list(id, 1..=3, 2),
        list(id, NONE, 0),
        list(id, 7..=56, 1 << 40),
    ] {
        let id = conversation();
        let newest = Newest {
            messages: newest.messages.iter().map(|it| message(id, it.seq)).collect(),
            ..newest
        };
        bring(recent, id, &newest).await;
        assert_eq!(found(recent, id).await, Some(newest.clone()));
        assert_eq!(found(recent, id).await, Some(newest), "found once only");
    }
    assert_eq!(found(recent, id).await, None);
}

async fn a_note_voids_leases_and_leaves_nothing_by_itself(recent: &dyn Recent) {
    for step in [added, changed] {
        let id = conversation();
        recent.note(&[step(id, 4..=4, 0)]).await.unwrap();
        let lease = lease(recent, id).await;
        recent.note(&[step(id, 5..=5, 0)]).await.unwrap();
        let kept = recent.fill(id, lease, &list(id, 1..=4, 0)).await.unwrap();
        assert!(!kept, "what a worker has overtaken was brought back");
        assert_eq!(found(recent, id).await, None);
    }
}

async fn only_its_own_lease_brings_a_list(recent: &dyn Recent) {
    let (id, other) = (conversation(), conversation());
    let of_other = lease(recent, other).await;
    let old = lease(recent, id).await;
    assert!(!recent.fill(id, of_other, &nothing()).await.unwrap());
    recent.note(&[changed(id, 1..=1, 0)]).await.unwrap();
    let new = lease(recent, id).await;
    assert!(
        !recent.fill(id, old, &nothing()).await.unwrap(),
        "a lease that was void"
    );
    assert!(recent.fill(id, new, &list(id, 1..=2, 1)).await.unwrap());
    recent.fill(id, new, &list(id, 1..=2, 1)).await.unwrap();
    assert_eq!(found(recent, id).await, Some(list(id, 1..=2, 1)));
}

async fn messages_continue_a_list_where_they_follow(recent: &dyn Recent) {
    let id = conversation();
    bring(recent, id, &list(id, 1..=3, 5)).await;
    for (noted, then) in [(4..=5, 1..=5), (2..=4, 1..=5), (5..=7, 1..=7), (8..=8, 1..=8)] {
        recent.note(&[added(id, noted.clone(), 5)]).await.unwrap();
        assert_eq!(found(recent, id).await, Some(list(id, then, 5)), "after {noted:?}");
    }
    recent.note(&[added(id, 9..=9, 4)]).await.unwrap();
    assert_eq!(
        found(recent, id).await,
        Some(list(id, 1..=9, 5)),
        "a reader may know of later changes"
    );
    let empty = conversation();
    bring(recent, empty, &list(empty, NONE, 0)).await;
    recent.note(&[added(empty, 1..=1, 0)]).await.unwrap();
    assert_eq!(found(recent, empty).await, Some(list(empty, 1..=1, 0)));
}

async fn where_something_is_missing_the_list_goes(recent: &dyn Recent) {
    for (step, what) in [(added as fn(_, _, _) -> _, 5..=5), (added, 4..=4), (changed, 4..=4)] {
        let id = conversation();
        bring(recent, id, &list(id, 1..=3, 5)).await;
        // The message's number has a hole before it, or that of the changes has.
        let change_seq = if what == (4..=4) { 6 } else { 5 };
        recent.note(&[step(id, what.clone(), change_seq)]).await.unwrap();
        assert_eq!(found(recent, id).await, None, "{what:?}");
        bring(recent, id, &list(id, 1..=5, 6)).await;
        assert!(found(recent, id).await.is_some(), "brought again");
    }
}

async fn a_list_has_so_many_messages_at_most(recent: &dyn Recent) {
    let id = conversation();
    let most = Newest::MOST as u64;
    bring(recent, id, &list(id, 1..=most - 1, 0)).await;
    recent.note(&[added(id, most..=most, 0)]).await.unwrap();
    assert_eq!(found(recent, id).await, Some(list(id, 1..=most, 0)));
    recent.note(&[added(id, most + 1..=most + 3, 0)]).await.unwrap();
    assert_eq!(found(recent, id).await, Some(list(id, 4..=most + 3, 0)));
    recent.note(&[added(id, most + 4..=most + most + 9, 0)]).await.unwrap();
    assert_eq!(found(recent, id).await, Some(list(id, most + 10..=most + most + 9, 0)));
}

async fn many_notes_at_once_are_each_about_their_own(recent: &dyn Recent) {
    let ids: Vec<_> = (0..2_500).map(|_| conversation()).collect();
    for id in &ids[..5] {
        bring(recent, *id, &list(*id, 1..=1, 0)).await;
    }
    let mut steps: Vec<_> = ids.iter().map(|id| added(*id, 2..=2, 0)).collect();
    steps[1] = changed(ids[1], 2..=2, 0);
    recent.note(&steps).await.unwrap();
    for (index, id) in ids[..5].iter().enumerate() {
        let expected = (index != 1).then(|| list(*id, 1..=2, 0));
        assert_eq!(found(recent, *id).await, expected);
    }
    recent.note(&[]).await.unwrap();
}

async fn only_what_would_be_found_is_confirmed(recent: &dyn Recent) {
    let id = conversation();
    let three = list(id, 1..=3, 5).reach();
    let confirmed = async |reach| recent.confirm(id, reach).await.unwrap();
    assert!(
        !confirmed(three).await && !confirmed(nothing().reach()).await,
        "nothing is there"
    );
    lease(recent, id).await;
    assert!(
        !confirmed(three).await && !confirmed(nothing().reach()).await,
        "only a lease is"
    );
    bring(recent, id, &list(id, 1..=3, 5)).await;
    assert!(confirmed(three).await && confirmed(three).await);
    let other = |seq, change_seq, membership| Reach {
        head: Head { seq, change_seq },
        membership,
    };
    for other in [
        other(2, 5, three.membership),
        other(4, 5, three.membership),
        other(3, 4, three.membership),
        other(3, 6, three.membership),
        other(3, 5, Offset::ZERO),
    ] {
        assert!(!confirmed(other).await, "{other:?} of {three:?}");
    }
    recent.note(&[added(id, 4..=4, 5)]).await.unwrap();
    assert!(!confirmed(three).await && confirmed(list(id, 1..=4, 5).reach()).await);
    recent.note(&[changed(id, 4..=4, 5)]).await.unwrap();
    assert!(!confirmed(list(id, 1..=4, 5).reach()).await, "what has gone");
}

async fn found(recent: &dyn Recent, id: ConversationId) -> Option<Newest> {
    match recent.get(id).await.unwrap() {
        Recalled::Found(newest) => Some(newest),
        Recalled::Nothing(_) => None,
    }
}

async fn lease(recent: &dyn Recent, id: ConversationId) -> Lease {
    match recent.get(id).await.unwrap() {
        Recalled::Nothing(lease) => lease,
        Recalled::Found(newest) => panic!("{newest:?} is there"),
    }
}

async fn bring(recent: &dyn Recent, id: ConversationId, newest: &Newest) {
    let lease = lease(recent, id).await;
    assert!(recent.fill(id, lease, newest).await.unwrap(), "refused");
}

fn conversation() -> ConversationId {
    ConversationId::from_bytes(rand::random())
}

fn nothing() -> Newest {
    Newest {
        head: Head::default(),
        membership: Offset::ZERO,
        messages: Default::default(),
        whole: true,
    }
}

fn list(id: ConversationId, seqs: RangeInclusive<u64>, change_seq: u64) -> Newest {
    Newest {
        head: Head {
            seq: *seqs.end(),
            change_seq,
        },
        membership: Offset::new(1, 7),
        whole: *seqs.start() == 1,
        messages: seqs.map(|seq| message(id, seq)).collect(),
    }
}

fn added(conversation: ConversationId, seqs: RangeInclusive<u64>, change_seq: u64) -> Step {
    Step::Added {
        conversation,
        change_seq,
        messages: seqs.map(|seq| message(conversation, seq)).collect(),
    }
}

fn changed(conversation: ConversationId, _: RangeInclusive<u64>, _: u64) -> Step {
    Step::Changed(conversation)
}

/// A message, every third with everything that one can have.
fn message(conversation: ConversationId, seq: u64) -> Arc<Message> {
    let sender = UserId::from_bytes([seq as u8; 16]);
    let at = Timestamp::from_millis(seq as i64 - 2);
    let place = (Offset::new(3, seq + 9), at);
    let (content, changes) = match seq % 3 {
        0 => (
            full_content(conversation),
            Projection {
                change_seq: 4,
                edited: Some(place),
                deleted: Some(place),
                reactions: [("👍".to_owned(), [(sender, (place.0, true))].into())].into(),
            },
        ),
        _ => (
            Content {
                text: Some(format!("text {seq}\r\n\0 ü")),
                ..Content::default()
            },
            Projection::default(),
        ),
    };
    Arc::new(Message {
        id: MessageId::new(conversation, sender, &format!("m{seq}")),
        seq,
        offset: Offset::new(3, seq),
        sender,
        client_message_id: format!("m{seq}"),
        created_at: at,
        content,
        changes,
    })
}

fn full_content(conversation: ConversationId) -> Content {
    let other = MessageId::new(conversation, UserId::from_bytes([9; 16]), "other");
    Content {
        text: None,
        attachment: Some(Attachment {
            id: AttachmentId::from_bytes([5; 16]),
            content_type: "image/png".to_owned(),
            width: Some(640),
            height: None,
            size: 1 << 33,
        }),
        reply_to: Some(other),
        forward_of: Some(other),
    }
}
