//! A problem as bytes: the JSON object, the HTTP response around it, and the socket's ack.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::ToSchema;

use super::{FieldError, Problem};
use crate::trace;

/// The object that a client reads (RFC 9457).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemBody<'a> {
    /// Where the code is explained, relative to the server.
    #[serde(rename = "type")]
    pub type_: String,
    /// What the code says to people.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// What is particular about this occurrence; the title again where nothing is.
    pub detail: &'a str,
    /// The stable code, SCREAMING_SNAKE.
    pub code: &'a str,
    /// The fields that are wrong; empty where it is not about fields.
    pub errors: &'a [FieldError],
    /// Milliseconds after which trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Finds the request in the logs: a W3C trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl Problem {
    /// The object that a client reads, with the trace id of the running request.
    pub fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            type_: format!("/docs#{}", self.0.code.as_str()),
            title: self.0.code.title(),
            status: self.0.code.status().as_u16(),
            detail: self.0.detail.as_deref().unwrap_or(self.0.code.title()),
            code: self.0.code.as_str(),
            errors: &self.0.errors,
            retry_after_ms: self.0.retry_after.map(whole_millis),
            trace_id: trace::current().map(|trace| trace.id()),
        }
    }

    /// The acknowledgement of a socket event that failed: `{"ok": false, "error": …}`.
    pub fn ack(&self) -> impl Serialize + '_ {
        Ack(self)
    }
}

struct Ack<'a>(&'a Problem);

impl Serialize for Ack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("ok", &false)?;
        map.serialize_entry("error", &self.0.body())?;
        map.end()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.code.status(), axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(after) = self.0.retry_after {
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(after.as_millis().div_ceil(1000) as u64),
            );
        }
        if let Some(standing) = &self.0.standing {
            standing.write(headers);
        }
        if self.0.code.status() == http::StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // For the access log and the metrics, which see the response only.
        response.extensions_mut().insert(self.0.code);
        response
    }
}

/// Rounded up, so that a client that waits exactly so long is not too early.
fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}
