//! Which web pages may talk to the gateway.

/// The origins, besides the gateway's own, whose pages may use the API and the sockets. What is no web page sends no
/// `Origin` and is not meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// These origins, such as `https://chat.example.org`; `*` stands for any.
    pub fn new(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let tidy = |origin: String| origin.trim_end_matches('/').to_ascii_lowercase();
        Self(origins.into_iter().map(|origin| tidy(origin.into())).collect())
    }

    /// Whether this origin's pages may read answers.
    pub fn lists(&self, origin: &str) -> bool {
        let same = |allowed: &String| allowed.eq_ignore_ascii_case(origin);
        self.listed().is_none_or(|list| list.iter().any(same))
    }

    /// The origins one by one; none stands for any.
    pub fn listed(&self) -> Option<&[String]> {
        let any = self.0.iter().any(|origin| origin == "*");
        (!any).then_some(&self.0[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_pages_only() {
        let origins = Origins::new(["https://Chat.example.org/"]);
        assert!(origins.lists("https://chat.example.org"));
        for bad in [
            "https://evil.example.org",
            "null",
            "http://chat.example.org",
            "https://chat.example.org.evil.org",
            "*",
        ] {
            assert!(!origins.lists(bad), "{bad}");
            assert!(!Origins::default().lists(bad), "{bad}");
        }
        assert!(Origins::new(["*"]).lists("https://any.example"));
    }
}
