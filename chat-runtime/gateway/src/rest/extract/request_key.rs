//! The `Idempotency-Key` header: the client's id for a command, by which a retry is known.

use axum::extract::FromRequestParts;
use http::{HeaderName, request::Parts};
use utoipa::{
    IntoParams,
    openapi::{
        Object, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::problem::{Code, Problem};

/// The header's name.
pub(in crate::rest) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The client's id for this command, if it gave one. Its length is for the chat to check, as with `requestId`.
pub(in crate::rest) struct RequestKey(Option<String>);

impl RequestKey {
    pub(in crate::rest) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(in crate::rest) fn into_inner(self) -> Option<String> {
        self.0
    }
}

impl IntoParams for RequestKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = Object::builder().schema_type(Type::String).max_length(Some(128));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "Names this command: the same key again changes nothing and answers the same",
            ))
            .schema(Some(text));
        vec![parameter.build()]
    }
}

impl<S: Sync> FromRequestParts<S> for RequestKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let unreadable =
            || Problem::new(Code::InvalidParameter).with_error("Idempotency-Key", "must be one ASCII text");
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let first = values
            .next()
            .map(|value| value.to_str().map_err(|_| unreadable()))
            .transpose()?;
        match values.next() {
            Some(_) => Err(unreadable()),
            None => Ok(Self(first.map(str::to_owned))),
        }
    }
}
