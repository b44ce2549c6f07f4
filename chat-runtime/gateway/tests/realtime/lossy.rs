//! Nothing rests on the fan-out: whatever it loses, delays or repeats, nobody receives what is not theirs, and
//! everybody comes to have what is.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::json;
use talkline_core::{
    conversation::ChangeKind,
    id::{ConversationId, UserId},
    offset::Offset,
    port::Range,
};
use talkline_gateway::chat::MemberChanges;
use tokio::time::Instant;

use crate::{
    client::Client,
    faulty::Faulty,
    gateway::{Backend, Gateway, Person, config},
};

#[tokio::test]
async fn a_lost_last_message_is_found_by_comparing() {
    let backend = Backend::working().await;
    let faulty = Faulty::new(backend.fan_out(), 1, 0);
    let deaf = faulty.deaf.clone();
    let (one, two) = (
        backend.gateway(config()).await,
        backend.gateway_on(config(), Arc::new(faulty)).await,
    );
    let (ann, bob) = (one.register("ann").await, one.register("bob").await);
    let id = one.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (one.connect(&ann).await, two.connect(&bob).await);
    deaf.store(true, Ordering::Relaxed);
    let send = json!({"conversationId": id, "clientMessageId": "1", "text": "the last"});
    a.ok("chat:send", send).await;
    let start = Instant::now();
    assert_eq!(b.wait("chat:resync").await["conversationId"], id);
    let position = json!({"conversations": {id.clone(): {"seq": 0, "changeSeq": 1}}});
    let synced = b.ok("chat:sync", position).await;
    assert_eq!(synced["conversations"][&id]["messages"][0]["text"], "the last");
    assert!(start.elapsed() < Duration::from_secs(15));
    assert!(b.drain("chat:resync").await.is_empty(), "told once");
}

#[tokio::test]
async fn without_the_bus_sockets_are_let_in_and_find_what_is_theirs_and_with_it_they_are_told_again() {
    let backend = Backend::working().await;
    let faulty = Faulty::new(backend.fan_out(), 1, 0);
    let away = faulty.away.clone();
    away.store(true, Ordering::Relaxed);
    let (one, two) = (
        backend.gateway(config()).await,
        backend.gateway_on(config(), Arc::new(faulty)).await,
    );
    let (ann, bob) = (one.register("ann").await, one.register("bob").await);
    let id = one.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (one.connect(&ann).await, two.connect(&bob).await);
    let send = |number: u32| json!({"conversationId": id, "clientMessageId": number.to_string(), "text": "hello"});
    a.ok("chat:send", send(1)).await;
    assert_eq!(b.wait("chat:resync").await["conversationId"], id);
    let position = json!({"conversations": {id.clone(): {"seq": 0, "changeSeq": 1}}});
    let synced = b.ok("chat:sync", position).await;
    assert_eq!(synced["conversations"][&id]["messages"][0]["text"], "hello");

    // What bob sends goes by the log, and comes back to him once the bus is there.
    b.ok("chat:send", send(2)).await;
    away.store(false, Ordering::Relaxed);
    for number in 3..60 {
        a.ok("chat:send", send(number)).await;
        if !b.drain("chat:receive").await.is_empty() {
            return;
        }
    }
    panic!("bob's gateway stays deaf");
}

#[tokio::test]
async fn a_late_message_from_before_is_not_for_a_new_member() {
    let backend = Backend::working().await;
    let faulty = Faulty::new(backend.fan_out(), 1, 0);
    let slow = faulty.slow.clone();
    let mut config = config();
    config.realtime.heads_interval = Duration::from_secs(3_600);
    let one = backend.gateway(config.clone()).await;
    let two = backend.gateway_on(config, Arc::new(faulty)).await;
    let (ann, bob, eve) = (
        one.register("ann").await,
        one.register("bob").await,
        one.register("eve").await,
    );
    let group = one.group(&ann, &[&bob]).await;
    let mut a = one.connect(&ann).await;
    let (mut b, mut e) = (two.connect(&bob).await, two.connect(&eve).await);
    slow.store(true, Ordering::Relaxed);
    say(&mut a, group, 0).await;
    let add = MemberChanges {
        add: vec![eve.id],
        ..MemberChanges::default()
    };
    one.chat
        .change_members(&ann.identity, group, add, None)
        .await
        .expect("added");
    e.wait("conversation:new").await;
    slow.store(false, Ordering::Relaxed);
    b.wait_for("chat:receive", |message| message["seq"] == 10).await;
    assert!(e.drain("chat:receive").await.is_empty());
    say(&mut a, group, 1).await;
    assert_eq!(e.wait("chat:receive").await["seq"], 11);
}

#[tokio::test]
async fn whatever_the_bus_does_nobody_receives_after_leaving() {
    for seed in seeds() {
        println!("SEED={seed}");
        one_seed(seed).await;
    }
}

/// `SEED` runs one again.
fn seeds() -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (1..=12).collect(),
    }
}

async fn one_seed(seed: u64) {
    let backend = Backend::working().await;
    let faulty = Arc::new(Faulty::new(backend.fan_out(), seed, 12));
    let (one, two) = (
        backend.gateway(config()).await,
        backend.gateway_on(config(), faulty).await,
    );
    let (ann, bob, eve) = (
        one.register("ann").await,
        one.register("bob").await,
        one.register("eve").await,
    );
    let group = one.group(&ann, &[&bob, &eve]).await;
    let mut a = one.connect(&ann).await;
    let (mut b, mut e) = (two.connect(&bob).await, two.connect(&eve).await);
    for round in 0..6 {
        say(&mut a, group, round).await;
        let change = match round % 2 {
            0 => MemberChanges {
                remove: vec![eve.id],
                ..MemberChanges::default()
            },
            _ => MemberChanges {
                add: vec![eve.id],
                ..MemberChanges::default()
            },
        };
        one.chat
            .change_members(&ann.identity, group, change, None)
            .await
            .expect("changed");
    }
    say(&mut a, group, 6).await;
    let got = received(&mut e, &mut 0).await;
    let allowed = allowed(&one, group, eve.id).await;
    let wrong: Vec<_> = got.difference(&allowed).collect();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:?} came after the end");
    everything(&mut b, &one, group, &bob).await;
}

/// Ann says ten things.
async fn say(a: &mut Client, group: ConversationId, round: usize) {
    for n in 0..10 {
        let name = format!("{round}-{n}");
        let send = json!({"conversationId": group.to_string(), "clientMessageId": name, "text": "x"});
        a.ok("chat:send", send).await;
    }
}

/// The numbers of what came live: each above the one before, `last` included.
async fn received(client: &mut Client, last: &mut u64) -> BTreeSet<u64> {
    let mut seqs = BTreeSet::new();
    for message in client.drain("chat:receive").await {
        let seq = message["seq"].as_u64().expect("a number");
        assert!(seq > *last, "{seq} came after {last}");
        *last = seq;
        seqs.insert(seq);
    }
    seqs
}

/// What `user` may have received, by the documents: what was stored while they were in.
async fn allowed(gateway: &Gateway, group: ConversationId, user: UserId) -> BTreeSet<u64> {
    let store = &gateway.chat.ports().store;
    let changes = store.changes(group, 0, 1_000).await.expect("changes").changes;
    let mut turns: Vec<(Offset, bool)> = Vec::new();
    for change in &changes {
        let comes = match &change.kind {
            ChangeKind::Created { members, .. } => members.iter().any(|(member, _)| *member == user),
            ChangeKind::Members { joined, left } if left.contains(&user) => {
                assert!(joined.iter().all(|(member, _)| *member != user));
                turns.push((change.offset, false));
                continue;
            }
            ChangeKind::Members { joined, .. } => joined.iter().any(|(member, _)| *member == user),
            _ => false,
        };
        if comes {
            turns.push((change.offset, true));
        }
    }
    let page = store
        .page(group, Range::After { after: 0 }, 1_000)
        .await
        .expect("messages");
    let is_in = |at: Offset| {
        turns
            .iter()
            .rev()
            .find(|(turn, _)| *turn < at)
            .is_some_and(|(_, is_in)| *is_in)
    };
    page.messages
        .iter()
        .filter(|message| is_in(message.offset))
        .map(|message| message.seq)
        .collect()
}

/// Waits until `client` has everything, live or by asking when it is told to or sees a gap.
async fn everything(client: &mut Client, gateway: &Gateway, group: ConversationId, person: &Person) {
    let heads = gateway.chat.ports().store.heads(&[group]).await.expect("heads");
    let wanted: BTreeSet<u64> = (1..=heads[0].seq).collect();
    let mut last = 0;
    let mut have = received(client, &mut last).await;
    let until = Instant::now() + Duration::from_secs(15);
    while have != wanted {
        assert!(
            Instant::now() < until,
            "{} lacks {:?}",
            person.id,
            wanted.difference(&have)
        );
        let reached = have.iter().zip(1..).take_while(|(seq, n)| **seq == *n).count();
        // Without a gap in sight, only the server's word that there is more makes a client ask.
        if have.last().is_none_or(|last| *last == reached as u64) {
            client.wait("chat:resync").await;
        }
        let position = json!({"conversations": {group.to_string(): {"seq": reached, "changeSeq": 0}}});
        let synced = client.ok("chat:sync", position).await;
        let messages = synced["conversations"][group.to_string()]["messages"]
            .as_array()
            .expect("a list")
            .clone();
        have.extend(
            messages
                .iter()
                .map(|message| message["seq"].as_u64().expect("a number")),
        );
        have.extend(received(client, &mut last).await);
    }
}
