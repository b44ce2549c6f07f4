//! How a failure is told to a client: RFC 9457 problem details over HTTP, and the same object in a socket's ack.
//!
//! A [`Problem`] is made where a request fails and rendered once, at the boundary, where the trace id joins it. It
//! says nothing of the inside: causes are logged where they are handled.

mod code;
mod convert;
mod render;

use std::{borrow::Cow, time::Duration};

pub use code::Code;
pub use render::ProblemBody;
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::Standing;

/// How soon a client may try again what failed for want of a dependency or of a place in a queue.
const SOON: Duration = Duration::from_secs(1);

/// A failed request.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Parts>);

/// Behind a pointer: nearly every function of the gateway can return one, and hardly any call does.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    code: Code,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    standing: Option<Standing>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's path in the body, such as `members[2]`; or the parameter's name.
    pub field: String,
    /// What it should be.
    pub message: String,
}

impl Problem {
    /// The problem of this code.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: code.may_pass_soon().then_some(SOON),
            standing: None,
        }))
    }

    /// One field whose value is outside its bounds.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::Invalid).with_error(field, message)
    }

    /// A limit that is used up.
    pub fn rate_limited(standing: Standing) -> Self {
        let mut problem = Self::new(Code::RateLimited).with_retry_after(standing.decision.retry_after);
        problem.0.standing = Some(standing);
        problem
    }

    /// With what is particular about this occurrence. No personal data, no message text.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// With one more field that is wrong.
    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// With the time after which trying again can help.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// What went wrong.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code.as_str())?;
        match &self.0.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
