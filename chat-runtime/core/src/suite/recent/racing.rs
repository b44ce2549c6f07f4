//! Readers, a worker, and one that is late, all at once: nobody finds what is older than what they could know.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{Memberships, conversation, members::membership, message, nothing};
use crate::{
    id::ConversationId,
    message::Message,
    port::{Head, Membership, Newest, Recalled, Recent, Step},
};

const WRITES: usize = 60;
const READS: usize = 60;
const READERS: u64 = 3;

/// What is true, and what was.
struct Truth {
    now: Newest,
    /// By the numbers of the head.
    then: HashMap<(u64, u64), Newest>,
    /// What was noted and returned.
    noted: Noted,
    /// How often it was changed.
    changes: u64,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    head: Head,
    changes: u64,
}

struct Scene {
    id: ConversationId,
    recent: Arc<dyn Recent>,
    truth: Mutex<Truth>,
    memberships: Memberships,
    seed: u64,
}

/// One race. A failure names its seed.
pub(super) async fn race(recent: &Arc<dyn Recent>, memberships: Memberships, seed: u64) {
    let scene = Arc::new(Scene {
        id: conversation(),
        recent: recent.clone(),
        truth: Mutex::new(Truth {
            now: nothing(),
            then: HashMap::from([((0, 0), nothing())]),
            noted: Noted::default(),
            changes: 0,
            steps: Vec::new(),
        }),
        memberships,
        seed,
    });
    let mut racers = tokio::task::JoinSet::new();
    let rng = |racer: u64| SmallRng::seed_from_u64(seed << 8 | racer);
    racers.spawn(scene.clone().work(rng(0)));
    racers.spawn(scene.clone().be_late(rng(1)));
    for reader in 0..READERS {
        racers.spawn(scene.clone().read(rng(2 + reader)));
        racers.spawn(scene.clone().read_members(rng(2 + READERS + reader)));
    }
    while let Some(ended) = racers.join_next().await {
        ended.unwrap();
    }
}

impl Scene {
    /// Stores, then says so.
    async fn work(self: Arc<Self>, mut rng: SmallRng) {
        for _ in 0..WRITES {
            let step = self.store(&mut rng);
            pause(&mut rng).await;
            self.recent.note(&[step]).await.unwrap();
            let mut truth = self.truth();
            truth.noted = Noted {
                head: truth.now.head,
                changes: truth.changes,
            };
        }
    }

    /// Says again what was said some time ago.
    async fn be_late(self: Arc<Self>, mut rng: SmallRng) {
        for _ in 0..WRITES {
            pause(&mut rng).await;
            let step = {
                let truth = self.truth();
                let count = truth.steps.len();
                if count == 0 {
                    continue;
                }
                truth.steps[rng.random_range(count.saturating_sub(5)..count)].clone()
            };
            self.recent.note(&[step]).await.unwrap();
        }
    }

    async fn read(self: Arc<Self>, mut rng: SmallRng) {
        let mut hits = 0;
        for _ in 0..READS {
            let noted = self.truth().noted.head;
            match self.recent.get(self.id).await.unwrap() {
                Recalled::Found(found) => {
                    hits += 1;
                    self.check(noted, &found);
                }
                Recalled::Nothing(lease) => {
                    pause(&mut rng).await;
                    let newest = self.truth().now.clone();
                    pause(&mut rng).await;
                    self.recent.fill(self.id, lease, &newest).await.unwrap();
                }
            }
            pause(&mut rng).await;
        }
        assert!(hits > 0, "seed {}: nothing was ever found", self.seed);
    }

    async fn read_members(self: Arc<Self>, mut rng: SmallRng) {
        let mut hits = 0;
        for _ in 0..READS {
            let noted = self.truth().noted.changes;
            match self.recent.membership(self.id).await.unwrap() {
                Recalled::Found(found) => {
                    hits += 1;
                    let (seed, changed) = (self.seed, found.changed.get());
                    assert!(changed >= noted, "seed {seed}: {changed} after {noted} was noted");
                    assert_eq!(found, self.members(changed), "seed {seed}");
                }
                Recalled::Nothing(lease) => {
                    pause(&mut rng).await;
                    let changes = self.truth().changes;
                    pause(&mut rng).await;
                    let members = self.members(changes);
                    self.recent.fill_membership(lease, &members).await.unwrap();
                }
            }
            pause(&mut rng).await;
        }
        let kept = self.memberships == Memberships::Kept;
        assert_eq!(hits > 0, kept, "seed {}: {hits} were found", self.seed);
    }

    /// Who is in after so many changes.
    fn members(&self, changes: u64) -> Arc<Membership> {
        membership(self.id, changes, changes as usize % 7)
    }

    fn check(&self, noted: Head, found: &Newest) {
        let (seed, head) = (self.seed, found.head);
        let fresh = head.seq >= noted.seq && head.change_seq >= noted.change_seq;
        assert!(fresh, "seed {seed}: {head:?} after {noted:?} was noted");
        let truth = self.truth();
        let then = truth.then.get(&(head.seq, head.change_seq));
        assert_eq!(Some(found), then, "seed {seed}: what was at {head:?}");
    }

    /// The next message or two, or an edit of one of the newest.
    fn store(&self, rng: &mut SmallRng) -> Step {
        let truth = &mut *self.truth();
        let step = if truth.now.messages.is_empty() || rng.random_bool(0.7) {
            let (seq, count) = (truth.now.head.seq, rng.random_range(1..=3));
            let messages: Vec<_> = (seq + 1..=seq + count).map(|seq| message(self.id, seq)).collect();
            let change_seq = truth.now.head.change_seq;
            truth.now.append(change_seq, &messages);
            Step::Added {
                conversation: self.id,
                change_seq,
                messages,
            }
        } else {
            truth.now.head.change_seq += 1;
            truth.changes += 1;
            let newest = truth.now.messages.len() - 1;
            let edited = rng.random_range(newest.saturating_sub(3)..=newest);
            let text = format!("edit {}", truth.now.head.change_seq);
            let message: &mut Message = Arc::make_mut(&mut truth.now.messages[edited]);
            message.content.text = Some(text);
            Step::Changed(self.id)
        };
        let head = truth.now.head;
        truth.then.insert((head.seq, head.change_seq), truth.now.clone());
        truth.steps.push(step.clone());
        step
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the others go on, or not.
async fn pause(rng: &mut SmallRng) {
    for _ in 0..rng.random_range(0..4) {
        tokio::task::yield_now().await;
    }
}
