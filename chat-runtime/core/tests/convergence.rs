//! The contract's third guarantee: stale state plus the events since equals a fresh fetch, whatever the interleaving.
//!
//! A random history is folded. A client fetches at one moment, gets the answer at a later one, and meanwhile and
//! afterwards receives events, some of them twice. It knows nothing but the contract: numbers, and "ignore a change ≤
//! a message's changeSeq".

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{SeedableRng, rngs::SmallRng};
use talkline_core::{
    conversation::{Change, ChangeKind, Facts, Fold},
    event::EventBody,
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::Offset,
    suite::script::{GROUPS, script},
};

/// A message as a client shows it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    seq: u64,
    change_seq: u64,
    text: Option<String>,
    deleted: bool,
    reactions: BTreeMap<String, BTreeSet<UserId>>,
}

impl Shown {
    fn of(message: &Message) -> Self {
        Self {
            seq: message.seq,
            change_seq: message.changes.change_seq,
            text: message.content.text.clone(),
            deleted: message.changes.deleted.is_some(),
            reactions: message
                .reactions()
                .map(|(emoji, users)| (emoji.to_owned(), users.into_iter().collect()))
                .collect(),
        }
    }

    fn change(&mut self, change: &Change) {
        if change.change_seq <= self.change_seq {
            return;
        }
        self.change_seq = change.change_seq;
        match &change.kind {
            ChangeKind::Edited { text, .. } => self.text = Some(text.clone()),
            ChangeKind::Deleted { .. } => (self.text, self.deleted) = (None, true),
            ChangeKind::Reacted { emoji, on: true, .. } => {
                self.reactions.entry(emoji.clone()).or_default().insert(change.actor);
            }
            ChangeKind::Reacted { emoji, on: false, .. } => {
                self.reactions.get_mut(emoji).map(|users| users.remove(&change.actor));
                self.reactions.retain(|_, users| !users.is_empty());
            }
            _ => {}
        }
    }
}

/// A client: messages, and changes of messages that it does not have yet.
#[derive(Default)]
struct Client {
    expired: u64,
    messages: BTreeMap<MessageId, Shown>,
    early: BTreeMap<MessageId, BTreeMap<u64, Change>>,
}

impl Client {
    fn message(&mut self, id: MessageId, fetched: Shown) {
        if fetched.seq <= self.expired {
            return;
        }
        let shown = self.messages.entry(id).or_insert_with(|| fetched.clone());
        if fetched.change_seq > shown.change_seq {
            *shown = fetched;
        }
        for change in self.early.remove(&id).into_iter().flatten().map(|(_, change)| change) {
            shown.change(&change);
        }
    }

    fn event(&mut self, body: &EventBody) {
        match body {
            EventBody::Message(message) => self.message(message.id, Shown::of(message)),
            EventBody::Change(change) => {
                if let ChangeKind::Expired { through } = change.kind {
                    self.expired = self.expired.max(through);
                    self.messages.retain(|_, shown| shown.seq > self.expired);
                }
                let Some(id) = change.message() else { return };
                match self.messages.get_mut(&id) {
                    Some(shown) => shown.change(change),
                    None => drop(
                        self.early
                            .entry(id)
                            .or_default()
                            .insert(change.change_seq, (**change).clone()),
                    ),
                }
            }
            _ => {}
        }
    }
}

/// The history of one group: its events in order, and what the store shows after the first `n` of them.
struct History {
    events: Vec<EventBody>,
}

impl History {
    fn new(seed: u64, group: ConversationId) -> Self {
        let mut fold = Fold::new(Facts::default(), []);
        for (n, record) in (1..).zip(script(&mut SmallRng::seed_from_u64(seed))) {
            fold.push(Offset::new(0, n), &record);
        }
        let events = fold
            .finish()
            .events
            .into_iter()
            .filter(|event| event.conversation == group);
        Self {
            events: events.map(|event| event.body).collect(),
        }
    }

    fn fetch(&self, n: usize) -> BTreeMap<MessageId, Shown> {
        let mut stored: BTreeMap<MessageId, Message> = BTreeMap::new();
        for body in &self.events[..n] {
            match body {
                EventBody::Message(message) => drop(stored.insert(message.id, (**message).clone())),
                EventBody::Change(change) => match change.kind {
                    ChangeKind::Expired { through } => stored.retain(|_, message| message.seq > through),
                    _ => stored.values_mut().for_each(|message| message.project(change)),
                },
                _ => {}
            }
        }
        stored
            .into_iter()
            .map(|(id, message)| (id, Shown::of(&message)))
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn stale_state_and_events_are_a_fresh_fetch(
        seed: u64,
        group in 0..GROUPS.len(),
        moments in proptest::collection::vec(0.0..=1.0f64, 3),
        repeats in proptest::collection::vec(0.0..1.0f64, 0..20),
    ) {
        let history = History::new(seed, GROUPS[group]);
        let total = history.events.len();
        let mut moments: Vec<_> = moments.iter().map(|share| (share * total as f64) as usize).collect();
        moments.sort_unstable();
        // It listens from the first moment on, asks at the second, and has the answer at the third.
        let [listens, asks, answered] = moments[..] else { unreachable!("three moments") };
        let mut client = Client::default();
        let answer = history.fetch(asks);
        for n in listens..=total {
            if n == answered {
                answer.iter().for_each(|(id, shown)| client.message(*id, shown.clone()));
            }
            if let Some(body) = history.events.get(n) {
                client.event(body);
            }
            // The bus may repeat anything at any time.
            for again in repeats.iter().filter(|share| (**share * total as f64) as usize == n) {
                let from = listens + (again * (n.saturating_sub(listens)) as f64) as usize;
                history.events[from.min(total)..n.min(total)].iter().for_each(|body| client.event(body));
            }
        }
        prop_assert_eq!(client.messages, history.fetch(total));
    }
}
