//! Readers: what they may never see, and what they must see in the end.

use std::{collections::HashMap, fmt::Debug};

use talkline_core::{
    Error,
    conversation::{ChangeKind, FactsQuery},
    id::ConversationId,
    offset::Offset,
    port::{Head, Range, Store},
    suite::script::{GROUPS, users},
};

/// Everything that readers have seen: under each number, always the same document.
#[derive(Default)]
pub(super) struct Seen {
    /// Up to which message nothing is seen any more, and how far it goes. Neither goes back.
    ends: HashMap<ConversationId, (u64, Head)>,
    messages: HashMap<(ConversationId, u64), String>,
    changes: HashMap<(ConversationId, u64), String>,
}

impl Seen {
    /// Looks at everything that is visible now.
    pub(super) async fn look(&mut self, store: &dyn Store) -> Result<(), String> {
        for group in GROUPS {
            let page = store
                .page(
                    group,
                    Range::Before {
                        from: 1,
                        before: u64::MAX,
                    },
                    1_000,
                )
                .await
                .map_err(text)?;
            let head = store.heads(&[group]).await.map_err(text)?[0];
            let first = page.messages.first().map_or(head.seq + 1, |message| message.seq);
            self.grows(group, first - 1, head)?;
            for (expected, message) in (first..).zip(&page.messages) {
                dense("seq", expected, message.seq)?;
                let fixed = format!("{} by {} at {}", message.id, message.sender, message.offset);
                same_number(&mut self.messages, (group, message.seq), fixed)?;
            }
            let changes = store.changes(group, 0, 1_000).await.map_err(text)?.changes;
            let mut last = 0;
            for change in &changes {
                if change.change_seq <= last {
                    return Err(format!("a reader saw changeSeq {} behind {last}", change.change_seq));
                }
                last = change.change_seq;
                same_number(&mut self.changes, (group, change.change_seq), format!("{change:?}"))?;
                let target = change
                    .message()
                    .and_then(|id| page.messages.iter().find(|message| message.id == id));
                if target.is_some_and(|message| message.changes.change_seq < change.change_seq) {
                    return Err(format!("change {} is visible before its effect", change.change_seq));
                }
                if matches!(change.kind, ChangeKind::Expired { through } if through >= first) {
                    return Err(format!("message {first} is visible although it has expired"));
                }
            }
        }
        Ok(())
    }

    fn grows(&mut self, group: ConversationId, expired: u64, head: Head) -> Result<(), String> {
        let (before, reached) = self.ends.insert(group, (expired, head)).unwrap_or_default();
        if expired < before || head.seq < reached.seq || head.change_seq < reached.change_seq {
            return Err(format!(
                "from {before} to {reached:?} became from {expired} to {head:?}"
            ));
        }
        Ok(())
    }
}

fn dense(what: &str, expected: u64, found: u64) -> Result<(), String> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("a reader saw {what} {found} where {expected} should be"))
    }
}

fn same_number(
    seen: &mut HashMap<(ConversationId, u64), String>,
    key: (ConversationId, u64),
    now: String,
) -> Result<(), String> {
    let before = seen.entry(key).or_insert_with(|| now.clone());
    if *before == now {
        Ok(())
    } else {
        Err(format!("number {} changed: {before} became {now}", key.1))
    }
}

/// Whether two stores show the same.
pub(super) async fn same(expected: &dyn Store, found: &dyn Store) -> Result<(), String> {
    for group in GROUPS {
        let all = Range::Before {
            from: 1,
            before: u64::MAX,
        };
        equal(
            "messages",
            expected.page(group, all, 1_000).await,
            found.page(group, all, 1_000).await,
        )?;
        equal(
            "changes",
            expected.changes(group, 0, 1_000).await,
            found.changes(group, 0, 1_000).await,
        )?;
        equal(
            "membership",
            expected.membership(group).await,
            found.membership(group).await,
        )?;
    }
    equal("heads", expected.heads(&GROUPS).await, found.heads(&GROUPS).await)?;
    let query = FactsQuery {
        position: Offset::MAX,
        touched: GROUPS.into(),
        conversations: GROUPS.into(),
        ..FactsQuery::default()
    };
    equal(
        "facts",
        expected.facts(0, query.clone()).await,
        found.facts(0, query).await,
    )?;
    for user in users() {
        equal(
            "list",
            expected.conversations(user, None, 10).await,
            found.conversations(user, None, 10).await,
        )?;
    }
    Ok(())
}

fn equal<T: PartialEq + Debug>(what: &str, expected: Result<T, Error>, found: Result<T, Error>) -> Result<(), String> {
    let (expected, found) = (expected.map_err(text)?, found.map_err(text)?);
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "{what} differ from a faultless run\n expected {expected:?}\n found    {found:?}"
    ))
}

fn text(error: Error) -> String {
    error.to_string()
}
