//! What writers can rely on: laws 1 to 5.

use super::group::{ALL, ANN, BOB, EVE, Group, write};
use crate::{
    checkpoint::{Anchor, Checkpoint, Fingerprint},
    conversation::{Command, Docs, FactsQuery, Reason, Rejection},
    id::{CommandId, ConversationId, MessageId},
    message::Content,
    offset::Offset,
    port::{MarkUpdate, Store},
    receipt::Mark,
    time::Timestamp,
};

/// Laws 1 and 2.
pub(super) async fn repeats_are_fine_and_contradictions_are_not(store: &dyn Store) {
    let mut group = Group::new("repeats");
    let id = group.id;
    let first = group.send(ANN, "1");
    group.edit(first, "edited");
    let docs = group.docs();
    write(store, &docs).await;
    let shown = store.page(id, ALL, 10).await.unwrap();
    write(store, &docs).await;
    assert_eq!(
        store.page(id, ALL, 10).await.unwrap(),
        shown,
        "the same documents again change nothing"
    );
    assert_eq!(shown.messages[0].content.text.as_deref(), Some("edited"));

    let mut other = docs.messages[0].clone();
    other.id = MessageId::new(id, BOB, "other");
    let mut fine = docs.messages[0].clone();
    (fine.id, fine.seq, fine.offset) = (MessageId::new(id, BOB, "fine"), 2, Offset::new(0, 50));
    let clash = Docs {
        messages: vec![other.clone(), fine.clone()],
        ..Docs::default()
    };
    let conflicts = store.append(&clash).await.unwrap();
    assert_eq!(
        conflicts.iter().map(|c| c.conversation).collect::<Vec<_>>(),
        [id],
        "another document under one seq"
    );
    assert_eq!(store.messages(&[other.id]).await.unwrap(), [], "which is not written");
    assert_eq!(
        store.messages(&[fine.id]).await.unwrap(),
        [fine],
        "while the others are"
    );

    let mut moved = docs.messages[0].clone();
    (moved.seq, moved.offset) = (3, Offset::new(0, 60));
    let conflicts = store
        .append(&Docs {
            messages: vec![moved],
            ..Docs::default()
        })
        .await
        .unwrap();
    assert_eq!(conflicts.len(), 1, "one message under two numbers");
}

pub(super) async fn contradicting_changes_are_conflicts(store: &dyn Store) {
    let group = Group::new("changes");
    let docs = group.docs();
    write(store, &docs).await;
    let mut other = docs.changes[0].clone();
    other.id = CommandId::from_bytes([9; 16]);
    let conflicts = store
        .append(&Docs {
            changes: vec![other],
            ..Docs::default()
        })
        .await
        .unwrap();
    assert_eq!(conflicts.len(), 1, "another change under one changeSeq");
    let mut moved = docs.changes[0].clone();
    moved.change_seq = 7;
    let conflicts = store
        .append(&Docs {
            changes: vec![moved],
            ..Docs::default()
        })
        .await
        .unwrap();
    assert_eq!(conflicts.len(), 1, "one change under two numbers");
}

/// Every kind of change, some of them overruling others.
fn changes_of_all_kinds(group: &mut Group) {
    let (edited, deleted) = (group.send(ANN, "1"), group.send(ANN, "2"));
    group.edit(edited, "one");
    group.edit(edited, "two");
    group.edit(deleted, "three");
    for (request, on) in [("on", true), ("off", false), ("again", true)] {
        let (change, emoji) = (group.change(request), "👍".to_owned());
        group.push(
            ANN,
            Command::React {
                change,
                message: edited,
                emoji,
                on,
            },
        );
    }
    let change = group.change("delete");
    group.push(
        ANN,
        Command::Delete {
            change,
            message: deleted,
        },
    );
    for name in ["first", "second"] {
        let (change, name) = (group.change(name), name.to_owned());
        group.push(ANN, Command::Rename { change, name });
    }
}

/// Law 3.
pub(super) async fn projections_commute(forwards: &dyn Store, backwards: &dyn Store) {
    let mut group = Group::new("commute");
    let id = group.id;
    changes_of_all_kinds(&mut group);
    let docs = group.docs();
    let mut turned = docs.changes.clone();
    turned.reverse();
    for (store, changes) in [(forwards, &docs.changes), (backwards, &turned)] {
        assert_eq!(store.append(&docs).await.unwrap(), []);
        for change in changes.iter().chain(changes) {
            store.project(std::slice::from_ref(change)).await.unwrap();
        }
    }
    let shown = forwards.page(id, ALL, 10).await.unwrap();
    assert_eq!(shown, backwards.page(id, ALL, 10).await.unwrap());
    assert_eq!(shown.messages[0].content.text.as_deref(), Some("two"));
    assert_eq!(shown.messages[0].reactions().collect::<Vec<_>>(), [("👍", vec![ANN])]);
    assert_eq!(
        shown.messages[1].content,
        Content::default(),
        "a deleted message says nothing, whatever was edited"
    );
    for store in [forwards, backwards] {
        assert_eq!(
            store.membership(id).await.unwrap().unwrap().name.as_deref(),
            Some("second")
        );
    }
}

/// Law 4.
pub(super) async fn marks_only_grow(store: &dyn Store) {
    let behind = |generation, number: u64| Checkpoint {
        position: Offset::new(generation, number),
        anchor: Some(Anchor {
            offset: Offset::new(generation, number - 1),
            // Of any size: it says nothing of the order.
            fingerprint: Fingerprint::of(number.to_string().as_bytes()),
        }),
    };
    assert_eq!(store.mark(0).await.unwrap(), Checkpoint::default());
    for (to, expected) in [(5, 5), (3, 5), (9, 9), (1_000, 1_000), (7, 1_000), (1_001, 1_001)] {
        store.advance(0, behind(0, to)).await.unwrap();
        assert_eq!(store.mark(0).await.unwrap(), behind(0, expected));
    }
    store.advance(0, behind(1, 1)).await.unwrap();
    assert_eq!(store.mark(0).await.unwrap(), behind(1, 1), "a new generation is above");
    let kept = Checkpoint {
        position: Offset::new(1, 8),
        ..behind(1, 1)
    };
    store.advance(0, kept).await.unwrap();
    assert_eq!(store.mark(0).await.unwrap(), kept, "the anchor is where it was");
    store.advance(0, Offset::new(2, 0).into()).await.unwrap();
    let mark = store.mark(0).await.unwrap();
    assert_eq!(mark.position, Offset::new(2, 0));
    assert!(mark.anchor.is_none_or(|anchor| Some(anchor) == kept.anchor), "{mark:?}");
}

pub(super) async fn receipts_only_grow(store: &dyn Store) {
    let group = Group::new("receipts");
    let id = group.id;
    write(store, &group.docs()).await;
    let raise = async |delivered_seq, read_seq, at| {
        let mark = Mark {
            user_id: BOB,
            delivered_seq,
            read_seq,
            at: Timestamp::from_millis(at),
        };
        store
            .raise_marks(&[MarkUpdate { conversation: id, mark }])
            .await
            .unwrap()
    };
    let moved = raise(3, 0, 10).await;
    assert_eq!(
        (moved.len(), moved[0].mark.delivered_seq, moved[0].mark.read_seq),
        (1, 3, 0)
    );
    assert_eq!(raise(2, 0, 20).await, [], "nothing moved");
    assert_eq!(
        raise(0, 5, 30).await[0].mark.delivered_seq,
        5,
        "what is read was delivered"
    );
    let marks = store.marks(id).await.unwrap();
    assert_eq!(
        marks,
        [Mark {
            user_id: BOB,
            delivered_seq: 5,
            read_seq: 5,
            at: Timestamp::from_millis(30)
        }]
    );
}

pub(super) async fn rejections_are_kept_for_their_sender(store: &dyn Store) {
    let rejection = Rejection {
        conversation: ConversationId::group(ANN, b"rejections"),
        offset: Offset::new(0, 3),
        sender: EVE,
        client_message_id: "7".to_owned(),
        reason: Reason::NotAMember,
        at: Timestamp::from_millis(1_000),
    };
    let docs = Docs {
        rejections: vec![rejection],
        ..Docs::default()
    };
    write(store, &docs).await;
    write(store, &docs).await;
    let kept = store.rejections(EVE, Timestamp::from_millis(1_000)).await.unwrap();
    assert_eq!(
        kept.iter()
            .map(|r| (r.client_message_id.as_str(), r.reason))
            .collect::<Vec<_>>(),
        [("7", Reason::NotAMember)]
    );
    assert_eq!(store.rejections(EVE, Timestamp::from_millis(1_001)).await.unwrap(), []);
    assert_eq!(store.rejections(ANN, Timestamp::default()).await.unwrap(), []);
}

pub(super) async fn quarantine_is_remembered(store: &dyn Store) {
    let id = ConversationId::group(ANN, b"quarantine");
    let query = FactsQuery {
        touched: [id].into(),
        ..FactsQuery::default()
    };
    assert!(store.facts(0, query.clone()).await.unwrap().quarantined.is_empty());
    store.quarantine(id, "two messages under seq 7").await.unwrap();
    store.quarantine(id, "again").await.unwrap();
    assert_eq!(store.facts(0, query).await.unwrap().quarantined, [id].into());
}
