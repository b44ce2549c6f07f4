//! The fault model: workers over a real log and store, tried against crashes between any two writes, zombies,
//! unordered and partial bulk writes, retries of clients, and membership that changes meanwhile.
//!
//! In the end the store must be what one faultless worker would have left, every event must have been published, and
//! no reader may ever have seen a number change its document. [`Mutation`]s are shortcuts that look harmless; a test
//! that does not catch each of them proves nothing.

mod cached;
mod gate;
mod readers;
mod schedule;

use std::{env, fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use rand::{SeedableRng, rngs::SmallRng};
use talkline_core::{
    conversation::Record,
    offset::Offset,
    port::{Log, LogRecord, Store},
    suite::{
        memory::{MemoryLog, MemoryStore},
        script::script,
    },
};

pub use gate::Mutation;
use gate::Published;

/// What went wrong, in words, with the seed that shows it again.
#[derive(Debug)]
pub struct Failure {
    /// Runs the same again.
    pub seed: u64,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TALKLINE_SEED={} shows it again: {}", self.seed, self.what)
    }
}

/// The seeds to run: that of `TALKLINE_SEED`, or as many as `TALKLINE_SEEDS` says, or `count`.
///
/// # Panics
/// Where one of these is no number.
#[expect(clippy::expect_used, reason = "whoever sets it is told")]
pub fn seeds(count: u64) -> Range<u64> {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match number("TALKLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TALKLINE_SEEDS").unwrap_or(count),
    }
}

/// One run over `log` and `store`, both new and with one partition.
///
/// # Errors
/// The first guarantee that did not hold.
pub async fn run(
    seed: u64,
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    mutation: Option<Mutation>,
) -> Result<(), Failure> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let script = script(&mut rng);
    let outcome = async {
        let records = append(&script, &*log).await?;
        let (expected, expected_signals) = faultless(&records, &mut rng).await?;
        let mut world = schedule::World::new(rng, records.clone(), store.clone(), mutation);
        world.storm().await?;
        world.calm().await?;
        readers::same(&*expected, &*store).await?;
        compare(&expected_signals, &world.published)
    };
    outcome.await.map_err(|what| Failure { seed, what })
}

async fn faultless(records: &[LogRecord], rng: &mut SmallRng) -> Result<(Arc<dyn Store>, Published), String> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(1));
    let mut world = schedule::World::new(SmallRng::from_rng(rng), records.to_vec(), store.clone(), None);
    world.calm().await?;
    Ok((store, world.published))
}

fn compare(expected: &Published, found: &Published) -> Result<(), String> {
    let (expected, found) = (expected.signals(), found.signals());
    if let Some(missing) = expected.difference(&found).next() {
        return Err(format!("never published: {missing}"));
    }
    match found.difference(&expected).next() {
        Some(invented) => Err(format!("published what never was: {invented}")),
        None => Ok(()),
    }
}

/// A run on the reference adapters in memory.
///
/// # Errors
/// As [`run`].
pub async fn run_in_memory(seed: u64, mutation: Option<Mutation>) -> Result<(), Failure> {
    run(
        seed,
        Arc::new(MemoryLog::new(1)),
        Arc::new(MemoryStore::new(1)),
        mutation,
    )
    .await
}

/// Brings a history into a log, and gives it as workers will read it.
async fn append(script: &[Record], log: &dyn Log) -> Result<Vec<LogRecord>, String> {
    for record in script {
        let bytes = record.encode().map_err(|error| error.to_string())?;
        log.append(record.conversation, Bytes::from(bytes), None)
            .await
            .map_err(|error| error.to_string())?;
    }
    let read = async {
        let mut reader = log.join().await?.next().await?;
        reader.seek(Offset::ZERO).await?;
        let mut records = Vec::new();
        while records.len() < script.len() {
            records.extend(reader.next_batch(1_000).await?.unwrap_or_default());
        }
        Ok::<_, talkline_core::Error>(records)
    };
    read.await.map_err(|error| error.to_string())
}
