//! The law of [`Store`], law by law.

use std::sync::Arc;

use crate::{
    conversation::{ChangeKind, Command, Docs, Facts, FactsQuery, Fold, Kind, Reason, Record, Rejection},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::{Offset, partition_of},
    port::{Head, MarkUpdate, Range, Store},
    receipt::Mark,
    time::Timestamp,
};

const ANN: UserId = UserId::from_bytes([1; 16]);
const BOB: UserId = UserId::from_bytes([2; 16]);
const EVE: UserId = UserId::from_bytes([3; 16]);
const ALL: Range = Range::Before {
    from: 1,
    before: u64::MAX,
};

/// Checks every law on stores that `make` gives: a new and empty one at each call, for a log of `partitions`.
///
/// # Panics
/// Where a law does not hold.
pub async fn store(partitions: u32, make: impl AsyncFn() -> Arc<dyn Store>) {
    repeats_are_fine_and_contradictions_are_not(&*make().await).await;
    contradicting_changes_are_conflicts(&*make().await).await;
    projections_commute(&*make().await, &*make().await).await;
    marks_only_grow(&*make().await).await;
    readers_cut_at_holes(&*make().await, partitions).await;
    no_change_before_its_effect(&*make().await).await;
    facts_are_as_of_the_position(&*make().await).await;
    pages_are_dense(&*make().await).await;
    changes_come_in_pages(&*make().await).await;
    lists_show_what_members_see(&*make().await).await;
    receipts_only_grow(&*make().await).await;
    rejections_are_kept_for_their_sender(&*make().await).await;
    quarantine_is_remembered(&*make().await).await;
    what_is_not_there_is_empty(&*make().await).await;
}

/// A group of Ann and Bob, and what is done in it, as documents.
struct Group {
    id: ConversationId,
    fold: Fold,
    next: u64,
}

impl Group {
    fn new(name: &str) -> Self {
        let id = ConversationId::group(ANN, name.as_bytes());
        let mut group = Self {
            id,
            fold: Fold::new(Facts::default(), []),
            next: 10,
        };
        let change = CommandId::new(id, ANN, b"create");
        let name = Some(name.to_owned());
        group.push(
            ANN,
            Command::Create {
                change,
                kind: Kind::Group,
                name,
                members: vec![BOB],
                open_history: false,
            },
        );
        group
    }

    fn push(&mut self, actor: UserId, command: Command) {
        let at = Timestamp::from_millis(1_000 + self.next as i64);
        let record = Record {
            conversation: self.id,
            actor,
            at,
            reply_to: None,
            trace: None,
            command,
        };
        self.fold.push(Offset::new(0, self.next), &record);
        self.next += 1;
    }

    fn send(&mut self, actor: UserId, name: &str) -> MessageId {
        let message = MessageId::new(self.id, actor, name);
        let content = Content {
            text: Some(format!("text {name}")),
            ..Content::default()
        };
        self.push(
            actor,
            Command::Send {
                message,
                client_message_id: name.to_owned(),
                content,
            },
        );
        message
    }

    fn change(&self, request: &str) -> CommandId {
        CommandId::new(self.id, ANN, request.as_bytes())
    }

    fn edit(&mut self, message: MessageId, text: &str) {
        self.push(
            ANN,
            Command::Edit {
                change: self.change(text),
                message,
                text: text.to_owned(),
            },
        );
    }

    fn members(&mut self, add: &[UserId], remove: &[UserId]) {
        let change = self.change(&format!("{add:?}{remove:?}{}", self.next));
        let (add, remove) = (add.to_vec(), remove.to_vec());
        self.push(
            ANN,
            Command::Members {
                change,
                add,
                remove,
                promote: Vec::new(),
                demote: Vec::new(),
            },
        );
    }

    fn docs(self) -> Docs {
        self.fold.finish().docs
    }
}

async fn write(store: &dyn Store, docs: &Docs) {
    assert_eq!(store.write(docs).await.unwrap(), [], "no conflicts");
}

async fn seqs(store: &dyn Store, id: ConversationId, range: Range, limit: usize) -> (Vec<u64>, bool) {
    let page = store.page(id, range, limit).await.unwrap();
    (page.messages.iter().map(|message| message.seq).collect(), page.has_more)
}

/// Laws 1 and 2.
async fn repeats_are_fine_and_contradictions_are_not(store: &dyn Store) {
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

async fn contradicting_changes_are_conflicts(store: &dyn Store) {
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

/// Law 3.
async fn projections_commute(forwards: &dyn Store, backwards: &dyn Store) {
    let mut group = Group::new("commute");
    let id = group.id;
    let (edited, deleted) = (group.send(ANN, "1"), group.send(ANN, "2"));
    group.edit(edited, "one");
    group.edit(edited, "two");
    group.edit(deleted, "three");
    for (request, on) in [("on", true), ("off", false), ("again", true)] {
        let change = group.change(request);
        group.push(
            ANN,
            Command::React {
                change,
                message: edited,
                emoji: "👍".to_owned(),
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
        let change = group.change(name);
        group.push(
            ANN,
            Command::Rename {
                change,
                name: name.to_owned(),
            },
        );
    }
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
async fn marks_only_grow(store: &dyn Store) {
    assert_eq!(store.mark(0).await.unwrap(), Offset::ZERO);
    for (to, expected) in [(5, 5), (3, 5), (9, 9)] {
        store.advance(0, Offset::new(0, to)).await.unwrap();
        assert_eq!(store.mark(0).await.unwrap(), Offset::new(0, expected));
    }
    store.advance(0, Offset::new(1, 0)).await.unwrap();
    assert_eq!(
        store.mark(0).await.unwrap(),
        Offset::new(1, 0),
        "a new generation is above"
    );
}

/// Law 6, with parts of a batch missing, above and below the mark.
async fn readers_cut_at_holes(store: &dyn Store, partitions: u32) {
    let mut group = Group::new("holes");
    let id = group.id;
    for name in ["1", "2", "3", "4"] {
        group.send(ANN, name);
    }
    let docs = group.docs();
    let (messages, rest) = (
        docs.messages.clone(),
        Docs {
            messages: Vec::new(),
            ..docs
        },
    );
    write(store, &rest).await;
    for (written, visible) in [(1, vec![]), (3, vec![]), (0, vec![1, 2]), (2, vec![1, 2, 3, 4])] {
        write(
            store,
            &Docs {
                messages: vec![messages[written].clone()],
                ..Docs::default()
            },
        )
        .await;
        assert_eq!(
            seqs(store, id, ALL, 10).await,
            (visible.clone(), false),
            "after number {}",
            written + 1
        );
        assert_eq!(seqs(store, id, Range::After { after: 0 }, 10).await.0, visible);
        let head = store.heads(&[id]).await.unwrap()[0];
        assert_eq!(head.seq, visible.last().copied().unwrap_or(0));
        let by_id: Vec<_> = messages.iter().map(|message| message.id).collect();
        assert_eq!(store.messages(&by_id).await.unwrap().len(), visible.len());
    }
    store
        .advance(partition_of(&id, partitions), Offset::new(0, 100))
        .await
        .unwrap();
    assert_eq!(
        store.heads(&[id]).await.unwrap(),
        [Head { seq: 4, change_seq: 1 }],
        "the same below the mark"
    );
}

/// Law 7.
async fn no_change_before_its_effect(store: &dyn Store) {
    let mut group = Group::new("effects");
    let id = group.id;
    let message = group.send(ANN, "1");
    group.edit(message, "edited");
    let docs = group.docs();
    let (created, edited) = (docs.changes[0].clone(), docs.changes[1].clone());
    assert_eq!(store.append(&docs).await.unwrap(), []);
    store.project(std::slice::from_ref(&created)).await.unwrap();
    assert_eq!(
        store.changes(id, 0, 10).await.unwrap().changes,
        [created],
        "the edit is stored but not yet in effect"
    );
    assert_eq!(store.heads(&[id]).await.unwrap()[0].change_seq, 1);
    store.project(std::slice::from_ref(&edited)).await.unwrap();
    assert_eq!(store.heads(&[id]).await.unwrap()[0].change_seq, 2);
}

/// Law 8.
async fn facts_are_as_of_the_position(store: &dyn Store) {
    let mut group = Group::new("facts"); // at 10
    let id = group.id;
    let message = group.send(ANN, "1"); // 11
    group.members(&[EVE], &[]); // 12
    group.send(EVE, "2"); // 13
    let change = group.change("delete");
    group.push(ANN, Command::Delete { change, message }); // 14
    group.members(&[], &[BOB]); // 15
    write(store, &group.docs()).await;
    let partition = 0;
    let at = async |number| {
        let mut query = FactsQuery {
            position: Offset::new(0, number),
            ..FactsQuery::default()
        };
        query.conversations.insert(id);
        query.touched.insert(id);
        query.messages.insert(message);
        query.commands.insert(change);
        store.facts(partition, query).await.unwrap()
    };
    let state = async |number| at(number).await.conversations.remove(&id).unwrap_or_default();
    let members = async |number| state(number).await.members.keys().copied().collect::<Vec<_>>();
    assert_eq!(state(10).await, crate::conversation::Conversation::default());
    assert_eq!(members(11).await, [ANN, BOB]);
    assert_eq!(members(13).await, [ANN, BOB, EVE]);
    assert_eq!(members(16).await, [ANN, EVE]);
    let numbers = async |number| {
        let s = state(number).await;
        (s.seq, s.change_seq, s.membership)
    };
    assert_eq!(numbers(11).await, (0, 1, Offset::new(0, 10)));
    assert_eq!(numbers(12).await, (1, 1, Offset::new(0, 10)));
    assert_eq!(numbers(14).await, (2, 2, Offset::new(0, 12)));
    assert_eq!(numbers(100).await, (2, 4, Offset::new(0, 15)));
    assert_eq!(
        state(13).await.members[&EVE].history_from,
        2,
        "Eve sees the history from joining on"
    );
    let facts = at(11).await;
    let fact = facts.messages[&message];
    assert_eq!(
        (fact.offset, fact.seq, fact.sender, fact.deleted),
        (Offset::new(0, 11), 1, ANN, Some(Offset::new(0, 14)))
    );
    assert_eq!(
        (facts.commands[&change].offset, facts.commands[&change].change_seq),
        (Offset::new(0, 14), 3)
    );
}

async fn pages_are_dense(store: &dyn Store) {
    let mut group = Group::new("pages");
    let id = group.id;
    for n in 1..=7 {
        group.send(ANN, &n.to_string());
    }
    write(store, &group.docs()).await;
    assert_eq!(
        seqs(store, id, ALL, 3).await,
        (vec![5, 6, 7], true),
        "the newest, ascending"
    );
    assert_eq!(
        seqs(store, id, Range::Before { from: 1, before: 5 }, 3).await,
        (vec![2, 3, 4], true)
    );
    assert_eq!(
        seqs(store, id, Range::Before { from: 1, before: 4 }, 3).await,
        (vec![1, 2, 3], false)
    );
    assert_eq!(
        seqs(store, id, Range::Before { from: 6, before: 99 }, 3).await,
        (vec![6, 7], false),
        "from a late member's start"
    );
    assert_eq!(
        seqs(store, id, Range::After { after: 2 }, 3).await,
        (vec![3, 4, 5], true)
    );
    assert_eq!(seqs(store, id, Range::After { after: 5 }, 3).await, (vec![6, 7], false));
    assert_eq!(seqs(store, id, Range::After { after: 7 }, 3).await, (vec![], false));
}

async fn changes_come_in_pages(store: &dyn Store) {
    let mut group = Group::new("change pages");
    let id = group.id;
    let message = group.send(ANN, "1");
    for text in ["a", "b", "c"] {
        group.edit(message, text);
    }
    write(store, &group.docs()).await;
    let page = async |after, limit| {
        let changes = store.changes(id, after, limit).await.unwrap();
        (
            changes
                .changes
                .iter()
                .map(|change| change.change_seq)
                .collect::<Vec<_>>(),
            changes.has_more,
        )
    };
    assert_eq!(page(0, 3).await, (vec![1, 2, 3], true));
    assert_eq!(page(3, 3).await, (vec![4], false));
    assert_eq!(page(4, 3).await, (vec![], false));
    let changes = store.changes(id, 1, 1).await.unwrap().changes;
    assert_eq!(
        (changes[0].message_seq, &changes[0].kind),
        (
            Some(1),
            &ChangeKind::Edited {
                message,
                text: "a".to_owned()
            }
        )
    );
}

async fn lists_show_what_members_see(store: &dyn Store) {
    let (mut old, mut new) = (Group::new("old"), Group::new("new"));
    let ids = (old.id, new.id);
    old.send(BOB, "1");
    old.members(&[EVE], &[]);
    new.next = 20; // later than everything in the other
    for name in ["1", "2", "3"] {
        new.send(BOB, name);
    }
    new.send(ANN, "4");
    write(store, &old.docs()).await;
    write(store, &new.docs()).await;
    let read = Mark {
        read_seq: 1,
        ..Mark::new(ANN)
    };
    store
        .raise_marks(&[MarkUpdate {
            conversation: ids.1,
            mark: read,
        }])
        .await
        .unwrap();
    let rows = store.conversations(ANN, None, 10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.listing.conversation).collect::<Vec<_>>(),
        [ids.1, ids.0],
        "newest first"
    );
    assert_eq!(
        (rows[0].unread, rows[0].mark.read_seq, rows[0].head.seq),
        (2, 1, 4),
        "one's own are not unread"
    );
    assert_eq!(rows[0].last_message.as_ref().map(|message| message.seq), Some(4));
    assert_eq!((rows[0].membership.name.as_deref(), rows[1].unread), (Some("new"), 1));
    assert_eq!(store.conversations(ANN, None, 1).await.unwrap(), rows[..1]);
    assert_eq!(
        store.conversations(ANN, Some(rows[0].listing), 10).await.unwrap(),
        rows[1..]
    );
    let late = store.conversations(EVE, None, 10).await.unwrap();
    assert_eq!(
        (late.len(), &late[0].last_message, late[0].unread),
        (1, &None, 0),
        "before one's joining there is nothing"
    );
    let mailboxes = store.mailboxes(EVE).await.unwrap();
    assert_eq!(
        mailboxes
            .iter()
            .map(|m| (m.conversation, m.member.history_from))
            .collect::<Vec<_>>(),
        [(ids.0, 2)]
    );
}

async fn receipts_only_grow(store: &dyn Store) {
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

async fn rejections_are_kept_for_their_sender(store: &dyn Store) {
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

async fn quarantine_is_remembered(store: &dyn Store) {
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

async fn what_is_not_there_is_empty(store: &dyn Store) {
    let id = ConversationId::group(ANN, b"nowhere");
    assert_eq!(store.membership(id).await.unwrap(), None);
    assert_eq!(store.heads(&[id]).await.unwrap(), [Head::default()]);
    assert_eq!(seqs(store, id, ALL, 10).await, (vec![], false));
    assert!(store.changes(id, 0, 10).await.unwrap().changes.is_empty());
    assert!(store.marks(id).await.unwrap().is_empty());
    assert!(store.mailboxes(EVE).await.unwrap().is_empty());
    assert!(store.conversations(EVE, None, 10).await.unwrap().is_empty());
}
