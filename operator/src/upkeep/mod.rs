//! What is on the servers, kept as ChatClusters say: topics, collections and indexes, what Redis may forget.
//!
//! A reconcile asks for a look and goes on with what is known; whoever waits for a server is a task of its own here. When a
//! look finds something else, its ChatCluster is reconciled again. A server that does not answer is looked at again without asking
//! anybody, so that one that is down does not reconcile a whole fleet every minute; and one that answers and is not yet as it should be, a
//! few times. Looks are bounded in number, and one server is looked at by one client at a time, whoever names it, which is closed when the
//! look is over.
//!
//! What must be there is the runtime's to say (`talkline-cluster`): nothing of a chat is known here.

mod access;
mod finding;
mod look;
mod pem;
mod removal;
mod turns;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use kube::runtime::events::{Event, EventType, Recorder};
use talkline_cluster::LogIdentity;
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, timeout},
};

use look::{Look, Street};

pub(crate) use access::Access;
pub(crate) use finding::Finding;

/// Between two looks at servers that are as they should be, about: each waits up to half as long again.
const KEPT: Duration = Duration::from_secs(300);
/// The same where something is not, or nobody answers.
const SOON: Duration = Duration::from_secs(60);
/// The first time that all answer and something is not: those who set it right besides us, Strimzi and the pods, need seconds. Then twice as
/// long each time.
const AGAIN: Duration = Duration::from_secs(5);
/// Between two looks at who has waited long enough.
const TICK: Duration = Duration::from_secs(5);
/// How long a ChatCluster that is new waits for the first word of its log.
const FIRST: Duration = Duration::from_secs(5);
/// ChatClusters whose servers are looked at at once.
const AT_ONCE: usize = 8;
/// ChatClusters that wait for a look; one more asks again at its next reconcile.
const WAITING: usize = 4_096;

/// A ChatCluster, by namespace and name.
pub(crate) type Place = (String, String);

/// What is known of a ChatCluster's servers; none of one that was not looked at yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The log.
    pub(crate) kafka: Option<Finding>,
    /// Cache, directory and bus.
    pub(crate) redis: Option<Finding>,
    /// The store.
    pub(crate) mongo: Option<Finding>,
    /// Partitions that the commands' topic had when it was looked at.
    pub(crate) partitions: Option<u32>,
    /// Which log it is.
    identity: Option<LogIdentity>,
}

/// What is remembered of a ChatCluster.
struct Record {
    known: watch::Sender<Known>,
    /// What the last look was at.
    access: Option<String>,
    due: Instant,
    /// Looks in a row that found something to set right.
    amiss: u32,
    is_under_way: bool,
    /// What is to be looked at again by itself.
    again: Option<Arc<Access>>,
}

/// A look that is to be had.
struct Job {
    place: Place,
    access: Arc<Access>,
}

/// See the module.
pub(crate) struct Upkeep {
    records: Mutex<HashMap<Place, Record>>,
    jobs: mpsc::Sender<Job>,
    changed: broadcast::Sender<Place>,
    street: Street,
}

/// The looks that wait, for [`Upkeep::run`].
pub(crate) struct Jobs(mpsc::Receiver<Job>);

impl Upkeep {
    /// One that does nothing yet, and what it is to be run with.
    pub(crate) fn new() -> (Self, Jobs) {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let upkeep = Self {
            records: Mutex::default(),
            jobs,
            changed: broadcast::Sender::new(WAITING),
            street: Street::default(),
        };
        (upkeep, Jobs(waiting))
    }

    /// Has looks for ever.
    pub(crate) async fn run(&self, mut jobs: Jobs, events: &Recorder) {
        let asked = stream::poll_fn(|context| jobs.0.poll_recv(context));
        tokio::select! {
            () = asked.for_each_concurrent(AT_ONCE, |job| self.work(job, events)) => {}
            () = self.again() => {}
        }
    }

    /// Asks for what is to be looked at again, for ever.
    async fn again(&self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let waiting = self
                .records()
                .iter()
                .map(|(place, record)| (place.clone(), record.again.clone()))
                .collect::<Vec<_>>();
            for (place, access) in waiting {
                if let Some(access) = access {
                    self.ask(&place, access);
                }
            }
        }
    }

    /// ChatClusters of whose servers something else became known.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Place> {
        self.changed.subscribe()
    }

    /// What is known of a ChatCluster's servers; a look is had if that is old, or was of others.
    pub(crate) fn known(&self, place: &Place, access: Arc<Access>) -> Known {
        self.ask(place, access).borrow().clone()
    }

    /// How many partitions the topic of a new ChatCluster has already; none where there is none, or nobody says so in time.
    /// It also means that topics are there before anything looks for them.
    pub(crate) async fn partitions(&self, place: &Place, access: Arc<Access>) -> Option<u32> {
        let mut known = self.ask(place, access);
        let looked = timeout(FIRST, known.wait_for(|known| known.kafka.is_some())).await;
        looked.ok()?.ok()?.partitions
    }

    /// Removes what a ChatCluster has on servers of others; can be repeated.
    ///
    /// # Errors
    /// What is left, and why.
    pub(crate) async fn remove(&self, access: &Access) -> Result<(), String> {
        self.street.remove(access).await
    }

    /// Forgets one that goes: what it has on servers is not made anew.
    pub(crate) fn forget(&self, place: &Place) {
        self.records().remove(place);
    }

    fn ask(&self, place: &Place, access: Arc<Access>) -> watch::Receiver<Known> {
        let mut records = self.records();
        let record = records.entry(place.clone()).or_insert_with(Record::new);
        let is_other = record.access.as_ref() != Some(&access.print);
        if !record.is_under_way && (is_other || record.due <= Instant::now()) {
            let print = access.print.clone();
            let job = Job {
                place: place.clone(),
                access,
            };
            // Too many wait: it asks again at its next reconcile.
            if self.jobs.try_send(job).is_ok() {
                if is_other {
                    record.amiss = 0;
                }
                record.access = Some(print);
                record.is_under_way = true;
            }
        }
        record.known.subscribe()
    }

    /// One look at all servers of a ChatCluster. The store is looked at after the log, since it belongs to one.
    async fn work(&self, Job { place, access }: Job, events: &Recorder) {
        let log = self.street.kafka(&access).await;
        let mut done = log.look.done;
        self.learn(&place, |known| {
            known.kafka = Some(log.look.finding);
            known.partitions = log.partitions.or(known.partitions);
            known.identity = log.identity.or(known.identity.take());
        });
        let identity = self.identity(&place);
        let (redis, mongo) = tokio::join!(
            self.street.redis(&access),
            self.street.mongo(&access, identity.as_ref()),
        );
        for Look { done: more, .. } in [&redis, &mongo] {
            done.extend(more.iter().cloned());
        }
        self.learn(&place, |known| {
            known.redis = Some(redis.finding);
            known.mongo = Some(mongo.finding);
        });
        self.rest(&place, &access);
        tell(&place, &access, &done, events).await;
    }

    /// The look is over; the next one is due at a time that is nobody else's.
    fn rest(&self, place: &Place, access: &Arc<Access>) {
        if let Some(record) = self.records().get_mut(place) {
            let known = record.known.borrow().clone();
            record.amiss = if known.waits_for_somebody() {
                record.amiss.saturating_add(1)
            } else {
                0
            };
            let pause = pause(&known, record.amiss);
            record.again = (known.is_silent() || pause < SOON).then(|| access.clone());
            record.due = Instant::now() + pause.mul_f64(rand::random_range(1.0..1.5));
            record.is_under_way = false;
        }
    }

    fn identity(&self, place: &Place) -> Option<LogIdentity> {
        self.records().get(place)?.known.borrow().identity.clone()
    }

    /// Notes what was found, of a ChatCluster that is still there, and says so if it is something else.
    fn learn(&self, place: &Place, change: impl FnOnce(&mut Known)) {
        let records = self.records();
        let Some(record) = records.get(place) else {
            return;
        };
        let differs = record.known.send_if_modified(|known| {
            let before = known.clone();
            change(known);
            *known != before
        });
        if differs {
            // Nobody is left to hear it when the process ends.
            drop(self.changed.send(place.clone()));
        }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<Place, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until the next look, after so many in a row that found something to set right.
fn pause(known: &Known, amiss: u32) -> Duration {
    match amiss {
        _ if known.is_as_declared() => KEPT,
        0 => SOON,
        amiss => SOON.min(AGAIN.saturating_mul(1 << (amiss - 1).min(16))),
    }
}

impl Known {
    /// Whether every server is as its ChatCluster says.
    pub(crate) fn is_as_declared(&self) -> bool {
        let all = [&self.kafka, &self.redis, &self.mongo];
        all.into_iter().flatten().all(Finding::is_as_declared)
    }

    /// Whether one of them does not answer.
    fn is_silent(&self) -> bool {
        let all = [&self.kafka, &self.redis, &self.mongo];
        all.into_iter().flatten().any(Finding::is_silent)
    }

    /// Whether a look alone cannot set it right: a person may change the ChatCluster's Secrets, or the server, meanwhile.
    pub(crate) fn waits_for_somebody(&self) -> bool {
        let all = [&self.kafka, &self.redis, &self.mongo];
        all.into_iter()
            .flatten()
            .any(|finding| !finding.is_as_declared() && !finding.is_silent())
    }

    /// Whether the log was seen to have the commands' topic: before the look, or because the look made it.
    pub(crate) fn has_topics(&self) -> bool {
        self.partitions.is_some() || self.kafka.as_ref().is_some_and(Finding::is_as_declared)
    }
}

impl Record {
    fn new() -> Self {
        Self {
            known: watch::Sender::default(),
            access: None,
            due: Instant::now(),
            amiss: 0,
            is_under_way: false,
            again: None,
        }
    }
}

/// Says what was made or set right, to whoever looks at the ChatCluster.
async fn tell((namespace, name): &Place, access: &Access, done: &[String], events: &Recorder) {
    if done.is_empty() {
        return;
    }
    tracing::info!(
        namespace,
        name,
        ?done,
        "servers were brought to what a ChatCluster says"
    );
    let event = Event {
        type_: EventType::Normal,
        reason: "ServersProvisioned".to_owned(),
        note: Some(finding::sentence(done)),
        action: "Provision".to_owned(),
        secondary: None,
    };
    if let Err(error) = events.publish(&event, &access.cluster).await {
        tracing::debug!(%error, namespace, name, "an event was not taken");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_yet_as_declared_is_looked_at_again_within_seconds_and_then_less_often() {
        let known = |finding| Known {
            kafka: Some(finding),
            ..Known::default()
        };
        let seen = |drift: &[&str]| Finding::Seen {
            manual: Vec::new(),
            drift: drift.iter().map(|&what| what.to_owned()).collect(),
            unseen: Vec::new(),
        };
        let drifted = known(seen(&["topic chat.send is missing"]));
        let pauses: Vec<u64> = (1..=6).map(|amiss| pause(&drifted, amiss).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause(&drifted, u32::MAX), SOON);
        assert_eq!(pause(&known(Finding::Silent("timed out".to_owned())), 0), SOON);
        assert_eq!(pause(&known(seen(&[])), 0), KEPT);
    }
}
