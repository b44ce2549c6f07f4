//! What readers can rely on: laws 6 to 8, pages and lists.

use super::group::{ALL, ANN, BOB, EVE, Group, seqs, write};
use crate::{
    conversation::{ChangeKind, Command, CommandFact, Conversation, Docs, Facts, FactsQuery, MessageFact},
    id::{CommandId, ConversationId, MessageId},
    offset::{Offset, partition_of},
    port::{Head, MarkUpdate, Range, Store},
    receipt::Mark,
};

/// Law 6, with parts of a batch missing, above and below the mark.
pub(super) async fn readers_cut_at_holes(store: &dyn Store, partitions: u32) {
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
        .advance(partition_of(&id, partitions), Offset::new(0, 100).into())
        .await
        .unwrap();
    assert_eq!(
        store.heads(&[id]).await.unwrap(),
        [Head { seq: 4, change_seq: 1 }],
        "the same below the mark"
    );
}

/// Law 7.
pub(super) async fn no_change_before_its_effect(store: &dyn Store) {
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

/// A group with something of everything, at offsets 10 to 15.
struct Past {
    id: ConversationId,
    message: MessageId,
    deletion: CommandId,
}

impl Past {
    async fn write(store: &dyn Store) -> Self {
        let mut group = Group::new("facts"); // at 10
        let id = group.id;
        let message = group.send(ANN, "1"); // 11
        group.members(&[EVE], &[]); // 12
        group.send(EVE, "2"); // 13
        let deletion = group.change("delete");
        let change = deletion;
        group.push(ANN, Command::Delete { change, message }); // 14
        group.members(&[], &[BOB]); // 15
        write(store, &group.docs()).await;
        Self { id, message, deletion }
    }

    async fn facts(&self, store: &dyn Store, position: u64) -> Facts {
        let query = FactsQuery {
            position: Offset::new(0, position),
            conversations: [self.id].into(),
            touched: [self.id].into(),
            messages: [self.message].into(),
            commands: [self.deletion].into(),
        };
        store.facts(0, query).await.unwrap()
    }
}

/// Law 8, for conversations.
pub(super) async fn facts_are_as_of_the_position(store: &dyn Store) {
    let past = Past::write(store).await;
    let state = async |number| {
        let mut facts = past.facts(store, number).await;
        facts.conversations.remove(&past.id).unwrap_or_default()
    };
    let members = async |number| state(number).await.members.keys().copied().collect::<Vec<_>>();
    assert_eq!(state(10).await, Conversation::default());
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
    let eve = state(13).await.members[&EVE];
    assert_eq!(eve.history_from, 2, "Eve sees the history from joining on");
}

/// Law 8, for what comes with its own offset.
pub(super) async fn facts_name_the_offsets_of_documents(store: &dyn Store) {
    let past = Past::write(store).await;
    let facts = past.facts(store, 11).await;
    let (sent, deleted) = (Offset::new(0, 11), Offset::new(0, 14));
    let message = MessageFact {
        offset: sent,
        seq: 1,
        sender: ANN,
        deleted: Some(deleted),
    };
    assert_eq!(facts.messages[&past.message], message);
    assert_eq!(
        facts.commands[&past.deletion],
        CommandFact {
            offset: deleted,
            change_seq: 3
        }
    );
}

pub(super) async fn pages_are_dense(store: &dyn Store) {
    let mut group = Group::new("pages");
    let id = group.id;
    for n in 1..=7 {
        group.send(ANN, &n.to_string());
    }
    write(store, &group.docs()).await;
    dense(store, id).await;
    store.advance(0, Offset::MAX.into()).await.unwrap();
    dense(store, id).await;
}

/// The same pages whether their messages are above the mark or below it.
async fn dense(store: &dyn Store, id: ConversationId) {
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

pub(super) async fn changes_come_in_pages(store: &dyn Store) {
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

pub(super) async fn lists_show_what_members_see(store: &dyn Store) {
    let (mut old, mut new) = (Group::new("old"), Group::new("new"));
    let ids = (old.id, new.id);
    old.send(BOB, "1");
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
}

pub(super) async fn late_members_see_nothing_of_before(store: &dyn Store) {
    let mut group = Group::new("late");
    let id = group.id;
    group.send(BOB, "1");
    group.members(&[EVE], &[]);
    write(store, &group.docs()).await;
    let rows = store.conversations(EVE, None, 10).await.unwrap();
    assert_eq!((rows.len(), &rows[0].last_message, rows[0].unread), (1, &None, 0));
    let mailboxes = store.mailboxes(EVE).await.unwrap();
    let mailboxes: Vec<_> = mailboxes
        .iter()
        .map(|m| (m.conversation, m.member.history_from))
        .collect();
    assert_eq!(mailboxes, [(id, 2)]);
}

pub(super) async fn what_is_not_there_is_empty(store: &dyn Store) {
    let id = ConversationId::group(ANN, b"nowhere");
    assert_eq!(store.membership(id).await.unwrap(), None);
    assert_eq!(store.heads(&[id]).await.unwrap(), [Head::default()]);
    assert_eq!(seqs(store, id, ALL, 10).await, (vec![], false));
    assert!(store.changes(id, 0, 10).await.unwrap().changes.is_empty());
    assert!(store.marks(id).await.unwrap().is_empty());
    assert!(store.mailboxes(EVE).await.unwrap().is_empty());
    assert!(store.conversations(EVE, None, 10).await.unwrap().is_empty());
}
