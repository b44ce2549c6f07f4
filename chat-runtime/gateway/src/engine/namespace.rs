//! The chat as a namespace of the protocol library.
//!
//! The library's own handlers start a task for each event, which loses their order, and build a value tree of each
//! payload. The ones here are called where the library reads, so events stay in order and keep their text as it came.

use std::{
    fmt::Display,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Weak},
};

use futures::FutureExt;
use serde_json::value::RawValue;
use socketioxide::{
    ParserConfig, SocketIo,
    adapter::LocalAdapter,
    handler::{ConnectHandler, MessageHandler, Value},
    socket::Socket,
};

use super::{CHANNEL_CAPACITY, Chat, Config, Refusal, connection::Connection, session::Session, transport::Protocol};

/// Bytes that the library reads at once. It keeps a buffer of this size for each WebSocket, and a chat's events are
/// small; larger messages are read in several steps.
const READ_BUFFER: usize = 512;

/// What the library tells the client of a refused connection.
type Denial = Box<dyn Display + Send>;

/// Serves `chat` as the namespace `/`; every other one is refused.
pub(super) fn serve<C: Chat>(chat: C, config: &Config) -> impl Protocol {
    let (service, io) = SocketIo::builder()
        .req_path(config.path)
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .connect_timeout(config.connect_timeout)
        .upgrade_timeout(config.connect_timeout)
        .max_payload(config.max_payload as u64)
        .ws_max_message_size(config.max_payload)
        .ws_max_frame_size(config.max_payload)
        .ws_read_buffer_size(READ_BUFFER)
        .max_buffer_size(CHANNEL_CAPACITY)
        // The chat has no binary events.
        .with_parser(ParserConfig::common().max_incoming_binaries(0).max_incoming_binary_buf_size(0))
        .build_svc();
    io.ns("/", Gatekeeper { chat: Arc::new(chat) });
    service
}

/// Lets sockets into the namespace.
struct Gatekeeper<C> {
    chat: Arc<C>,
}

impl<C> Clone for Gatekeeper<C> {
    fn clone(&self) -> Self {
        Self {
            chat: self.chat.clone(),
        }
    }
}

impl<C: Chat> Gatekeeper<C> {
    /// Asks the chat, and readies the socket for events: the client may send them as soon as it is told that it is
    /// connected, so nothing may be left to do then.
    async fn admit(&self, socket: &Arc<Socket>, auth: &Option<Value>) -> Result<(), Refusal> {
        let session = socket
            .req_parts()
            .extensions
            .get::<Arc<Session>>()
            .ok_or(Refusal::Unavailable)?;
        if !session.origin_allowed() {
            return Err(Refusal::ForbiddenOrigin);
        }
        let peer = session.peer().ok_or(Refusal::Unavailable)?;
        let auth = match auth {
            Some(Value::Str(text, _)) => serde_json::from_str(text.as_str()).map_err(|_| Refusal::Unauthenticated)?,
            _ => RawValue::from_string("{}".to_owned()).map_err(|_| Refusal::Unavailable)?,
        };
        let decision = AssertUnwindSafe(self.chat.connect(&auth, &peer)).catch_unwind();
        let decided = tokio::time::timeout(session.shared().config.connect_timeout, decision).await;
        let accepted = match decided {
            Ok(Ok(decision)) => decision?,
            Ok(Err(_)) => {
                session.shared().metrics.panics.add(1);
                tracing::error!(socket = session.id(), "the chat panicked over a connection");
                return Err(Refusal::Unavailable);
            }
            Err(_) => return Err(Refusal::Unavailable),
        };
        let connection = Arc::new(Connection::new(self.chat.clone(), accepted, session.clone()));
        socket.on_fallback(Events(connection.clone()));
        let gone = connection.clone();
        socket.on_disconnect(async move || gone.disconnected());
        let accepted: Weak<Connection<C>> = Arc::downgrade(&connection);
        session.accepted(accepted);
        Ok(())
    }
}

impl<C: Chat> ConnectHandler<LocalAdapter, ()> for Gatekeeper<C> {
    /// The connect packet is queued.
    fn call(&self, socket: Arc<Socket>, _: Option<Value>) {
        let session = socket.req_parts().extensions.get::<Arc<Session>>();
        if let Some(connection) = session.and_then(|session| session.connected(&socket)) {
            connection.connected();
        }
    }

    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket>,
        auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Denial>> + Send + 'a>> {
        Box::pin(async move {
            self.admit(&socket, auth)
                .await
                .map_err(|refusal| Box::new(refusal) as Denial)
        })
    }
}

/// Takes every event, whatever its name.
struct Events<C: Chat>(Arc<Connection<C>>);

impl<C: Chat> MessageHandler<LocalAdapter, ()> for Events<C> {
    fn call(&self, _: Arc<Socket>, packet: Value, ack: Option<i64>) {
        self.0.accept(packet, ack);
    }
}
