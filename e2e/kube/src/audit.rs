//! The API server's own record of who asked it for what: the only witness of how an identity uses its rights.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asked: a user, or `system:serviceaccount:NAMESPACE:NAME`.
    pub user: String,
    /// What for, as roles name it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// The API group; empty for the core one.
    pub group: String,
    /// The resource, and its subresource if it was about one: `pods`, `deployments/scale`. Empty where no resource was asked for.
    pub resource: String,
    /// The namespace; empty for what lies in none.
    pub namespace: String,
    /// The object's name; empty where there is none, or the server was to choose it.
    pub name: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Whether the user had no right to it. A status of 403 can mean something else: that a definition is on its way out, for one.
    pub is_forbidden: bool,
}

impl Request {
    /// Whether it would change something.
    pub fn writes(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

/// What an audit log says, in its order. A line that is still being written is not there yet.
///
/// # Errors
/// When it cannot be read, or a line is no request.
pub fn requests(log: &Path) -> Result<Vec<Request>> {
    let text = fs::read_to_string(log).with_context(|| log.display().to_string())?;
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(request).collect()
}

fn request(line: &str) -> Result<Request> {
    let event: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
    let word = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut resource = word("/objectRef/resource");
    let subresource = word("/objectRef/subresource");
    if !subresource.is_empty() {
        resource = format!("{resource}/{subresource}");
    }
    let status = event.pointer("/responseStatus/code").and_then(Value::as_u64);
    let decision = word("/annotations/authorization.k8s.io~1decision");
    Ok(Request {
        user: word("/user/username"),
        verb: word("/verb"),
        group: word("/objectRef/apiGroup"),
        resource,
        namespace: word("/objectRef/namespace"),
        name: word("/objectRef/name"),
        status: status.and_then(|status| status.try_into().ok()).unwrap_or_default(),
        is_forbidden: decision == "forbid",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_requests_and_half_a_line_does_not() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let whole = r#"{"verb":"patch","user":{"username":"kwok"},"objectRef":{"resource":"pods","subresource":"status","namespace":"a","name":"b"},"responseStatus":{"code":200}}"#;
        fs::write(log.path(), format!("{whole}\n{{\"verb\":")).unwrap();
        let expected = Request {
            user: "kwok".to_owned(),
            verb: "patch".to_owned(),
            group: String::new(),
            resource: "pods/status".to_owned(),
            namespace: "a".to_owned(),
            name: "b".to_owned(),
            status: 200,
            is_forbidden: false,
        };
        assert_eq!(requests(log.path()).unwrap(), [expected]);
        let forbidden =
            r#"{"verb":"get","responseStatus":{"code":403},"annotations":{"authorization.k8s.io/decision":"forbid"}}"#;
        fs::write(log.path(), format!("{forbidden}\n")).unwrap();
        assert!(requests(log.path()).unwrap()[0].is_forbidden);
    }
}
