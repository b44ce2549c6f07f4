//! Query parameters.

use std::error::Error;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// The query's parameters; those that the handler does not know are ignored.
pub(in crate::rest) struct Parameters<T>(pub(in crate::rest) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                // `serde_path_to_error` writes "name: what is wrong".
                let text = rejection.source().map(ToString::to_string).unwrap_or_default();
                let (field, message) = text.split_once(": ").unwrap_or(("", &text));
                Err(Problem::new(Code::InvalidParameter).with_error(field, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Page {
        limit: Option<u16>,
    }

    async fn read(query: &str) -> Result<Option<u16>, Problem> {
        let (mut parts, ()) = Request::get(format!("/x?{query}")).body(()).unwrap().into_parts();
        let page = Parameters::<Page>::from_request_parts(&mut parts, &()).await;
        page.map(|Parameters(page)| page.limit)
    }

    #[tokio::test]
    async fn the_parameter_is_named() {
        assert_eq!(read("limit=7&other=1").await, Ok(Some(7)));
        assert_eq!(read("").await, Ok(None));
        for bad in ["limit=x", "limit=-1", "limit=70000", "limit=", "limit=1&limit=2"] {
            let problem = read(bad).await.unwrap_err();
            assert_eq!(problem.code(), Code::InvalidParameter, "{bad}");
            assert!(!problem.errors().is_empty(), "{bad}");
        }
        assert_eq!(read("limit=x").await.unwrap_err().errors()[0].field, "limit");
    }
}
