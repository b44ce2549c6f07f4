//! HTTP long-polling.
//!
//! The library pings as soon as a session is open, the protocol one `pingInterval` later. So the gateway itself polls
//! a new session once, which takes that ping, and answers it, before the client learns the session's id; the library
//! then sends its next ping when the protocol wants the first.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::{self, Body},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use hyper::body::Incoming;

use super::{
    Protocol, Transport,
    admission::{self, Origin},
    answer::{self, BadRequest},
};
use crate::engine::{session::Session, shared::Shared};

/// More than an open packet, a ping or an "ok" has.
const SMALL: usize = 4096;

/// Engine.IO packets in an HTTP body.
const CLOSE: &str = "1";
const PING: &[u8] = b"2";
const PONG: &str = "3";

/// Answers a request of the long-polling transport.
pub(super) async fn answer<P: Protocol>(
    transport: &Transport<P>,
    request: Request<Incoming>,
    sid: Option<Box<str>>,
    addr: SocketAddr,
    origin: &Origin,
) -> Response<Body> {
    match (request.method(), sid) {
        (&Method::GET, None) => transport.open(&request, addr, origin).await,
        (&Method::GET, Some(sid)) => transport.poll(&sid).await,
        (&Method::POST, Some(sid)) => transport.post(&sid, request).await,
        _ => BadRequest::BadMethod.into_response(),
    }
}

/// Lets the engine end long-polling sessions.
pub(super) fn end_sessions_by<P: Protocol>(transport: &Transport<P>) {
    let protocol = transport.protocol.clone();
    let path = transport.shared.config.path;
    let tasks = transport.shared.tasks.clone();
    transport.shared.ends_polling_by(Box::new(move |sid| {
        if let Some(request) = self::request(path, Method::POST, Some(&sid), None, CLOSE) {
            tasks.spawn(protocol.http(request));
        }
    }));
}

impl<P: Protocol> Transport<P> {
    /// Opens a session.
    async fn open<B>(&self, request: &Request<B>, addr: SocketAddr, origin: &Origin) -> Response<Body> {
        let Some(session) = admission::admit(&self.shared, request, addr, origin) else {
            return answer::unavailable(self.shared.config.retry_after);
        };
        let Some(open) = self.call(Method::GET, None, Some(&session), "").await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if let Some(sid) = open_sid(&open) {
            session.polls_as(&sid);
            self.take_early_ping(&sid).await;
        }
        ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], open).into_response()
    }

    async fn take_early_ping(&self, sid: &str) {
        if self.call(Method::GET, Some(sid), None, "").await.as_deref() == Some(PING) {
            self.call(Method::POST, Some(sid), None, PONG).await;
        }
    }

    /// A request that the engine makes itself; its answer's body, if it is a good one.
    async fn call(
        &self,
        method: Method,
        sid: Option<&str>,
        session: Option<&Arc<Session>>,
        content: &'static str,
    ) -> Option<Bytes> {
        let request = request(self.shared.config.path, method, sid, session, content)?;
        let response = self.protocol.http(request).await;
        if response.status() != StatusCode::OK {
            return None;
        }
        body::to_bytes(response.into_body(), SMALL).await.ok()
    }

    /// Waits for packets to the client. The library answers with a ping if there is nothing else.
    async fn poll(&self, sid: &str) -> Response<Body> {
        let Some(session) = self.shared.find(sid) else {
            return BadRequest::UnknownSession.into_response();
        };
        session.polled();
        drop(session);
        match request(self.shared.config.path, Method::GET, Some(sid), None, "") {
            Some(request) => {
                let mut pending = Pending {
                    shared: &self.shared,
                    sid,
                    answered: false,
                };
                let response = self.protocol.http(request).await;
                pending.answered = true;
                response
            }
            None => BadRequest::UnknownSession.into_response(),
        }
    }

    /// Takes packets from the client.
    async fn post(&self, sid: &str, posted: Request<Incoming>) -> Response<Body> {
        if self.shared.find(sid).is_none() {
            return BadRequest::UnknownSession.into_response();
        }
        let (parts, content) = posted.into_parts();
        let Some(mut request) = request(
            self.shared.config.path,
            Method::POST,
            Some(sid),
            None,
            Body::new(content),
        ) else {
            return BadRequest::UnknownSession.into_response();
        };
        if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
            request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        match tokio::time::timeout(self.shared.config.header_timeout, self.protocol.http(request)).await {
            Ok(response) => response,
            Err(_) => answer::too_slow(),
        }
    }
}

/// A poll that the client waits for. If it goes away before the answer, nobody knows which packets it has lost, so the session
/// ends, as the protocol has it.
struct Pending<'a> {
    shared: &'a Shared,
    sid: &'a str,
    answered: bool,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.answered
            && let Some(session) = self.shared.find(self.sid)
        {
            session.poll_cancelled();
        }
    }
}

/// A request to the library, with as little as possible: it keeps the one that opens a session for the session's life.
fn request(
    path: &str,
    method: Method,
    sid: Option<&str>,
    session: Option<&Arc<Session>>,
    content: impl Into<Body>,
) -> Option<Request<Body>> {
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{path}?EIO=4&transport=polling{sid}"));
    if let Some(session) = session {
        request = request.extension(session.clone());
    }
    request.body(content.into()).ok()
}

/// The session's id in an open packet.
fn open_sid(open: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Open {
        sid: String,
    }
    let open: Open = serde_json::from_slice(open.strip_prefix(b"0")?).ok()?;
    Some(open.sid)
}
