//! The engine's chat: sockets are let in, served and seen off.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Inner, Realtime,
    client_event::ClientEvent,
    session::{Session, Socket},
};
use crate::{
    engine::{Chat, Event, Handle, Peer, Refusal},
    problem::{Code, Problem},
    trace,
};

/// What a client presents.
#[derive(Deserialize)]
struct Credentials {
    token: String,
}

impl Chat for Realtime {
    type Session = Session;

    async fn connect(&self, auth: &RawValue, _: &Peer) -> Result<Session, Refusal> {
        let credentials: Credentials = serde_json::from_str(auth.get()).map_err(|_| Refusal::Unauthenticated)?;
        let inner = &self.inner;
        let identity = inner.authenticator.verify(&credentials.token).await.map_err(refusal)?;
        let entry = inner.register.enter(identity.user).await?;
        let stay = inner.host.receive(identity.user).await.map_err(|error| {
            tracing::warn!(%error, "a socket could not be let in");
            Refusal::Unavailable
        })?;
        Ok(Session::new(identity, entry, stay))
    }

    fn connected(&self, session: &Arc<Session>, handle: &Handle) {
        let inner = &self.inner;
        inner.hub.connected(Socket {
            session: session.clone(),
            handle: handle.clone(),
        });
        inner.expiries.watch(session);
    }

    async fn event(&self, session: &Arc<Session>, handle: &Handle, event: Event<'_>) -> Option<Box<RawValue>> {
        let name = || {
            ClientEvent::named(&event.name)
                .map_or("unknown event", ClientEvent::name)
                .into()
        };
        let (trace, mut span) = self.inner.chat.sampler().begin(None, name);
        let answer = trace.scope(async {
            let answer = self.inner.answer(session, handle, &event).await;
            answer.unwrap_or_else(|problem| {
                let code = problem.code();
                tracing::debug!(trace_id = trace.id(), event = %event.name, code = code.as_str(), "an event was refused");
                if let Some(span) = &mut span {
                    trace::blame(span, code);
                }
                serde_json::value::to_raw_value(&problem.ack()).ok()
            })
        });
        answer.await
    }

    fn disconnected(&self, session: &Arc<Session>, _: &Handle) {
        let inner = self.inner.clone();
        inner.hub.disconnected(session);
        let session = session.clone();
        // One short task for each socket at most.
        self.inner.tasks.spawn(async move {
            inner.close_eyes(&session).await;
            session.strike_out().await;
        });
    }
}

impl Inner {
    async fn answer(
        &self,
        session: &Session,
        handle: &Handle,
        event: &Event<'_>,
    ) -> Result<Option<Box<RawValue>>, Problem> {
        let actor = session.identity();
        if actor.expires_at <= self.chat.ports().clock.now() {
            handle.close();
            return Err(Problem::new(Code::TokenExpired));
        }
        if event.payload.get().len() > self.chat.config().http.body_bytes {
            return Err(Problem::new(Code::TooLarge));
        }
        let named = ClientEvent::named(&event.name);
        if named.is_none_or(ClientEvent::is_counted) {
            self.chat.limits().take(crate::limits::Name::Events, &actor).await?;
        }
        let named = named.ok_or_else(|| Problem::new(Code::NotFound))?;
        self.handle(named, session, &actor, event.payload).await
    }
}

/// What the client is told of a token that does not hold.
fn refusal(problem: Problem) -> Refusal {
    match problem.code() {
        Code::TokenExpired => Refusal::TokenExpired,
        Code::Unauthenticated => Refusal::Unauthenticated,
        _ => Refusal::Unavailable,
    }
}
