//! Who may open a session: whether there is a place, and whether a browser's page is of an allowed origin.

use std::{net::SocketAddr, sync::Arc};

use axum::body::Body;
use http::{HeaderValue, Request, Response, header};

use crate::engine::{Config, Peer, session::Session, shared::Shared};

/// The longest `User-Agent` and `X-Forwarded-For` that are passed on, in bytes.
const MAX_HEADER: usize = 512;

/// The origin of the page that a request comes from.
pub(super) struct Origin {
    /// None if it is no browser's request.
    name: Option<HeaderValue>,
    pub(super) allowed: bool,
}

impl Origin {
    pub(super) fn of<B>(request: &Request<B>, config: &Config) -> Self {
        let name = request.headers().get(header::ORIGIN).cloned();
        let host = request.headers().get(header::HOST);
        let allowed = match (&name, &config.allowed_origins) {
            (None, _) | (_, None) => true,
            (Some(name), Some(origins)) => {
                origins.iter().any(|origin| origin.as_bytes() == name.as_bytes()) || is_same(name, host)
            }
        };
        Self { name, allowed }
    }

    /// Lets the page read the answer, if it may connect.
    pub(super) fn allow(self, response: &mut Response<Body>) {
        if let (true, Some(name)) = (self.allowed, self.name) {
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, name);
            response
                .headers_mut()
                .append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// Whether the page came from the very server that is asked now.
fn is_same(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let authority = |origin: &HeaderValue| {
        let origin = origin.to_str().ok()?;
        Some(origin.split_once("://")?.1.to_owned())
    };
    authority(origin).is_some_and(|authority| host.is_some_and(|host| host.as_bytes() == authority.as_bytes()))
}

/// Takes a place for a new session, unless there is none or the gateway is draining.
pub(super) fn admit<B>(
    shared: &Arc<Shared>,
    request: &Request<B>,
    addr: SocketAddr,
    origin: &Origin,
) -> Option<Arc<Session>> {
    let place = shared
        .places
        .clone()
        .try_acquire_owned()
        .ok()
        .filter(|_| !shared.is_draining());
    let Some(place) = place else {
        shared.metrics.refused.add(1);
        return None;
    };
    let text = |name| {
        let value = request.headers().get(name)?.to_str().ok()?;
        (value.len() <= MAX_HEADER).then(|| value.into())
    };
    let peer = Peer {
        addr,
        forwarded_for: text("x-forwarded-for"),
        user_agent: text("user-agent"),
    };
    Some(Session::new(peer, origin.allowed, shared.clone(), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_origins() {
        let config = Config {
            allowed_origins: Some(vec!["https://chat.example".into()]),
            ..Config::default()
        };
        for (origin, host, allowed) in [
            (None, "api.example", true),
            (Some("https://chat.example"), "api.example", true),
            (Some("https://api.example"), "api.example", true),
            (Some("http://localhost:8080"), "localhost:8080", true),
            (Some("https://evil.example"), "api.example", false),
            (Some("https://chat.example.evil"), "api.example", false),
            (Some("null"), "api.example", false),
        ] {
            let mut request = Request::builder().header(header::HOST, host);
            if let Some(origin) = origin {
                request = request.header(header::ORIGIN, origin);
            }
            let request = request.body(()).expect("a request");
            assert_eq!(Origin::of(&request, &config).allowed, allowed, "{origin:?}");
            assert!(Origin::of(&request, &Config::default()).allowed, "{origin:?}");
        }
    }
}
