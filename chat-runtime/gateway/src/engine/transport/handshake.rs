//! The WebSocket opening handshake, server side (RFC 6455, section 4.2).

use axum::{body::Body, response::Response};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use sha1::{Digest, Sha1};

use super::answer::BadRequest;

/// What a server appends to the client's key before it hashes it (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Checks the request; answers the value of `Sec-WebSocket-Accept`.
pub(super) fn check<B>(request: &Request<B>) -> Result<HeaderValue, BadRequest> {
    let headers = request.headers();
    let version = headers.get(header::SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes);
    let proper = request.method() == Method::GET
        && has_token(headers, header::CONNECTION, "upgrade")
        && has_token(headers, header::UPGRADE, "websocket")
        && version == Some(b"13");
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|_| proper)
        .ok_or(BadRequest::BadHandshake)?;
    // A key is 16 bytes; what is none comes from no WebSocket client.
    BASE64_STANDARD
        .decode(key)
        .ok()
        .filter(|key| key.len() == 16)
        .ok_or(BadRequest::BadHandshake)?;
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
    HeaderValue::try_from(BASE64_STANDARD.encode(digest)).map_err(|_| BadRequest::BadHandshake)
}

/// The answer after which the connection is a WebSocket.
pub(super) fn switch(accept: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// Whether the comma-separated list in `name` has `token`.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The handshake of RFC 6455, section 1.3.
    fn request() -> http::request::Builder {
        Request::get("/socket.io/?EIO=4&transport=websocket")
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    #[test]
    fn answers_the_rfcs_example() {
        let request = request().body(()).expect("a request");
        assert_eq!(check(&request).expect("a handshake"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn refuses_anything_else() {
        type Spoil = fn(&mut Request<()>);
        let spoilt: [(&str, Spoil); 6] = [
            ("method", |request| *request.method_mut() = Method::POST),
            ("connection", |request| drop(request.headers_mut().remove("connection"))),
            ("upgrade", |request| {
                drop(request.headers_mut().insert("upgrade", HeaderValue::from_static("h2c")))
            }),
            ("version", |request| {
                drop(
                    request
                        .headers_mut()
                        .insert("sec-websocket-version", HeaderValue::from(8)),
                )
            }),
            ("no key", |request| {
                drop(request.headers_mut().remove("sec-websocket-key"))
            }),
            ("bad key", |request| {
                drop(
                    request
                        .headers_mut()
                        .insert("sec-websocket-key", HeaderValue::from_static("x")),
                )
            }),
        ];
        for (what, spoil) in spoilt {
            let mut request = request().body(()).expect("a request");
            spoil(&mut request);
            assert_eq!(check(&request), Err(BadRequest::BadHandshake), "{what}");
        }
    }
}
