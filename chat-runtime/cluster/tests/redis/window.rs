//! The limits' script against core's arithmetic, on a clock of the test's own.

use std::time::Duration;

use anyhow::Result;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use redis::{aio::MultiplexedConnection, cmd};
use talkline_core::limit::{Decision, Quota, SlidingWindow};

use crate::stage::Stage;

const SCRIPT: &str = include_str!("../../src/redis/limits.lua");

async fn ask(
    redis: &mut MultiplexedConnection,
    code: &str,
    quota: Quota,
    now: Duration,
    takes: bool,
) -> Result<Decision> {
    let mut run = cmd("EVAL");
    run.arg(code)
        .arg(1)
        .arg("counter")
        .arg(quota.permits)
        .arg(quota.window.as_micros() as u64);
    run.arg(u8::from(takes)).arg(now.as_secs()).arg(now.subsec_micros());
    let (allowed, remaining, retry, reset): (bool, u32, u64, u64) = run.query_async(redis).await?;
    Ok(Decision {
        allowed,
        remaining,
        retry_after: Duration::from_micros(retry),
        reset_after: Duration::from_micros(reset),
    })
}

fn alike(one: Decision, other: Decision) -> bool {
    let close = |one: Duration, other: Duration| one.abs_diff(other) < Duration::from_micros(5);
    (one.allowed, one.remaining) == (other.allowed, other.remaining)
        && close(one.retry_after, other.retry_after)
        && close(one.reset_after, other.reset_after)
}

#[tokio::test]
async fn the_script_answers_as_core_does() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let code = SCRIPT.replace("redis.call('TIME')", "{ARGV[4], ARGV[5]}");
    assert_ne!(code, SCRIPT, "the script reads another clock");
    let mut redis = stage.raw().await?;
    for seed in 0..20 {
        cmd("FLUSHALL").query_async::<()>(&mut redis).await?;
        let mut rng = SmallRng::seed_from_u64(seed);
        let quota = Quota {
            permits: rng.random_range(1..40),
            window: Duration::from_secs(60),
        };
        // A counter that has run out is forgotten, but by the server's clock, which goes slower than this one.
        let (mut window, mut now) = (SlidingWindow::default(), Duration::from_secs(1_000));
        for step in 0..200 {
            now += Duration::from_micros(rng.random_range(0..10_000_000));
            let takes = rng.random_range(0..4) > 0;
            let expected = if takes {
                window.take(quota, now)
            } else {
                window.peek(quota, now)
            };
            let answered = ask(&mut redis, &code, quota, now, takes).await?;
            assert!(
                alike(answered, expected),
                "seed {seed}, step {step}: {answered:?} for {expected:?}"
            );
        }
    }
    Ok(())
}
