//! REST calls through a goose user, patient with a server that is busy or away.

use std::time::Duration;

use goose::{
    goose::{GooseMethod, GooseRequest, GooseUser},
    prelude::TransactionError,
};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde_json::Value;
use tokio::time::Instant;

use super::load::Load;
use crate::{socket::event::Problem, target::Target};

/// How long a call is tried for in all: setting up and verifying survive a restart of the server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two attempts, unless the server asks for more.
const PAUSE: Duration = Duration::from_millis(250);

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: GooseMethod,
    /// From `/api/v1` on.
    pub(super) path: &'a str,
    /// As goose reports it: the route, without ids.
    pub(super) name: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Option<&'a Value>,
    /// Makes a repetition safe where the route needs it.
    pub(super) idempotency_key: Option<&'a str>,
}

/// An answer, whatever its status but 429, 502, 503 and 504.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The status and as much of the body as a line takes.
    pub(super) fn describe(&self) -> String {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        format!("{} {body}", self.status)
    }

    /// A problem's stable code, or the status of what is no problem; and the server's id of it, if it says one.
    pub(super) fn refusal(&self) -> (Box<str>, Option<Box<str>>) {
        match serde_json::from_slice::<Problem>(&self.body) {
            Ok(problem) if !problem.code.is_empty() => (problem.code, problem.trace_id),
            _ => (self.status.to_string().into(), None),
        }
    }
}

/// Why there is no answer, in one line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The network, the last time that it was tried.
    #[error("{name}: {why}")]
    Failed { name: String, why: String },
    /// The run was aborted meanwhile.
    #[error("aborted")]
    Aborted,
}

impl From<Error> for Box<TransactionError> {
    fn from(error: Error) -> Self {
        error.to_string().into()
    }
}

/// Makes the call once, to that server. `Ok(Err(…))` says after what time to try again, and why.
pub(super) async fn attempt(
    user: &mut GooseUser,
    target: &Target,
    call: &Call<'_>,
) -> Result<Result<Answer, (Duration, String)>, Error> {
    let failed = |why: String| Error::Failed {
        name: call.name.to_owned(),
        why,
    };
    // Goose has one host, but takes a whole URL.
    let url = format!("{}{}", target.base(), call.path);
    let mut builder = user
        .get_request_builder(&call.method, &url)
        .map_err(|error| failed(error.to_string()))?;
    if let Some(token) = call.token {
        builder = builder.bearer_auth(token);
    }
    if let Some(body) = call.body {
        builder = builder.json(body);
    }
    if let Some(key) = call.idempotency_key {
        builder = builder.header("Idempotency-Key", key);
    }
    let request = GooseRequest::builder()
        .method(call.method)
        .path(call.path)
        .name(call.name);
    let response = user.request(request.set_request_builder(builder).build()).await;
    let response = match response.map_err(|error| failed(error.to_string()))?.response {
        Ok(response) => response,
        Err(error) => return Ok(Err((PAUSE, chain(&error)))),
    };
    let (status, wait) = (response.status(), retry_after(response.headers()));
    match response.bytes().await {
        Ok(_) if matches!(status.as_u16(), 429 | 502..=504) => Ok(Err((wait, status.to_string()))),
        Ok(body) => Ok(Ok(Answer {
            status,
            body: body.into(),
        })),
        Err(error) => Ok(Err((PAUSE, chain(&error)))),
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whole seconds, as the contract's servers send it.
fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs)
}

impl Load {
    /// Makes the call until it is answered, each attempt to the next gateway.
    ///
    /// # Errors
    /// After a minute without an answer, or when the run is aborted.
    pub(super) async fn call(&self, user: &mut GooseUser, call: Call<'_>) -> Result<Answer, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (wait, why) = match attempt(user, self.targets.next(), &call).await? {
                Ok(answer) => return Ok(answer),
                Err(again) => again,
            };
            if Instant::now() + wait > deadline {
                return Err(Error::Failed {
                    name: call.name.to_owned(),
                    why,
                });
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.aborted.cancelled() => return Err(Error::Aborted),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_says_how_long_to_wait() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), PAUSE);
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Duration::from_secs(7));
        headers.insert(RETRY_AFTER, "soon".parse().unwrap());
        assert_eq!(retry_after(&headers), PAUSE);
    }
}
