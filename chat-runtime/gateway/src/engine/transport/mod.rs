//! From an HTTP request to a session of the protocol library: handshakes, upgrades and long-polling.
//!
//! This layer knows Engine.IO and nothing of the chat, and it takes any [`Protocol`] server; so the official protocol
//! suites, which want other namespaces and binary echoes, judge the same code that carries the chat.

mod admission;
mod answer;
mod handshake;
mod polling;
mod query;
mod websocket;

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc};

use axum::{
    body::{Body, HttpBody},
    response::IntoResponse,
};
use bytes::Bytes;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use tower::BoxError;
use tower_service::Service;

pub use super::lane::LaneIo;
use super::shared::Shared;
use query::{Kind, Query};

/// A server of Engine.IO or of a protocol on top of it: whatever answers HTTP requests and takes WebSockets.
pub trait Protocol: Clone + Send + Sync + 'static {
    /// Answers a request of the long-polling transport.
    fn http(&self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static;

    /// Takes a WebSocket whose handshake is done. `request` has the query and the extensions of the handshake.
    fn websocket(&self, io: LaneIo, request: Request<()>);
}

impl<S, B, E> Protocol for S
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible, Future: Send + 'static>
        + Service<(LaneIo, Request<()>), Response = (), Error = E>
        + Clone
        + Send
        + Sync
        + 'static,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn http(&self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static {
        let answer = Service::<Request<Body>>::call(&mut self.clone(), request);
        async move {
            match answer.await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            }
        }
    }

    fn websocket(&self, io: LaneIo, request: Request<()>) {
        // The future is a formality: the library parses the request and starts its own task before this returns.
        drop(Service::<(LaneIo, Request<()>)>::call(&mut self.clone(), (io, request)));
    }
}

/// A protocol server behind this module's transport.
pub(super) struct Transport<P> {
    protocol: P,
    shared: Arc<Shared>,
}

impl<P> Clone for Transport<P>
where
    P: Clone,
{
    fn clone(&self) -> Self {
        Self {
            protocol: self.protocol.clone(),
            shared: self.shared.clone(),
        }
    }
}

impl<P: Protocol> Transport<P> {
    pub(super) fn new(protocol: P, shared: Arc<Shared>) -> Self {
        let transport = Self { protocol, shared };
        polling::end_sessions_by(&transport);
        transport
    }

    /// Whether a request for `path` is for this transport.
    pub(super) fn serves(&self, path: &str) -> bool {
        let own = self.shared.config.path;
        path.starts_with(own) || own.strip_suffix('/') == Some(path)
    }

    /// Answers a request for this transport's path.
    pub(super) async fn answer(&self, request: Request<Incoming>, addr: SocketAddr) -> Response<Body> {
        let origin = admission::Origin::of(&request, &self.shared.config);
        let mut response = match Query::parse(request.uri().query().unwrap_or_default()) {
            _ if request.method() == Method::OPTIONS => answer::preflight(),
            Ok(Query {
                kind: Kind::WebSocket,
                sid,
            }) => websocket::answer(self, request, sid, addr, &origin),
            Ok(Query {
                kind: Kind::Polling,
                sid,
            }) => polling::answer(self, request, sid, addr, &origin).await,
            Err(refusal) => refusal.into_response(),
        };
        origin.allow(&mut response);
        response
    }
}
