//! What the cache of newest messages costs on Redis: a worker's notes, of conversations that nobody reads and of some that
//! are cached, and a gateway's reads. CPU of this process and of the server, each by itself.
//!
//! `TALKLINE_SERVERS=DIR cargo run --release -p talkline-cluster --example redis_recent`, after `e2e/servers/up.sh DIR redis=1`.
#![allow(clippy::print_stdout, reason = "a measurement that somebody reads")]

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use prometheus_client::registry::Registry;
use talkline_cluster::redis::{Config, Metrics, Redis};
use talkline_core::{
    id::{ConversationId, MessageId, UserId},
    message::{Content, Message, Projection},
    offset::Offset,
    port::{Head, Newest, Recalled, Recent, Step},
    time::Timestamp,
};
use talkline_e2e::Servers;
use tokio::time::{MissedTickBehavior, interval};

const ROOMS: u64 = 2_000;
/// Messages a second, in batches as a worker of a busy partition has them.
const RATE: u64 = 8_000;
const TICK: Duration = Duration::from_millis(10);
const SECONDS: u64 = 8;
const READS: u64 = 20_000;

#[tokio::main]
async fn main() -> Result<()> {
    let servers = Servers::shared("the cost of the newest messages")?.context("TALKLINE_SERVERS names no servers")?;
    let address = servers
        .redis()?
        .trim_start_matches("redis://")
        .trim_end_matches('/')
        .to_owned();
    let server = servers.pid("redis-1")?.to_string();
    let config = Config {
        addresses: vec![address],
        key_prefix: format!("recent:{}:", ConversationId::from_bytes(rand::random())),
        timeout: Duration::from_secs(2),
        ..Config::default()
    };
    let redis = Redis::connect(&config, Metrics::register(&mut Registry::default())).await?;
    let recent = redis.recent();
    let messages = RATE * SECONDS;

    let before = (cpu("self")?, cpu(&server)?);
    note(&*recent, 0).await?;
    report("notes of what nobody reads", before, &server, messages)?;

    for number in 0..ROOMS {
        bring(&*recent, room(number), 0).await?;
    }
    let before = (cpu("self")?, cpu(&server)?);
    note(&*recent, 0).await?;
    report("notes of what is cached", before, &server, messages)?;

    for number in 0..ROOMS {
        recent.note(&[Step::Changed(room(number))]).await?;
        bring(&*recent, room(number), 50).await?;
    }
    let before = (cpu("self")?, cpu(&server)?);
    for number in 0..READS {
        let found = recent.get(room(number % ROOMS)).await?;
        ensure!(matches!(found, Recalled::Found(newest) if newest.messages.len() == 50));
    }
    report("reads of 50 messages, one after the other", before, &server, READS)?;
    redis.close().await;
    Ok(())
}

/// A worker's notes, at the rate.
async fn note(recent: &dyn Recent, from: u64) -> Result<()> {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut number = from;
    while number < from + RATE * SECONDS {
        ticks.tick().await;
        let batch: Vec<_> = (0..RATE * TICK.as_millis() as u64 / 1_000)
            .map(|place| step(number + place))
            .collect();
        number += batch.len() as u64;
        recent.note(&batch).await?;
    }
    Ok(())
}

async fn bring(recent: &dyn Recent, id: ConversationId, count: u64) -> Result<()> {
    let Recalled::Nothing(lease) = recent.get(id).await? else {
        return Ok(());
    };
    let newest = Newest {
        head: Head {
            seq: count,
            change_seq: 1,
        },
        membership: Offset::new(1, 1),
        messages: (1..=count).map(|seq| message(id, seq)).collect(),
        whole: true,
    };
    ensure!(recent.fill(id, lease, &newest).await?, "refused");
    Ok(())
}

fn step(number: u64) -> Step {
    let conversation = room(number % ROOMS);
    Step::Added {
        conversation,
        change_seq: 1,
        messages: vec![message(conversation, number / ROOMS + 1)],
    }
}

fn message(room: ConversationId, seq: u64) -> Arc<Message> {
    let client_message_id = seq.to_string();
    Arc::new(Message {
        id: MessageId::new(room, user(), &client_message_id),
        seq,
        offset: Offset::new(1, seq),
        sender: user(),
        client_message_id,
        created_at: Timestamp::from_millis(1_700_000_000_000),
        content: Content {
            text: Some("A sentence of about sixty characters, as people write to each other".into()),
            ..Content::default()
        },
        changes: Projection::default(),
    })
}

fn room(number: u64) -> ConversationId {
    ConversationId::group(user(), &number.to_be_bytes())
}

fn user() -> UserId {
    UserId::from_bytes([7; 16])
}

/// CPU of a process so far, of user and kernel.
fn cpu(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<_> = stat.rsplit(") ").next().context("no stat")?.split(' ').collect();
    // utime and stime, in hundredths of a second (proc(5)).
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

fn report(what: &str, before: (Duration, Duration), server: &str, count: u64) -> Result<()> {
    let each = |before: Duration, after: Duration| (after - before).as_secs_f64() * 1e6 / count as f64;
    let (own, redis) = (each(before.0, cpu("self")?), each(before.1, cpu(server)?));
    println!("{what}: {own:.1} µs CPU here, {redis:.1} µs of Redis'");
    Ok(())
}
