//! What an append to Kafka costs: latency and this process's CPU, at a rate that does not wait for answers.
//!
//!     cargo run --release -p talkline-cluster --example append -- BROKER RATE LINGER_MS SECONDS
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::time::Duration;

use bytes::Bytes;
use prometheus_client::registry::Registry;
use talkline_cluster::kafka::{Config, Kafka, Metrics};
use talkline_core::id::ConversationId;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

const TICK: Duration = Duration::from_millis(1);
/// About a message of 100 characters with what the gateway adds.
const RECORD: usize = 350;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [broker, rate, linger, seconds] = arguments.as_slice() else {
        return Err("BROKER RATE LINGER_MS SECONDS".into());
    };
    let config = Config {
        brokers: vec![broker.clone()],
        topic_prefix: format!("append-{:08x}.", rand::random::<u32>()),
        partitions: Some(8),
        replication: 1,
        min_in_sync: 1,
        linger: Duration::from_secs_f64(linger.parse::<f64>()? / 1000.0),
        ..Config::default()
    };
    let kafka = Kafka::connect(&config, Metrics::register(&mut Registry::default())).await?;
    run(&kafka, rate.parse()?, 1).await?;
    let cpu = cpu_micros()?;
    let mut latencies = run(&kafka, rate.parse()?, seconds.parse()?).await?;
    let cpu = (cpu_micros()? - cpu) / latencies.len() as u64;
    latencies.sort();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let (p50, p99) = (at(0.5), at(0.99));
    println!("{rate}/s, linger {linger} ms: p50 {p50:.1?}, p99 {p99:.1?}, {cpu} µs CPU an append");
    kafka.close().await?;
    Ok(())
}

/// Latencies from the intended start on.
async fn run(kafka: &Kafka, rate: u64, seconds: u64) -> Result<Vec<Duration>, Failure> {
    let log = kafka.log();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut appends = JoinSet::new();
    let per_tick = rate / 1000;
    for _ in 0..seconds * 1000 {
        let intended = ticks.tick().await;
        for _ in 0..per_tick {
            let log = log.clone();
            appends.spawn(async move {
                let key = ConversationId::from_bytes(rand::random());
                let appended = log.append(key, Bytes::from_static(&[b'x'; RECORD]), None).await;
                appended.map(|_| Instant::now() - intended)
            });
        }
    }
    let mut latencies = Vec::new();
    let mut failures = Vec::new();
    while let Some(appended) = appends.join_next().await {
        match appended? {
            Ok(latency) => latencies.push(latency),
            Err(error) => failures.push(error),
        }
    }
    if let Some(error) = failures.first() {
        println!("{} failed: {error}", failures.len());
    }
    Ok(latencies)
}

/// User and system time of this process, from `/proc` (in hundredths of a second).
fn cpu_micros() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<_> = stat.rsplit_once(')').ok_or("no stat")?.1.split_whitespace().collect();
    Ok((fields[11].parse::<u64>()? + fields[12].parse::<u64>()?) * 10_000)
}
