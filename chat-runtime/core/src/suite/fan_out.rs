//! The law of the fan-out. It may lose and repeat: what must arrive is published until it does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails as a test does")]

use std::time::Duration;

use crate::{
    event::{Channel, Event, EventBody, Signal, UserEvent},
    id::{ConversationId, SessionId, UserId},
    port::{FanOut, Inbox, Subscription},
};

/// How long one signal is waited for before it is published again.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often at most: together, how long anything may take that the law says happens.
const ATTEMPTS: usize = 30;

/// Checks each law on `fan_out`, whose inboxes hold fewer than `flood` signals.
pub async fn fan_out(fan_out: &dyn FanOut, flood: usize) {
    what_is_subscribed_arrives_at_all_who_did(fan_out).await;
    what_is_not_subscribed_does_not_arrive(fan_out).await;
    each_kind_of_channel_carries_its_signals(fan_out).await;
    who_has_gone_is_in_nobodys_way(fan_out).await;
    a_slow_subscriber_blocks_nobody_and_is_told(fan_out, flood).await;
}

struct Subscriber {
    channels: Box<dyn Subscription>,
    inbox: Box<dyn Inbox>,
}

impl Subscriber {
    async fn attach(fan_out: &dyn FanOut, channels: &[Channel]) -> Self {
        let (subscription, inbox) = fan_out.attach().await.unwrap();
        subscription.subscribe(channels).await.unwrap();
        Self {
            channels: subscription,
            inbox,
        }
    }

    /// Publishes `signal` until it arrives here, and returns what arrived before it.
    async fn receives(&mut self, fan_out: &dyn FanOut, signal: &Signal) -> Vec<Option<Signal>> {
        let mut before = Vec::new();
        for _ in 0..ATTEMPTS {
            fan_out.publish(vec![signal.clone()]).await.unwrap();
            while let Ok(arrived) = tokio::time::timeout(PATIENCE, self.inbox.next()).await {
                let arrived = arrived.unwrap();
                if arrived.as_ref() == Some(signal) {
                    return before;
                }
                before.push(arrived);
            }
        }
        panic!("{signal:?} never arrives");
    }
}

async fn what_is_subscribed_arrives_at_all_who_did(fan_out: &dyn FanOut) {
    let signal = typing(conversation());
    let mut one = Subscriber::attach(fan_out, &[signal.channel()]).await;
    // The same channel again is still one subscription.
    let mut two = Subscriber::attach(fan_out, &[signal.channel(), signal.channel()]).await;
    one.receives(fan_out, &signal).await;
    two.receives(fan_out, &signal).await;
}

async fn what_is_not_subscribed_does_not_arrive(fan_out: &dyn FanOut) {
    let (kept, left, never) = (typing(conversation()), typing(conversation()), typing(conversation()));
    let mut subscriber = Subscriber::attach(fan_out, &[kept.channel(), left.channel()]).await;
    subscriber.receives(fan_out, &left).await;
    subscriber
        .channels
        .unsubscribe(&[left.channel(), never.channel()])
        .await
        .unwrap();
    // A repetition of what was published before the end may still come; drain it with something new.
    subscriber.receives(fan_out, &kept).await;
    fan_out.publish(vec![left.clone(), never.clone()]).await.unwrap();
    let before = subscriber.receives(fan_out, &kept).await;
    assert!(
        before
            .iter()
            .flatten()
            .all(|signal| *signal != left && *signal != never),
        "{before:?}"
    );
}

async fn each_kind_of_channel_carries_its_signals(fan_out: &dyn FanOut) {
    let user = UserId::from_bytes(rand::random());
    let ended = UserEvent::SessionEnded(SessionId::from_bytes(rand::random()));
    let answered = crate::conversation::Answered {
        reply_to: crate::conversation::ReplyTo {
            gateway: conversation().to_string(),
            request: 7,
        },
        result: Err(crate::conversation::Reason::NotAllowed),
    };
    for signal in [
        typing(conversation()),
        Signal::User(user, ended),
        Signal::Answer(answered),
    ] {
        Subscriber::attach(fan_out, &[signal.channel()])
            .await
            .receives(fan_out, &signal)
            .await;
    }
}

async fn who_has_gone_is_in_nobodys_way(fan_out: &dyn FanOut) {
    let signal = typing(conversation());
    drop(Subscriber::attach(fan_out, &[signal.channel()]).await);
    Subscriber::attach(fan_out, &[signal.channel()])
        .await
        .receives(fan_out, &signal)
        .await;
}

async fn a_slow_subscriber_blocks_nobody_and_is_told(fan_out: &dyn FanOut, flood: usize) {
    let signal = typing(conversation());
    let mut slow = Subscriber::attach(fan_out, &[signal.channel()]).await;
    let mut quick = Subscriber::attach(fan_out, &[signal.channel()]).await;
    slow.receives(fan_out, &signal).await;
    for _ in 0..flood {
        let published = tokio::time::timeout(PATIENCE, fan_out.publish(vec![signal.clone()])).await;
        published
            .unwrap_or_else(|_| panic!("a publisher waits for a slow subscriber"))
            .unwrap();
    }
    let marker = typing_at(&signal, UserId::from_bytes(rand::random()));
    quick.receives(fan_out, &marker).await;
    let before = slow.receives(fan_out, &marker).await;
    assert!(before.contains(&None), "nobody said that signals were lost");
    assert!(before.len() < flood, "an inbox without a bound");
    let afterwards = typing_at(&signal, UserId::from_bytes(rand::random()));
    let before = slow.receives(fan_out, &afterwards).await;
    assert!(!before.contains(&None), "told of the same loss again");
}

fn conversation() -> ConversationId {
    ConversationId::from_bytes(rand::random())
}

fn typing(conversation: ConversationId) -> Signal {
    let user = UserId::from_bytes(rand::random());
    Signal::Conversation(Event::passing(conversation, EventBody::Typing { user, typing: true }))
}

/// Another signal on the same channel.
fn typing_at(signal: &Signal, user: UserId) -> Signal {
    let Channel::Conversation(conversation) = signal.channel() else {
        panic!("{signal:?} belongs to no conversation");
    };
    Signal::Conversation(Event::passing(conversation, EventBody::Typing { user, typing: true }))
}
