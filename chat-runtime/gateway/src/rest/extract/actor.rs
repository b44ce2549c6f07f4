//! Who asks, and from where: found by [`crate::rest::edge`] before any handler runs.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{
    auth::Identity,
    problem::{Code, Problem},
};

/// The user whose token came with the request.
pub(in crate::rest) struct Actor(pub(in crate::rest) Identity);

/// The address that the request came from, behind the proxies that we believe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rest) struct Client(pub(in crate::rest) IpAddr);

/// What became of the request's token.
#[derive(Clone)]
pub(in crate::rest) struct Caller(pub(in crate::rest) Result<Identity, Problem>);

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller(Ok(identity))) => Ok(Self(*identity)),
            Some(Caller(Err(problem))) => Err(problem.clone()),
            None => Err(Problem::new(Code::Unauthenticated)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let client = parts.extensions.get::<Self>().copied();
        client.ok_or_else(|| {
            tracing::error!("a request without an address: the router is not behind its edge");
            Problem::new(Code::Internal)
        })
    }
}
