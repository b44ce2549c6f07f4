//! What a message costs on Redis' bus, in CPU of whoever publishes, whoever receives, and Redis itself.
//!
//!     e2e/servers/up.sh DIR redis=1
//!     TALKLINE_SERVERS=DIR cargo run --release -p talkline-cluster --example redis_bus
//!
//! It starts itself a second time as the receiver, so that each side's CPU is its own process'.
#![allow(clippy::print_stdout, reason = "a measurement that somebody reads")]

use std::{process::Command, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use prometheus_client::registry::Registry;
use talkline_cluster::redis::{Config, Metrics, Redis};
use talkline_core::{
    event::{Channel, Event, EventBody, Signal},
    id::{ConversationId, MessageId, UserId},
    message::{Content, Message, Projection},
    offset::Offset,
    time::Timestamp,
};
use talkline_e2e::Servers;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

const RATE: u64 = 8_000;
const SECONDS: u64 = 10;
/// Conversations, all of them subscribed by the receiver.
const ROOMS: u64 = 2_000;
/// A worker's batches.
const TICK: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() -> Result<()> {
    let servers = Servers::shared("the cost of Redis' bus")?.context("TALKLINE_SERVERS names no servers")?;
    let config = Config {
        addresses: vec![servers.redis()?.trim_start_matches("redis://").to_owned()],
        key_prefix: "redis_bus:".into(),
        timeout: Duration::from_secs(2),
        ..Config::default()
    };
    let redis = Redis::connect(&config, Metrics::register(&mut Registry::default())).await?;
    match std::env::args().nth(1).as_deref() {
        Some("receive") => receive(&redis).await?,
        _ => publish(&redis, servers.pid("redis-1")?).await?,
    }
    redis.close().await;
    Ok(())
}

async fn publish(redis: &Redis, server: u32) -> Result<()> {
    let mut receiver = Command::new(std::env::current_exe()?).arg("receive").spawn()?;
    let fan_out = redis.fan_out();
    let (subscription, mut inbox) = fan_out.attach().await?;
    subscription.subscribe(&[Channel::User(user())]).await?;
    timeout(Duration::from_secs(10), inbox.next())
        .await
        .context("no receiver")??;

    let messages = RATE * SECONDS;
    let (own, other) = (cpu("self")?, cpu(&server.to_string())?);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut number = 0;
    while number < messages {
        ticks.tick().await;
        let batch = (0..RATE * TICK.as_millis() as u64 / 1_000)
            .map(|place| message(number + place))
            .collect::<Vec<_>>();
        number += batch.len() as u64;
        fan_out.publish(batch).await?;
    }
    report("publisher", own, cpu("self")?, messages);
    report("Redis", other, cpu(&server.to_string())?, messages);
    ensure!(receiver.wait()?.success(), "the receiver failed");
    Ok(())
}

async fn receive(redis: &Redis) -> Result<()> {
    let fan_out = redis.fan_out();
    let (subscription, mut inbox) = fan_out.attach().await?;
    let channels: Vec<_> = (0..ROOMS).map(|number| Channel::Conversation(room(number))).collect();
    let begun = Instant::now();
    subscription.subscribe(&channels).await?;
    println!("subscribing {ROOMS} channels took {:?}", begun.elapsed());
    let before = cpu("self")?;
    fan_out
        .publish(vec![Signal::User(
            user(),
            talkline_core::event::UserEvent::PresenceChanged(user()),
        )])
        .await?;
    for number in 0..RATE * SECONDS {
        let signal = timeout(Duration::from_secs(10), inbox.next())
            .await
            .context("too few")??;
        ensure!(signal.is_some(), "signals were lost after {number}");
    }
    report("receiver", before, cpu("self")?, RATE * SECONDS);
    Ok(())
}

fn message(number: u64) -> Signal {
    let room = room(number % ROOMS);
    let client_message_id = number.to_string();
    let message = Message {
        id: MessageId::new(room, user(), &client_message_id),
        seq: number / ROOMS + 1,
        offset: Offset::new(1, number),
        sender: user(),
        client_message_id,
        created_at: Timestamp::from_millis(1_700_000_000_000 + number as i64),
        content: Content {
            text: Some("A sentence of about sixty characters, as people write to each other".into()),
            ..Content::default()
        },
        changes: Projection::default(),
    };
    let body = EventBody::Message(Arc::new(message));
    Signal::Conversation(Event::new(room, Offset::new(1, number), Offset::new(1, 1), body))
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

fn report(who: &str, before: Duration, after: Duration, messages: u64) {
    let micros = (after - before).as_secs_f64() * 1e6 / messages as f64;
    println!("{who}: {micros:.1} µs CPU a message");
}
