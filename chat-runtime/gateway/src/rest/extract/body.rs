//! JSON bodies. What cannot be read is told with the path of the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// A JSON body.
pub(in crate::rest) struct Body<T>(pub(in crate::rest) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Code::UnsupportedMediaType).with_detail("bodies are application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

fn unread(rejection: BytesRejection) -> Problem {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Code::TooLarge)
    } else {
        Problem::new(Code::MalformedBody).with_detail("the body did not arrive as a whole")
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        malformed(&path, error.inner())
    })?;
    reader.end().map_err(|error| malformed(".", &error))?;
    Ok(value)
}

fn malformed(path: &str, error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        let (line, column) = (error.line(), error.column());
        return Problem::new(Code::MalformedBody).with_detail(format!("not JSON at line {line}, column {column}"));
    }
    let text = error.to_string();
    // serde_json adds the place in the text, which the path tells better.
    let message = text.split(" at line ").next().unwrap_or(&text);
    // A field that is not there is told by its own name, not by its parent's.
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    match (path, missing) {
        (".", Some(name)) => Problem::new(Code::MalformedBody).with_error(name, "is missing"),
        (_, Some(name)) => Problem::new(Code::MalformedBody).with_error(format!("{path}.{name}"), "is missing"),
        (".", None) => Problem::new(Code::MalformedBody).with_error("", message),
        (_, None) => Problem::new(Code::MalformedBody).with_error(path, message),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        number: u8,
    }

    #[test]
    fn the_field_is_named() {
        let field = |text: &str| {
            let problem = parse::<Outer>(text.as_bytes()).map(|outer| outer.list.iter().map(|i| i.number).sum::<u8>());
            let problem = problem.unwrap_err();
            assert_eq!(problem.code(), Code::MalformedBody);
            problem.errors().first().map(|error| error.field.clone())
        };
        assert_eq!(
            field(r#"{"list":[{"number":1},{"number":"x"}]}"#).as_deref(),
            Some("list[1].number")
        );
        assert_eq!(field(r#"{"list":[{}]}"#).as_deref(), Some("list[0].number"));
        assert_eq!(field("{}").as_deref(), Some("list"));
        assert_eq!(field("[1]").as_deref(), Some("[0]"));
        assert_eq!(field("7").as_deref(), Some(""));
        assert_eq!(field("{"), None);
        assert_eq!(field(r#"{"list":[]} more"#), None);
        assert_eq!(field(""), None);
    }
}
