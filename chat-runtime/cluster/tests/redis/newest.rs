//! The newest messages on a real server: what is there ends by itself, and what cannot be read is read anew.

use std::sync::Arc;

use anyhow::Result;
use redis::{aio::MultiplexedConnection, cmd};
use talkline_core::{
    id::{ConversationId, MessageId, UserId},
    message::{Content, Message, Projection},
    offset::Offset,
    port::{Head, LEASE, LIFE, Newest, Recalled, Recent, Step},
    time::Timestamp,
};

use crate::stage::{Stage, connect, conversation};

fn nothing() -> Newest {
    Newest {
        head: Head::default(),
        membership: Offset::ZERO,
        messages: Default::default(),
        whole: true,
    }
}

fn message(id: ConversationId) -> Arc<Message> {
    let sender = UserId::from_bytes([1; 16]);
    Arc::new(Message {
        id: MessageId::new(id, sender, "1"),
        seq: 1,
        offset: Offset::new(0, 1),
        sender,
        client_message_id: "1".into(),
        created_at: Timestamp::from_millis(1),
        content: Content::default(),
        changes: Projection::default(),
    })
}

async fn brought(recent: &dyn Recent, id: ConversationId) -> Result<bool> {
    match recent.get(id).await? {
        Recalled::Nothing(lease) => Ok(recent.fill(id, lease, &nothing()).await?),
        Recalled::Found(_) => Ok(false),
    }
}

/// Milliseconds that a key has left: -1 is for ever, -2 is that it is not there.
async fn left(raw: &mut MultiplexedConnection, key: &str) -> Result<i64> {
    Ok(cmd("PTTL").arg(key).query_async(raw).await?)
}

#[tokio::test]
async fn nothing_is_kept_for_ever_or_by_being_read_or_written() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let config = stage.config()?;
    let (redis, mut raw) = (connect(&config).await?, stage.raw().await?);
    let (recent, id) = (redis.recent(), conversation());
    let key = format!("{}recent:{id}", config.key_prefix);

    recent.note(&[Step::Changed(id)]).await?;
    assert_eq!(left(&mut raw, &key).await?, -2, "nobody has read it");
    let Recalled::Nothing(lease) = recent.get(id).await? else {
        anyhow::bail!("there is a list");
    };
    assert!((1..=LEASE as i64 * 1_000).contains(&left(&mut raw, &key).await?));
    // As if the time were over.
    cmd("DEL").arg(&key).query_async::<()>(&mut raw).await?;
    assert!(!recent.fill(id, lease, &nothing()).await?, "a lease that is over");

    assert!(brought(&*recent, id).await?);
    assert!((1..=LIFE as i64 * 1_000).contains(&left(&mut raw, &key).await?));
    cmd("PEXPIRE").arg(&key).arg(5_000).query_async::<()>(&mut raw).await?;
    assert_eq!(recent.get(id).await?, Recalled::Found(nothing()));
    let step = Step::Added {
        conversation: id,
        change_seq: 0,
        messages: vec![message(id)],
    };
    recent.note(&[step]).await?;
    let left = left(&mut raw, &key).await?;
    assert!(
        (1..=5_000).contains(&left),
        "its time was prolonged, or it went: {left}"
    );
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn what_this_program_cannot_read_is_brought_anew() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let config = stage.config()?;
    let (redis, mut raw) = (connect(&config).await?, stage.raw().await?);
    let (recent, id) = (redis.recent(), conversation());
    let key = format!("{}recent:{id}", config.key_prefix);
    for (field, value) in [("s", "7"), ("f", "one"), ("c", "")] {
        assert!(brought(&*recent, id).await?, "{field} stands in the way");
        cmd("HSET")
            .arg(&key)
            .arg(field)
            .arg(value)
            .query_async::<()>(&mut raw)
            .await?;
    }
    assert!(brought(&*recent, id).await?);
    cmd("FLUSHALL").query_async::<()>(&mut raw).await?;
    assert!(brought(&*recent, id).await?, "a server that has forgotten everything");

    let key = format!("{}members:{id}", config.key_prefix);
    let mut strange = cmd("HSET");
    strange.arg(&key).arg("s").arg("\u{2}newer");
    strange.query_async::<()>(&mut raw).await?;
    assert!(matches!(recent.membership(id).await?, Recalled::Nothing(_)));
    let left = left(&mut raw, &key).await?;
    assert!(
        (1..=LEASE as i64 * 1_000).contains(&left),
        "a lease that is kept: {left}"
    );
    redis.close().await;
    Ok(())
}
