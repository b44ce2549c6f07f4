//! What becomes of what is too old: laws 9 to 12.

use super::group::{ALL, ANN, BOB, EVE, Group, seqs, write};
use crate::{
    conversation::{ChangeKind, Conversation, Docs, FactsQuery, Fold, MessageFact, Reason, Rejection},
    id::{ConversationId, MessageId},
    offset::{Offset, partition_of},
    port::{Due, Head, MarkUpdate, Range, Store},
    receipt::Mark,
    time::Timestamp,
};

/// Three messages, some changes, a late member; then the first two messages expire.
struct Old {
    id: ConversationId,
    messages: [MessageId; 3],
    docs: Docs,
}

impl Old {
    fn new(name: &str) -> Self {
        let mut group = Group::new(name); // 10, change 1
        let first = group.send(BOB, "1"); // 11
        let second = group.send(ANN, "2"); // 12
        group.edit(second, "secret"); // 13, change 2
        group.members(&[EVE], &[]); // 14, change 3
        let third = group.send(BOB, "3"); // 15
        group.edit(second, "more secret"); // 16, change 4
        group.expire(1); // 17, change 5
        group.expire(2); // 18, change 6
        Self {
            id: group.id,
            messages: [first, second, third],
            docs: group.docs(),
        }
    }

    /// Where the last expiry stands in the log.
    fn expired() -> Offset {
        Offset::new(0, 18)
    }

    async fn write(name: &str, store: &dyn Store, partitions: u32) -> Self {
        let old = Self::new(name);
        write(store, &old.docs).await;
        old.pass(store, partitions).await;
        old
    }

    /// Moves the mark behind everything.
    async fn pass(&self, store: &dyn Store, partitions: u32) {
        let partition = partition_of(&self.id, partitions);
        store.advance(partition, Self::expired().next().into()).await.unwrap();
    }
}

/// All that readers can see of a conversation, to be compared.
async fn shown(store: &dyn Store, old: &Old) -> impl PartialEq + std::fmt::Debug + use<> {
    let all = store.page(old.id, ALL, 10).await.unwrap();
    assert_eq!(all, store.page(old.id, Range::After { after: 0 }, 10).await.unwrap());
    let mut lists = Vec::new();
    for user in [ANN, BOB, EVE] {
        lists.push(store.conversations(user, None, 10).await.unwrap());
    }
    (
        (all, store.messages(&old.messages).await.unwrap()),
        store.changes(old.id, 0, 10).await.unwrap(),
        (lists, store.heads(&[old.id]).await.unwrap()),
        (
            store.membership(old.id).await.unwrap(),
            store.marks(old.id).await.unwrap(),
        ),
    )
}

/// Removes all that can be removed, in small steps; says how much that was.
async fn purge(store: &dyn Store) -> (usize, usize) {
    let (mut messages, mut changes) = (0, 0);
    loop {
        let purged = store.purge(1).await.unwrap();
        assert!(purged.messages + purged.changes <= 1, "more than asked for: {purged:?}");
        messages += purged.messages;
        changes += purged.changes;
        if !purged.more {
            return (messages, changes);
        }
    }
}

/// Law 9.
pub(super) async fn what_expired_is_hidden(store: &dyn Store) {
    let old = Old::new("hidden");
    let read = Mark {
        read_seq: 1,
        ..Mark::new(ANN)
    };
    write(store, &old.docs).await;
    let mark = MarkUpdate {
        conversation: old.id,
        mark: read,
    };
    store.raise_marks(&[mark]).await.unwrap();
    assert_eq!(seqs(store, old.id, ALL, 10).await, (vec![3], false));
    assert_eq!(
        seqs(store, old.id, Range::After { after: 0 }, 10).await,
        (vec![3], false)
    );
    let before = Range::Before { from: 1, before: 3 };
    assert_eq!(
        seqs(store, old.id, before, 10).await,
        (vec![], false),
        "no gap to ask for"
    );
    let by_id = store.messages(&old.messages).await.unwrap();
    assert_eq!(by_id.iter().map(|message| message.seq).collect::<Vec<_>>(), [3]);
    let changes = store.changes(old.id, 0, 10).await.unwrap();
    let numbers: Vec<_> = changes.changes.iter().map(|change| change.change_seq).collect();
    assert_eq!(numbers, [1, 3, 6], "no edits of what is gone, and only the last expiry");
    assert_eq!(changes.changes[2].kind, ChangeKind::Expired { through: 2 });
    let head = Head { seq: 3, change_seq: 6 };
    assert_eq!(store.heads(&[old.id]).await.unwrap(), [head]);
    for (user, unread) in [(ANN, 1), (BOB, 0), (EVE, 1)] {
        let row = store.conversations(user, None, 10).await.unwrap().remove(0);
        assert_eq!(row.unread, unread, "of {user}");
        assert_eq!(row.last_message.map(|message| message.seq), Some(3));
    }
    assert_eq!(
        store.marks(old.id).await.unwrap(),
        [Mark {
            delivered_seq: 1,
            ..read
        }]
    );
    let members = store.membership(old.id).await.unwrap().unwrap().members;
    assert_eq!(members.into_keys().collect::<Vec<_>>(), [ANN, BOB, EVE]);
}

/// Law 10, for readers who know a mark from before the purge: they may remember one for a moment.
pub(super) async fn a_purge_is_seen_by_nobody_who_is_late(store: &dyn Store, partitions: u32) {
    let old = Old::new("late readers");
    write(store, &old.docs).await;
    let shown = async || {
        (
            store.heads(&[old.id]).await.unwrap(),
            store.membership(old.id).await.unwrap(),
        )
    };
    let before = shown().await;
    old.pass(store, partitions).await;
    store.purge(100).await.unwrap();
    assert_eq!(shown().await, before);
}

/// Law 10, for readers.
pub(super) async fn a_purge_is_seen_by_nobody(store: &dyn Store, partitions: u32) {
    let old = Old::new("purge");
    write(store, &old.docs).await;
    let before = shown(store, &old).await;
    assert_eq!(
        purge(store).await,
        (0, 0),
        "the mark is not there yet: it may be done again"
    );
    old.pass(store, partitions).await;
    assert_eq!(shown(store, &old).await, before);
    let (messages, changes) = purge(store).await;
    assert_eq!(
        (messages, changes),
        (2, 3),
        "two messages, two edits, and the first expiry"
    );
    assert_eq!(shown(store, &old).await, before);
    assert_eq!(purge(store).await, (0, 0), "nothing is left to remove");
}

/// Law 10, when nothing is left.
pub(super) async fn an_empty_conversation_goes_on(store: &dyn Store, partitions: u32) {
    let mut group = Group::new("empty");
    let id = group.id;
    group.send(BOB, "1");
    group.send(BOB, "2"); // 12
    group.expire(2); // 13
    write(store, &group.docs()).await;
    store
        .advance(partition_of(&id, partitions), Offset::new(0, 14).into())
        .await
        .unwrap();
    purge(store).await;
    assert_eq!(seqs(store, id, ALL, 10).await, (vec![], false));
    let row = store.conversations(ANN, None, 10).await.unwrap().remove(0);
    assert_eq!(
        (row.unread, row.last_message, row.head),
        (0, None, Head { seq: 2, change_seq: 2 })
    );
    assert_eq!(row.listing.at, row.membership.created_at);
    let query = FactsQuery {
        position: Offset::new(0, 14),
        conversations: [id].into(),
        touched: [id].into(),
        ..FactsQuery::default()
    };
    let facts = store.facts(partition_of(&id, partitions), query).await.unwrap();
    let mut group = Group {
        id,
        fold: Fold::new(facts, []),
        next: 14,
    };
    group.send(ANN, "3");
    group.members(&[EVE], &[]);
    let docs = group.docs();
    assert_eq!(
        (docs.messages[0].seq, docs.changes[0].change_seq),
        (3, 3),
        "numbers never restart"
    );
    write(store, &docs).await;
    assert_eq!(seqs(store, id, ALL, 10).await, (vec![3], false));
    let head = Head { seq: 3, change_seq: 3 };
    assert_eq!(store.heads(&[id]).await.unwrap(), [head]);
}

/// Law 10, for writers: who sends again what is long gone has sent it.
pub(super) async fn a_purged_message_is_remembered(store: &dyn Store, partitions: u32) {
    let old = Old::write("remembered", store, partitions).await;
    purge(store).await;
    let query = FactsQuery {
        position: Old::expired().next(),
        conversations: [old.id].into(),
        touched: [old.id].into(),
        messages: old.messages.into(),
        commands: old.docs.changes.iter().map(|change| change.id).collect(),
    };
    let facts = store.facts(partition_of(&old.id, partitions), query).await.unwrap();
    let state = &facts.conversations[&old.id];
    assert_eq!((state.seq, state.change_seq, state.expired), (3, 6, 2));
    let MessageFact { offset, seq, .. } = facts.messages[&old.messages[1]];
    assert_eq!((offset, seq), (Offset::new(0, 12), 2));
    assert_eq!(facts.settled.len(), 0, "nobody is late");
    let mut group = Group {
        id: old.id,
        fold: Fold::new(facts, []),
        next: Old::expired().next().number(),
    };
    group.send(ANN, "2");
    group.edit(old.messages[1], "secret");
    let mut folded = group.fold.finish();
    assert_eq!(folded.docs, Docs::default(), "a retry, and an edit of nothing");
    assert_eq!(folded.states.remove(&old.id).map(|state| state.seq), Some(3));
}

/// Law 11.
pub(super) async fn who_is_late_is_told(store: &dyn Store, partitions: u32) {
    let old = Old::write("late", store, partitions).await;
    let facts = async |number| {
        let query = FactsQuery {
            position: Offset::new(0, number),
            touched: [old.id].into(),
            messages: old.messages.into(),
            ..FactsQuery::default()
        };
        store.facts(partition_of(&old.id, partitions), query).await.unwrap()
    };
    assert_eq!(facts(12).await.settled, [].into(), "all is there");
    store.purge(1).await.unwrap();
    assert_eq!(facts(19).await.settled, [].into());
    for position in [12, 16, 18] {
        let late = facts(position).await;
        assert_eq!(late.settled, [(old.id, Old::expired())].into(), "from {position} on");
        let at_hand = Conversation::default();
        let mut group = Group {
            id: old.id,
            fold: Fold::new(late, [(old.id, at_hand)]),
            next: position,
        };
        while group.next <= 18 {
            group.edit(old.messages[1], "done long ago");
        }
        let third = group.send(ANN, "4");
        let docs = group.docs();
        assert_eq!(
            (docs.changes.len(), docs.messages[0].id, docs.messages[0].seq),
            (0, third, 4)
        );
    }
}

/// Law 12.
pub(super) async fn what_was_purged_can_be_written_again(store: &dyn Store, partitions: u32) {
    let old = Old::write("again", store, partitions).await;
    let before = shown(store, &old).await;
    purge(store).await;
    write(store, &old.docs).await;
    store.append(&old.docs).await.unwrap();
    store.project(&old.docs.changes).await.unwrap();
    assert_eq!(shown(store, &old).await, before);
    purge(store).await;
    assert_eq!(shown(store, &old).await, before);
}

pub(super) async fn what_is_too_old_is_found(store: &dyn Store) {
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let mut group = Group::new(name);
        for number in 1..=3 {
            group.send(ANN, &number.to_string()); // at 1,011 and on
        }
        ids.push(group.id);
        write(store, &group.docs()).await;
    }
    ids.sort_unstable();
    let due = |conversation, through| Due {
        conversation,
        through,
        more: false,
    };
    let at = Timestamp::from_millis;
    let found = store.overdue(at(1_011), None, 10).await.unwrap();
    assert_eq!(
        (found.conversations, found.next),
        (vec![], None),
        "those of that time stay"
    );
    let found = store.overdue(at(1_013), None, 2).await.unwrap();
    assert_eq!(found.conversations, [due(ids[0], 2), due(ids[1], 2)]);
    assert_eq!(found.next, Some(ids[1]));
    let found = store.overdue(at(9_999), found.next, 2).await.unwrap();
    assert_eq!((found.conversations, found.next), (vec![due(ids[2], 3)], None));
}

/// A sender's clock may have been wrong: what lies behind a younger message waits for it, so that no hole comes about.
pub(super) async fn only_a_beginning_is_too_old(store: &dyn Store) {
    let mut group = Group::new("clocks");
    let id = group.id;
    for number in 1..=4 {
        group.send(ANN, &number.to_string());
    }
    let mut docs = group.docs();
    docs.messages[2].created_at = Timestamp::from_millis(5_000);
    let hidden = docs.messages.pop();
    write(store, &docs).await;
    let through = async |at| {
        let found = store.overdue(Timestamp::from_millis(at), None, 10).await.unwrap();
        found.conversations.first().map(|due| (due.conversation, due.through))
    };
    assert_eq!(through(4_000).await, Some((id, 2)));
    assert_eq!(
        through(6_000).await,
        Some((id, 3)),
        "what nobody sees yet is not too old"
    );
    docs.messages = hidden.into_iter().collect();
    write(store, &docs).await;
    assert_eq!(through(6_000).await, Some((id, 4)));
}

pub(super) async fn rejections_are_forgotten(store: &dyn Store) {
    let rejection = |number: u64| Rejection {
        conversation: ConversationId::group(ANN, b"forgotten"),
        offset: Offset::new(0, number),
        sender: EVE,
        client_message_id: number.to_string(),
        reason: Reason::NotAMember,
        at: Timestamp::from_millis(number as i64),
    };
    let docs = Docs {
        rejections: (1..=5).map(rejection).collect(),
        ..Docs::default()
    };
    write(store, &docs).await;
    let forget = async |before, limit| {
        let before = Timestamp::from_millis(before);
        store.forget_rejections(before, limit).await.unwrap()
    };
    assert_eq!(forget(1, 10).await, 0);
    assert_eq!((forget(5, 3).await, forget(5, 3).await, forget(5, 3).await), (3, 1, 0));
    let left = store.rejections(EVE, Timestamp::default()).await.unwrap();
    assert_eq!(
        left.iter().map(|r| r.client_message_id.as_str()).collect::<Vec<_>>(),
        ["5"]
    );
}
