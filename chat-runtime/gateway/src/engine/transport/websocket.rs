//! WebSockets: new sessions and upgrades of long-polling ones.
//!
//! hyper answers the handshake and then gives the bare TCP connection back, so that nothing of HTTP (16 KB of read
//! buffer, the request with all its headers) lives on with the socket.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::Request;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{
    LaneIo, Protocol, Transport,
    admission::{self, Origin},
    answer::{self, BadRequest},
    handshake,
};
use crate::engine::{lane::Lane, session::Session};

/// Answers a WebSocket handshake for a new session or for the one named `sid`.
pub(super) fn answer<P: Protocol>(
    transport: &Transport<P>,
    mut request: Request<Incoming>,
    sid: Option<Box<str>>,
    addr: SocketAddr,
    origin: &Origin,
) -> Response<Body> {
    let accept = match handshake::check(&request) {
        Ok(accept) => accept,
        Err(refusal) => return refusal.into_response(),
    };
    let shared = &transport.shared;
    let session = match &sid {
        Some(sid) => shared
            .find(sid)
            .ok_or_else(|| BadRequest::UnknownSession.into_response()),
        None => admission::admit(shared, &request, addr, origin)
            .ok_or_else(|| answer::unavailable(shared.config.retry_after)),
    };
    let session = match session {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let transport = transport.clone();
    shared
        .tasks
        .spawn(async move { transport.take_over(upgrade, session, sid).await });
    handshake::switch(accept)
}

impl<P: Protocol> Transport<P> {
    /// Takes the connection from hyper and gives it to the protocol library.
    async fn take_over(self, upgrade: OnUpgrade, session: Arc<Session>, sid: Option<Box<str>>) {
        let Ok(Ok(upgraded)) = tokio::time::timeout(self.shared.config.header_timeout, upgrade).await else {
            return;
        };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            return;
        };
        // A session upgrades once; whoever comes second is dropped here, which closes its connection.
        if sid.is_some() && !session.begin_upgrade() {
            return;
        }
        let lane = Arc::new(Lane::new(parts.io.into_inner(), sid.is_none(), self.shared.clone()));
        if sid.is_none() {
            session.runs_on(&lane);
        }
        let Some(request) = self.request(sid.as_deref(), &session) else {
            return;
        };
        // A copy of the few bytes that there can be lets hyper's whole buffer go.
        let early = Bytes::copy_from_slice(&parts.read_buf);
        let io = LaneIo::new(lane, early, session, self.shared.tasks.token());
        self.protocol.websocket(io, request);
    }

    /// What the library has to know of the handshake, and keeps for the session's life: as little as possible.
    fn request(&self, sid: Option<&str>, session: &Arc<Session>) -> Option<Request<()>> {
        let path = self.shared.config.path;
        let uri = match sid {
            None => format!("{path}?EIO=4&transport=websocket"),
            Some(sid) => format!("{path}?EIO=4&transport=websocket&sid={sid}"),
        };
        Request::get(uri).extension(session.clone()).body(()).ok()
    }
}
