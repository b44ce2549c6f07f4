//! The newest messages: from which level they come, what that costs, and that they are never older than what one knows.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::future::join_all;
use serde_json::json;
use talkline_core::{
    id::ConversationId,
    port::{Recent, Store},
};
use talkline_gateway::{
    chat::{MemberChanges, Span},
    config::Config,
    problem::Code,
    wire,
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::Client,
    counting::Counting,
    gateway::{Backend, Gateway, Person, config},
};

const NEWEST: Span = Span::Before(u64::MAX);
/// Room for every page of a test.
const MEMORY: u64 = 64 * 1024 * 1024;

/// Settings under which nothing but a test asks the store, with so much memory.
fn quiet(memory_bytes: u64) -> Config {
    let mut config = config();
    config.realtime.heads_interval = Duration::from_secs(3_600);
    config.history.memory_bytes = memory_bytes;
    config
}

/// A gateway that counts what its store and the shared cache are asked.
async fn counted(
    backend: &Backend,
    memory_bytes: u64,
) -> (Gateway, Arc<Counting<dyn Store>>, Arc<Counting<dyn Recent>>) {
    let (store, recent) = (Counting::new(backend.store()), Counting::new(backend.recent()));
    let (of_store, of_recent) = (store.clone(), recent.clone());
    let gateway = backend.gateway_with(quiet(memory_bytes), |ports| {
        ports.store = of_store;
        ports.recent = of_recent;
    });
    (gateway.await, store, recent)
}

async fn page(gateway: &Gateway, reader: &Person, id: ConversationId, span: Span, limit: usize) -> wire::History {
    let page = gateway.chat.history(&reader.identity, id, span, limit).await;
    page.expect("a page").read().expect("JSON")
}

fn seqs(history: &wire::History) -> Vec<u64> {
    history.messages.iter().map(|message| message.stored.seq).collect()
}

/// Sends a message and waits until it is stored and told.
async fn say(client: &mut Client, id: ConversationId, word: &str) -> serde_json::Value {
    let message = json!({"conversationId": id, "clientMessageId": word, "text": word});
    client.ok("chat:send", message).await;
    client
        .wait_for("chat:receive", |message| message["clientMessageId"] == word)
        .await
}

#[tokio::test]
async fn who_looks_at_what_is_remembered_asks_the_store_nothing() {
    let backend = Backend::working().await;
    let (gateway, store, _) = counted(&backend, MEMORY).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await;
    let mut client = gateway.connect(&ann).await;
    let here = json!({"conversationId": id.to_string()});
    for (seq, word) in [(1, "one"), (2, "two")] {
        say(&mut client, id, word).await;
        page(&gateway, &bob, id, NEWEST, 50).await;
        store.take();
        for event in ["chat:join", "chat:leave"] {
            assert_eq!(client.ok(event, here.clone()).await["seq"], seq);
        }
        assert_eq!(store.take(), 0, "{word}");
    }
}

#[tokio::test]
async fn a_hundred_who_ask_for_one_cold_page_cost_one_question() {
    cost_one_question(0).await;
}

#[tokio::test]
async fn with_memory_they_cost_one_too() {
    cost_one_question(MEMORY).await;
}

async fn cost_one_question(memory_bytes: u64) {
    let backend = Backend::working().await;
    let setting = backend.gateway(config()).await;
    let (ann, bob) = (setting.register("ann").await, setting.register("bob").await);
    let id = setting.group(&ann, &[&bob]).await;
    let mut a = setting.connect(&ann).await;
    for n in 1..=60 {
        say(&mut a, id, &n.to_string()).await;
    }
    let (gateway, store, _) = counted(&backend, memory_bytes).await;
    let asking = (0..100).map(|n| page(&gateway, if n % 2 == 0 { &ann } else { &bob }, id, NEWEST, 50));
    for history in join_all(asking).await {
        assert_eq!((seqs(&history), history.has_more), ((11..=60).collect(), true));
    }
    assert_eq!(store.pages.swap(0, Ordering::SeqCst), 1);
    // Its head, the page, and who may see it.
    assert_eq!(store.take(), 3);

    // What is older is not cached; what is shorter is.
    let older = page(&gateway, &ann, id, Span::Before(11), 20).await;
    assert_eq!((seqs(&older), older.has_more), ((1..=10).collect(), false));
    assert_eq!(store.pages.swap(0, Ordering::SeqCst), 1);
    store.take();
    for (span, limit, expected) in [
        (NEWEST, 3, vec![58, 59, 60]),
        (Span::Before(20), 2, vec![18, 19]),
        (Span::After(57), 2, vec![58, 59]),
        (Span::After(60), 50, vec![]),
    ] {
        assert_eq!(seqs(&page(&gateway, &bob, id, span, limit).await), expected);
    }
    assert_eq!(store.take(), 0);
}

#[tokio::test]
async fn what_has_not_changed_comes_from_memory_and_what_is_new_from_the_shared_cache() {
    let backend = Backend::working().await;
    let (gateway, store, recent) = counted(&backend, MEMORY).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await;
    let mut a = gateway.connect(&ann).await;
    say(&mut a, id, "1").await;
    assert_eq!(seqs(&page(&gateway, &bob, id, NEWEST, 50).await), [1]);

    let asked = || (store.take(), recent.take(), recent.confirmed.swap(0, Ordering::SeqCst));
    asked();
    for _ in 0..10 {
        assert_eq!(seqs(&page(&gateway, &bob, id, NEWEST, 50).await), [1]);
    }
    assert_eq!(asked(), (0, 0, 10), "it is in memory");

    say(&mut a, id, "2").await;
    asked();
    assert_eq!(seqs(&page(&gateway, &bob, id, NEWEST, 50).await), [1, 2]);
    assert_eq!(asked(), (0, 1, 0), "what one knows to be behind is not to be confirmed");

    // Nobody has a socket here any more, so nothing is heard; yet what is behind is not shown.
    let other = backend.gateway(quiet(MEMORY)).await;
    assert_eq!(seqs(&page(&other, &bob, id, NEWEST, 50).await), [1, 2]);
    say(&mut a, id, "3").await;
    assert_eq!(seqs(&page(&other, &bob, id, NEWEST, 50).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_member_sees_what_is_theirs_and_nobody_else_anything() {
    let backend = Backend::working().await;
    let (one, two) = (backend.gateway(config()).await, backend.gateway(config()).await);
    let (ann, bob, eve) = (
        one.register("ann").await,
        one.register("bob").await,
        one.register("eve").await,
    );
    let id = one.group(&ann, &[&bob]).await;
    let mut a = one.connect(&ann).await;
    say(&mut a, id, "1").await;
    let of = async |gateway: &Gateway, reader: &Person| {
        let page = gateway.chat.history(&reader.identity, id, NEWEST, 50).await;
        page.map(|page| seqs(&page.read().unwrap()))
            .map_err(|problem| problem.code())
    };
    let change = async |changes: MemberChanges| {
        let changed = one.chat.change_members(&ann.identity, id, changes, None).await;
        changed.expect("changed");
    };
    for gateway in [&one, &two] {
        assert_eq!(of(gateway, &ann).await, Ok(vec![1]));
        assert_eq!(of(gateway, &eve).await, Err(Code::NotAMember));
    }
    let nowhere = ConversationId::from_bytes([9; 16]);
    let nothing = two.chat.history(&ann.identity, nowhere, NEWEST, 50).await;
    assert_eq!(nothing.unwrap_err().code(), Code::NotAMember);
    let nobody = MemberChanges::default;
    let add = vec![eve.id];
    change(MemberChanges { add, ..nobody() }).await;
    say(&mut a, id, "2").await;
    for gateway in [&one, &two] {
        assert_eq!(of(gateway, &ann).await, Ok(vec![1, 2]));
        assert_eq!(of(gateway, &eve).await, Ok(vec![2]), "from joining on");
    }
    let remove = vec![eve.id];
    change(MemberChanges { remove, ..nobody() }).await;
    for gateway in [&one, &two] {
        assert_eq!(
            of(gateway, &eve).await,
            Err(Code::NotAMember),
            "from the moment that she left"
        );
    }
}

/// Three who write at one gateway, readers everywhere all the time, and a worker that says again what it said before:
/// whoever knows of something finds it, on a gateway that listens and on one that does not.
#[tokio::test]
async fn nobody_reads_what_is_older_than_what_they_know() {
    let backend = Backend::start().await;
    let recent = Counting::new(backend.recent());
    backend.work_with(backend.fan_out(), recent.clone());
    let (listening, deaf) = (
        backend.gateway(quiet(MEMORY)).await,
        backend.gateway(quiet(MEMORY)).await,
    );
    let mut people = Vec::new();
    for name in ["ann", "bob", "eve"] {
        people.push(listening.register(name).await);
    }
    let id = listening.group(&people[0], &[&people[1], &people[2]]).await;
    let stop = CancellationToken::new();
    let reading = [&listening, &deaf].map(|gateway| {
        let (chat, identity, stop) = (gateway.chat.clone(), people[0].identity, stop.clone());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                chat.history(&identity, id, NEWEST, 50).await.expect("a page");
                tokio::task::yield_now().await;
            }
        })
    });
    let late = tokio::spawn(saying_again(recent, stop.clone()));
    join_all(people.iter().map(|person| write(&listening, &deaf, person, id))).await;
    stop.cancel();
    for task in reading.into_iter().chain([late]) {
        task.await.unwrap();
    }
}

async fn saying_again(recent: Arc<Counting<dyn Recent>>, stop: CancellationToken) {
    let mut turn = 0_usize;
    while !stop.is_cancelled() {
        let step = {
            let steps = recent.steps.lock().unwrap();
            let back = turn % 7 + 1;
            steps.len().checked_sub(back).map(|at| steps[at].clone())
        };
        if let Some(step) = step {
            recent.again(&step).await.expect("noted");
        }
        turn += 1;
        tokio::task::yield_now().await;
    }
}

/// Says and edits something, and finds it each time.
async fn write(listening: &Gateway, deaf: &Gateway, person: &Person, id: ConversationId) {
    let mut client = listening.connect(person).await;
    for n in 0..25 {
        let word = format!("{n} of {}", person.id);
        let message = say(&mut client, id, &word).await;
        let edit = wire::Edit {
            message_id: message["id"].as_str().expect("an id").to_owned(),
            text: format!("edited {n}"),
            request_id: None,
        };
        for gateway in [deaf, listening] {
            let found = page(gateway, person, id, NEWEST, 50).await;
            let newest = found.messages.last().map(|newest| newest.stored.seq);
            assert!(newest >= message["seq"].as_u64(), "{newest:?} after {}", message["seq"]);
        }
        let changed = listening.chat.edit(&person.identity, edit).await.expect("edited");
        for gateway in [deaf, listening] {
            let found = page(gateway, person, id, NEWEST, 50).await;
            let edited = found
                .messages
                .iter()
                .find(|it| Some(it.stored.seq) == message["seq"].as_u64());
            let edited = edited.expect("among the newest");
            assert!(edited.change_seq >= changed.change_seq, "{edited:?} after {changed:?}");
            assert_eq!(edited.stored.text, Some(format!("edited {n}")));
        }
    }
}
