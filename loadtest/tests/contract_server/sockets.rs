//! Engine.IO and Socket.IO over tokio-websockets' server side: another implementation than the one under test.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

use super::{Shared, store::Token};

/// Short, so that a run of a few seconds lives through several.
const PING_INTERVAL: Duration = Duration::from_millis(400);

/// Longer than any stall, and short enough that an idle run notices a client that does not answer.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TcpStream>;

/// Until the connection ends; a client that goes away is no fault of the test.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let Ok((_, mut socket)) = ServerBuilder::new().accept(stream).await else {
        return;
    };
    if let Some((user, queue)) = enter(&mut socket, &shared).await {
        converse(socket, &user, queue, shared).await;
    }
}

async fn enter(socket: &mut Socket, shared: &Shared) -> Option<(String, mpsc::Receiver<String>)> {
    let (interval, timeout) = (PING_INTERVAL.as_millis(), PING_TIMEOUT.as_millis());
    let open = format!(r#"0{{"sid":"s","upgrades":[],"pingInterval":{interval},"pingTimeout":{timeout}}}"#);
    socket.send(Message::text(open)).await.ok()?;
    let connect = socket.next().await?.ok()?;
    let auth: Value = serde_json::from_str(connect.as_text()?.strip_prefix("40")?).ok()?;
    let token = shared.store().judge(auth["token"].as_str()?);
    let user = match token {
        Token::Good(user) => user,
        Token::Expired | Token::Unknown => {
            let message = if token == Token::Expired {
                "TOKEN_EXPIRED"
            } else {
                "UNAUTHENTICATED"
            };
            let refusal = format!(r#"44{{"message":"{message}"}}"#);
            socket.send(Message::text(refusal)).await.ok()?;
            return None;
        }
    };
    let queue = shared.store().connect(&user);
    socket.send(Message::text(r#"40{"sid":"t"}"#)).await.ok()?;
    Some((user, queue))
}

async fn converse(mut socket: Socket, user: &str, mut queue: mpsc::Receiver<String>, shared: Arc<Shared>) {
    let mut slow = JoinSet::new();
    let mut pings = interval(PING_INTERVAL);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await;
    let mut unanswered = 0_u32;
    loop {
        let text = tokio::select! {
            pushed = queue.recv() => match pushed {
                Some(text) => text,
                None => return,
            },
            _ = pings.tick() => {
                unanswered += 1;
                assert!(PING_INTERVAL * unanswered < PING_TIMEOUT, "a client must answer pings");
                "2".to_owned()
            }
            received = socket.next() => {
                let Some(Ok(message)) = received else { return };
                let Some(text) = message.as_text() else { return };
                if text == "3" {
                    unanswered = 0;
                    continue;
                }
                match answer(text, user, &shared).await {
                    Some(Answer::Now(answer)) => answer,
                    Some(Answer::Later(due, answer)) => {
                        slow.spawn(answer_later(due, answer, user.to_owned(), Arc::clone(&shared)));
                        continue;
                    }
                    None => return,
                }
            }
        };
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
    }
}

/// An acknowledgement, and when it is due.
enum Answer {
    Now(String),
    Later(Instant, String),
}

async fn answer_later(due: Instant, answer: String, user: String, shared: Arc<Shared>) {
    sleep_until(due).await;
    let mut store = shared.store();
    store.woke(due);
    store.tell(&user, answer);
}

/// The acknowledgement of an event; `None` for what a client of this harness never sends.
async fn answer(text: &str, user: &str, shared: &Shared) -> Option<Answer> {
    let event = text.strip_prefix("42")?;
    let (number, array) = event.split_at(event.find('[')?);
    let [name, payload]: [Value; 2] = serde_json::from_str(array).ok()?;
    let answer = match name.as_str()? {
        "chat:send" => {
            let stall = shared.store().stall();
            if let Some(until) = stall {
                sleep_until(until).await;
                shared.store().woke(until);
            }
            let mut store = shared.store();
            if store.is_limited() {
                let error = json!({ "code": "RATE_LIMITED", "status": 429, "retryAfterMs": 300 });
                let refused = json!({ "ok": false, "error": error });
                return Some(Answer::Now(format!("43{number}[{refused}]")));
            }
            let id = store.send(user, &payload)?;
            shared.stored.send_replace(store.stored);
            let accepted = json!({ "ok": true, "id": id, "clientMessageId": payload["clientMessageId"] });
            if let Some(due) = store.due() {
                return Some(Answer::Later(due, format!("43{number}[{accepted}]")));
            }
            accepted
        }
        "chat:sync" => shared.store().sync(user, &payload),
        _ => return None,
    };
    Some(Answer::Now(format!("43{number}[{answer}]")))
}
