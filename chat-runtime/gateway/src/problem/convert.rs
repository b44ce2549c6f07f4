//! What the core's refusals and errors are to a client.

use talkline_core::{Error, ErrorKind, conversation::Reason};

use super::{Code, Problem};

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::new(match reason {
            Reason::NotAMember => Code::NotAMember,
            Reason::NotAllowed => Code::NotAllowed,
            Reason::MessageNotFound => Code::MessageNotFound,
            Reason::MessageDeleted => Code::MessageDeleted,
            Reason::DirectIsFixed => Code::DirectIsFixed,
            Reason::TooManyMembers => Code::TooManyMembers,
            Reason::Quarantined => Code::Quarantined,
        })
    }
}

impl From<Error> for Problem {
    /// Logs the cause: this is where an error of a port ends.
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Closed => Code::Unavailable,
            ErrorKind::Overloaded => Code::Overloaded,
            _ => Code::Internal,
        };
        tracing::error!(%error, code = code.as_str(), "a port failed");
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_may_recover_says_when_to_come_back() {
        let problem = |kind| {
            Problem::from(Error::new(kind, "store.page", "down"))
                .body()
                .retry_after_ms
        };
        assert_eq!(problem(ErrorKind::Unavailable), Some(1000));
        assert_eq!(problem(ErrorKind::Overloaded), Some(1000));
        assert_eq!(problem(ErrorKind::Corrupt), None);
    }

    #[test]
    fn the_cause_stays_inside() {
        let problem = Problem::from(Error::new(ErrorKind::Conflict, "store.append", "secret"));
        let text = serde_json::to_string(&problem.body()).unwrap();
        assert!(!text.contains("secret") && !text.contains("store"), "{text}");
        assert_eq!(problem.code(), Code::Internal);
    }

    #[test]
    fn reasons_keep_their_names() {
        for reason in [
            Reason::NotAMember,
            Reason::NotAllowed,
            Reason::MessageNotFound,
            Reason::MessageDeleted,
            Reason::DirectIsFixed,
            Reason::TooManyMembers,
            Reason::Quarantined,
        ] {
            let name = serde_json::to_value(reason).unwrap();
            assert_eq!(name, Problem::from(reason).code().as_str());
        }
    }
}
