//! A connected socket as the chat sees it: its events, in order and bounded, and its end.

use std::{
    borrow::Cow,
    collections::VecDeque,
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::FutureExt;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use socketioxide::handler::Value;

use super::{
    Chat, Event, Frame, Handle,
    session::{Accepted, Session},
};

/// How far a client may overrun [`Config::max_pending_events`](super::Config::max_pending_events) before its socket
/// ends. A WebSocket client overruns it by what one read brought at most, an honest long-polling client by one request.
const OVERRUN: usize = 8;

/// See the module.
pub(super) struct Connection<C: Chat> {
    chat: Arc<C>,
    session: Arc<C::Session>,
    handle: Handle,
    transport: Arc<Session>,
    stage: Mutex<Stage>,
    inbox: Mutex<Inbox>,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Accepted,
    Connected,
    Gone,
}

/// Events that wait for the one being handled.
#[derive(Default)]
struct Inbox {
    waiting: VecDeque<(Value, Option<i64>)>,
    /// A task is handling events; there is none for an idle socket.
    working: bool,
}

impl<C: Chat> Accepted for Connection<C> {
    /// Tells the chat that the socket is connected, unless it is gone again already.
    fn connected(&self) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *stage == Stage::Accepted {
            *stage = Stage::Connected;
            self.contain(|| self.chat.connected(&self.session, &self.handle));
        }
    }
}

impl<C: Chat> Connection<C> {
    pub(super) fn new(chat: Arc<C>, session: C::Session, transport: Arc<Session>) -> Self {
        Self {
            chat,
            session: Arc::new(session),
            handle: Handle::new(transport.clone()),
            transport,
            stage: Mutex::new(Stage::Accepted),
            inbox: Mutex::default(),
        }
    }

    /// Tells the chat that the socket is gone, if it knows of it.
    pub(super) fn disconnected(&self) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::replace(&mut *stage, Stage::Gone) == Stage::Connected;
        self.transport.disconnected();
        if known {
            self.contain(|| self.chat.disconnected(&self.session, &self.handle));
        }
    }

    /// Takes an event; it is handled when the ones before it are.
    pub(super) fn accept(self: &Arc<Self>, packet: Value, ack: Option<i64>) {
        let limit = self.transport.shared().config.max_pending_events;
        let mut inbox = self.inbox();
        if inbox.waiting.len() >= limit * OVERRUN {
            drop(inbox);
            return self.handle.close();
        }
        inbox.waiting.push_back((packet, ack));
        if inbox.waiting.len() == limit {
            self.transport.pause(true);
        }
        if !std::mem::replace(&mut inbox.working, true) {
            let connection = self.clone();
            self.transport
                .shared()
                .tasks
                .spawn(async move { connection.work().await });
        }
    }

    async fn work(&self) {
        while let Some((packet, ack)) = self.next() {
            self.handle(&packet, ack).await;
        }
    }

    fn next(&self) -> Option<(Value, Option<i64>)> {
        let mut inbox = self.inbox();
        let next = inbox.waiting.pop_front().filter(|_| self.handle.is_open());
        match next {
            None => *inbox = Inbox::default(),
            // Half of the queue is a reserve: the client is asked for more before the chat runs dry.
            Some(_) if inbox.waiting.len() == self.transport.shared().config.max_pending_events / 2 => {
                self.transport.pause(false);
            }
            Some(_) => {}
        }
        next
    }

    async fn handle(&self, packet: &Value, ack: Option<i64>) {
        let Some(Arguments { name, payload }) = arguments(packet) else {
            return self.handle.close();
        };
        let event = Event {
            name,
            payload,
            wants_ack: ack.is_some(),
        };
        let handling = AssertUnwindSafe(self.chat.event(&self.session, &self.handle, event)).catch_unwind();
        match tokio::time::timeout(self.transport.shared().config.event_timeout, handling).await {
            Ok(Ok(answer)) => {
                if let Some((id, answer)) = ack.zip(answer) {
                    self.handle.emit(&Frame::ack(id, &answer));
                }
            }
            Ok(Err(_)) => self.panicked(),
            Err(_) => tracing::warn!(socket = self.handle.id(), "an event was not handled in time"),
        }
    }

    /// Runs a call of the chat; if it panics, the socket ends.
    fn contain(&self, call: impl FnOnce()) {
        if std::panic::catch_unwind(AssertUnwindSafe(call)).is_err() {
            self.panicked();
        }
    }

    fn panicked(&self) {
        self.transport.shared().metrics.panics.add(1);
        tracing::error!(socket = self.handle.id(), "a handler panicked; its socket ends");
        self.handle.close();
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event packet's JSON array, borrowed from the packet.
#[derive(Debug)]
struct Arguments<'a> {
    name: Cow<'a, str>,
    payload: &'a RawValue,
}

/// Reads an event packet. Packets with binary attachments are no events of the chat.
fn arguments(packet: &Value) -> Option<Arguments<'_>> {
    match packet {
        Value::Str(text, None) => serde_json::from_str(text.as_str()).ok(),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Arguments<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Arguments<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an event's name and arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Arguments<'de>, A::Error> {
                let Name(name) = array
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let payload = array.next_element()?.unwrap_or(RawValue::NULL);
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Arguments { name, payload })
            }
        }
        deserializer.deserialize_seq(Array)
    }
}

/// A string, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_name_and_first_argument() {
        for (text, name, payload) in [
            (r#"["chat:send",{"text":"hi"}]"#, "chat:send", r#"{"text":"hi"}"#),
            (r#"["ping"]"#, "ping", "null"),
            (r#"["a\u0062c",1,2,[3]]"#, "abc", "1"),
        ] {
            let packet = Value::Str(text.into(), None);
            let read = arguments(&packet).expect("an event");
            assert_eq!((read.name.as_ref(), read.payload.get()), (name, payload));
        }
    }

    #[test]
    fn refuses_what_is_no_event() {
        for text in ["[]", "{}", "[1]", r#"["a""#, r#"["a"] "b""#] {
            assert!(arguments(&Value::Str(text.into(), None)).is_none(), "{text}");
        }
        assert!(arguments(&Value::Str(r#"["a"]"#.into(), Some([].into()))).is_none());
        assert!(arguments(&Value::Bytes(b"x".as_slice().into())).is_none());
    }
}
