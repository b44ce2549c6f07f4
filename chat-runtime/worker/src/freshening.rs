//! Telling the cache of newest messages what was stored, before anybody is told of it.
//!
//! The cache never stops the storing: it is asked once a batch and not waited for. What it did not take is remembered, and
//! noted as changed before anything else once it answers again. Where that is too much to remember, or the process dies
//! before, the cache may show what is older, but for no longer than it keeps anything.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use talkline_core::{
    Error,
    conversation::Folded,
    event::{Event, EventBody},
    id::ConversationId,
    port::{Newest, Recent, Step},
};

use crate::metrics::Metrics;

/// Conversations remembered at most: 2 MB a partition.
const MOST: usize = 100_000;

/// See the module.
pub(crate) struct Freshening {
    recent: Arc<dyn Recent>,
    metrics: Metrics,
    /// Those whose last notes may not have arrived.
    unsure: HashSet<ConversationId>,
    away: bool,
}

impl Freshening {
    pub(crate) fn new(recent: Arc<dyn Recent>, metrics: Metrics) -> Self {
        Self {
            recent,
            metrics,
            unsure: HashSet::new(),
            away: false,
        }
    }

    /// Notes what a batch stored; of `broken` conversations that it is not known.
    pub(crate) async fn note(&mut self, folded: &Folded, broken: &HashSet<ConversationId>) {
        let mut steps = steps(folded);
        for id in self.unsure.iter().chain(broken) {
            steps.insert(*id, Step::Changed(*id));
        }
        if steps.is_empty() {
            return;
        }
        let steps: Vec<_> = steps.into_values().collect();
        match self.recent.note(&steps).await {
            Ok(()) => self.is_back(),
            Err(error) => self.is_away(&error, &steps),
        }
    }

    fn is_back(&mut self) {
        self.unsure.clear();
        if std::mem::take(&mut self.away) {
            tracing::info!("the cache of newest messages takes notes again");
        }
    }

    fn is_away(&mut self, error: &Error, steps: &[Step]) {
        for step in steps {
            if self.unsure.len() < MOST {
                self.unsure.insert(step.conversation());
            }
        }
        self.metrics.unnoted(steps.len());
        if !std::mem::replace(&mut self.away, true) {
            tracing::warn!(%error, "the cache of newest messages takes no notes: storing goes on, and they follow");
        }
    }
}

/// What is new in each conversation.
fn steps(folded: &Folded) -> HashMap<ConversationId, Step> {
    let mut steps = HashMap::new();
    for event in &folded.events {
        let id = event.conversation;
        match steps.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(first(folded, event));
            }
            Entry::Occupied(mut entry) => {
                if let Step::Added { messages, .. } = entry.get_mut() {
                    match &event.body {
                        // More than that is read from the store in one go as well.
                        EventBody::Message(message) if messages.len() < Newest::MOST => messages.push(message.clone()),
                        _ => drop(entry.insert(Step::Changed(id))),
                    }
                }
            }
        }
    }
    steps
}

fn first(folded: &Folded, event: &Event) -> Step {
    let conversation = event.conversation;
    match (&event.body, folded.states.get(&conversation)) {
        (EventBody::Message(message), Some(state)) => Step::Added {
            conversation,
            change_seq: state.change_seq,
            messages: vec![message.clone()],
        },
        _ => Step::Changed(conversation),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use prometheus_client::registry::Registry;
    use talkline_core::{
        ErrorKind, Result,
        conversation::Conversation,
        id::{MessageId, UserId},
        message::{Content, Message, Projection},
        offset::Offset,
        port::{Head, Lease, Membership, Reach, Recalled},
        suite::memory::MemoryRecent,
        time::Timestamp,
    };

    use super::*;

    const ROOM: ConversationId = ConversationId::from_bytes([1; 16]);
    const OTHER: ConversationId = ConversationId::from_bytes([2; 16]);

    /// A cache that can be out of a worker's reach, though not of a reader's.
    #[derive(Default)]
    struct Reached {
        recent: MemoryRecent,
        away: AtomicBool,
    }

    #[async_trait]
    impl Recent for Reached {
        async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
            self.recent.get(conversation).await
        }

        async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
            self.recent.confirm(conversation, reach).await
        }

        async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
            self.recent.fill(conversation, lease, newest).await
        }

        async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>> {
            self.recent.membership(conversation).await
        }

        async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool> {
            self.recent.fill_membership(lease, membership).await
        }

        async fn note(&self, steps: &[Step]) -> Result<()> {
            match self.away.load(Ordering::Relaxed) {
                true => Err(Error::new(ErrorKind::Unavailable, "recent.note", "away")),
                false => self.recent.note(steps).await,
            }
        }
    }

    impl Reached {
        /// Brings the empty list of a conversation.
        async fn fill_empty(&self, id: ConversationId) {
            let Recalled::Nothing(lease) = self.get(id).await.unwrap() else {
                panic!("it is there");
            };
            let newest = Newest {
                head: Head::default(),
                membership: Offset::ZERO,
                messages: Default::default(),
                whole: true,
            };
            assert!(self.fill(id, lease, &newest).await.unwrap());
        }

        async fn seqs(&self, id: ConversationId) -> Option<Vec<u64>> {
            match self.get(id).await.unwrap() {
                Recalled::Found(newest) => Some(newest.messages.iter().map(|it| it.seq).collect()),
                Recalled::Nothing(_) => None,
            }
        }
    }

    fn message(id: ConversationId, seq: u64) -> Event {
        let sender = UserId::from_bytes([3; 16]);
        let message = Message {
            id: MessageId::new(id, sender, &seq.to_string()),
            seq,
            offset: Offset::new(0, seq),
            sender,
            client_message_id: seq.to_string(),
            created_at: Timestamp::from_millis(0),
            content: Content::default(),
            changes: Projection::default(),
        };
        Event::new(id, message.offset, Offset::ZERO, EventBody::message(&message))
    }

    /// What a batch of these events comes to.
    fn folded(events: Vec<Event>) -> Folded {
        let states = events.iter().map(|event| (event.conversation, Conversation::default()));
        Folded {
            states: states.collect(),
            events,
            ..Folded::default()
        }
    }

    fn freshening(recent: &Arc<Reached>) -> Freshening {
        Freshening::new(recent.clone(), Metrics::register(&mut Registry::default()))
    }

    #[tokio::test]
    async fn messages_of_a_batch_continue_their_lists() {
        let recent = Arc::new(Reached::default());
        recent.fill_empty(ROOM).await;
        recent.fill_empty(OTHER).await;
        let batch = folded(vec![message(ROOM, 1), message(OTHER, 1), message(ROOM, 2)]);
        freshening(&recent).note(&batch, &HashSet::new()).await;
        assert_eq!(recent.seqs(ROOM).await, Some(vec![1, 2]));
        assert_eq!(recent.seqs(OTHER).await, Some(vec![1]));
    }

    #[tokio::test]
    async fn a_list_longer_than_any_and_a_broken_one_go() {
        let recent = Arc::new(Reached::default());
        recent.fill_empty(ROOM).await;
        recent.fill_empty(OTHER).await;
        let mut events: Vec<_> = (1..=60).map(|seq| message(ROOM, seq)).collect();
        events.push(message(OTHER, 1));
        freshening(&recent).note(&folded(events), &HashSet::from([OTHER])).await;
        assert_eq!(recent.seqs(ROOM).await, None);
        assert_eq!(recent.seqs(OTHER).await, None);
    }

    #[tokio::test]
    async fn what_a_cache_out_of_reach_was_not_told_goes_before_anything_follows_on_it() {
        let recent = Arc::new(Reached::default());
        let mut freshening = freshening(&recent);
        recent.fill_empty(ROOM).await;
        recent.fill_empty(OTHER).await;
        recent.away.store(true, Ordering::Relaxed);
        freshening.note(&folded(vec![message(ROOM, 1)]), &HashSet::new()).await;
        recent.away.store(false, Ordering::Relaxed);
        assert_eq!(recent.seqs(ROOM).await, Some(vec![]), "it was not told");
        freshening.note(&folded(vec![message(OTHER, 1)]), &HashSet::new()).await;
        assert_eq!(recent.seqs(ROOM).await, None, "what is stale stays");
        assert_eq!(recent.seqs(OTHER).await, Some(vec![1]));
        recent.fill_empty(ROOM).await;
        freshening.note(&folded(vec![message(ROOM, 1)]), &HashSet::new()).await;
        assert_eq!(recent.seqs(ROOM).await, Some(vec![1]), "it is unsure for ever");
    }
}
