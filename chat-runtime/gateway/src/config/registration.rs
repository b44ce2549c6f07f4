//! Who may make an account.

use talkline_core::user::Email;

/// Who may register. Accounts that exist are not concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Anyone.
    #[default]
    Anyone,
    /// Whoever has an address of one of these domains, in lower case.
    Domains(Vec<String>),
    /// Nobody.
    Nobody,
}

impl Registration {
    /// Whether somebody with this address may register.
    pub fn allows(&self, email: &Email) -> bool {
        let domain = email.as_str().rsplit_once('@').map(|(_, domain)| domain);
        match self {
            Self::Anyone => true,
            Self::Domains(domains) => domains.iter().any(|allowed| Some(allowed.as_str()) == domain),
            Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_the_whole_domain() {
        let email = |text: &str| Email::try_from(text.to_owned()).unwrap();
        let domains = Registration::Domains(vec!["example.org".into()]);
        assert!(domains.allows(&email("ann@Example.org")));
        assert!(!domains.allows(&email("ann@evil-example.org")));
        assert!(!domains.allows(&email("ann@sub.example.org")));
        assert!(Registration::Anyone.allows(&email("ann@sub.example.org")));
        assert!(!Registration::Nobody.allows(&email("ann@example.org")));
    }
}
