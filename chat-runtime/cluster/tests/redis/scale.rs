//! Many subscribers with many channels.

use anyhow::Result;
use talkline_core::event::Signal;

use crate::stage::{Stage, conversation, next, typing};

const SUBSCRIBERS: usize = 50;
const CHANNELS: usize = 200;

#[tokio::test]
async fn fifty_subscribers_of_many_channels_get_what_is_theirs_in_order() -> Result<()> {
    let Some(stage) = Stage::own("cluster")? else {
        return Ok(());
    };
    let redis = stage.redis().await?;
    let fan_out = redis.fan_out();
    // One channel is everybody's.
    let common = conversation();
    let mut subscribers = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let (subscription, inbox) = fan_out.attach().await?;
        let rooms: Vec<_> = (0..CHANNELS).map(|_| conversation()).collect();
        let channels = rooms.iter().chain([&common]).map(|room| typing(*room).channel());
        subscription.subscribe(&channels.collect::<Vec<_>>()).await?;
        subscribers.push((subscription, inbox, rooms));
    }
    let first: Vec<_> = (0..3).map(|_| typing(common)).collect();
    fan_out.publish(first.clone()).await?;
    for (_, inbox, rooms) in &mut subscribers {
        let own: Vec<Signal> = rooms.iter().flat_map(|room| [typing(*room), typing(*room)]).collect();
        fan_out.publish(own.clone()).await?;
        let mut arrived = Vec::new();
        while arrived.len() < own.len() + first.len() {
            arrived.extend(next(&mut **inbox).await?);
        }
        for pair in own.chunks(2).chain([&first[..]]) {
            let order: Vec<_> = arrived.iter().filter(|signal| pair.contains(signal)).cloned().collect();
            assert_eq!(order, pair, "a channel's signals come once and in order");
        }
    }
    redis.close().await;
    Ok(())
}
