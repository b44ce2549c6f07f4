//! The ids in a route's path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::problem::{Code, Problem};

/// The id in a route's path, of whatever kind the handler wants.
pub(in crate::rest) struct Id<T>(pub(in crate::rest) T);

/// An id, and the text that stands behind it in the route's path.
pub(in crate::rest) struct IdAndText<T>(pub(in crate::rest) T, pub(in crate::rest) String);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        first(&params).map(Self)
    }
}

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for IdAndText<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        let text = params
            .iter()
            .nth(1)
            .map(|(_, text)| text.to_owned())
            .unwrap_or_default();
        Ok(Self(first(&params)?, text))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Problem> {
    // The only cause is a path that is not UTF-8 under its percent signs.
    let params = RawPathParams::from_request_parts(parts, state).await;
    params.map_err(|_| Problem::new(Code::InvalidParameter).with_detail("the path is not UTF-8"))
}

fn first<T: FromStr>(params: &RawPathParams) -> Result<T, Problem> {
    let (name, text) = params.iter().next().unwrap_or_default();
    text.parse()
        .map_err(|_| Problem::new(Code::InvalidParameter).with_error(name, "must be an id"))
}
