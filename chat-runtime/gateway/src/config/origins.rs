//! Which web pages may talk to the gateway.

/// The origins whose pages may use the API and the sockets. A page of the gateway's own origin always may, and so may
/// whatever is no web page (it sends no `Origin`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// These origins, such as `https://chat.example.org`; `*` stands for any.
    pub fn new(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let tidy = |origin: String| origin.trim_end_matches('/').to_ascii_lowercase();
        Self(origins.into_iter().map(|origin| tidy(origin.into())).collect())
    }

    /// Whether a request with this `Origin` header to this `Host` may pass.
    pub fn allows(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        let own = host.is_some_and(|host| {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
        });
        own || self.lists(origin)
    }

    /// Whether this origin is one of those that were given, so that its pages may read answers.
    pub fn lists(&self, origin: &str) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pages_listed_pages_and_programs() {
        let origins = Origins::new(["https://Chat.example.org/"]);
        assert!(origins.allows(None, Some("chat")));
        assert!(origins.allows(Some("http://127.0.0.1:8080"), Some("127.0.0.1:8080")));
        assert!(origins.allows(Some("https://chat.example.org"), Some("api.example.org")));
        for bad in [
            "https://evil.example.org",
            "null",
            "http://chat.example.org",
            "https://chat.example.org.evil.org",
        ] {
            assert!(!origins.allows(Some(bad), Some("api.example.org")), "{bad}");
        }
        assert!(Origins::new(["*"]).allows(Some("https://any.example"), None));
    }
}
