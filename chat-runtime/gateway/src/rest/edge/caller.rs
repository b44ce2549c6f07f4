//! Who asks, and whether they may ask so often.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use talkline_core::user::Tier;

use super::client;
use crate::{
    auth::Identity,
    limits::{Name, Standing},
    problem::{Code, Problem},
    rest::{Api, extract::Caller},
};

/// Finds out who asks, counts the request, and tells in the response what is left.
pub(super) async fn identify(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let client = client::client(request.headers(), request.extensions(), &api.config.http);
    let caller = verify(&api, request.headers()).await;
    let standing = match count(&api, &caller, client.0).await {
        Ok(standing) => standing,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(Caller(caller));
    let mut response = next.run(request).await;
    // A limit that the request itself ran into says more than this one.
    if !response.headers().contains_key("ratelimit") {
        standing.write(response.headers_mut());
    }
    response
}

async fn verify(api: &Api, headers: &HeaderMap) -> Result<Identity, Problem> {
    let token = bearer(headers).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    api.authenticator.verify(token).await
}

/// The token of `Authorization: Bearer` (RFC 6750, section 2.1). One in the URL would stand in every log on the way.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn count(api: &Api, caller: &Result<Identity, Problem>, client: IpAddr) -> Result<Standing, Problem> {
    match caller {
        Ok(identity) => api.limits.take(Name::Api, identity).await,
        Err(_) => {
            let key = format!("address:{client}");
            api.limits.take_for(Name::Api, &key, Tier::Standard).await
        }
    }
}
