//! One thing that can be set: its name in the file, from which the environment's and the flag's follow, and what it may be.

use super::{field::Field, role::Role};

/// A row of the [table](super::table).
pub(crate) struct Key {
    /// Sections and name, as the file has them: `kafka.lingerMillis`.
    pub(crate) path: String,
    /// What it is, as one sentence or two.
    pub(crate) doc: &'static str,
    /// Which commands look at it.
    pub(crate) roles: &'static [Role],
    /// Where it may stand in clear.
    pub(crate) secrecy: Secrecy,
    /// A variable of everybody's that says the same, where ours does not.
    pub(super) standard: Option<&'static str>,
    /// Its type and its place in the settings.
    pub(crate) field: Box<dyn Field>,
}

/// Where a value may stand in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Anywhere.
    Open,
    /// Anywhere as long as there is no password in it.
    Url,
    /// In the environment, or in a file of its own.
    Secret,
}

/// How a value is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// It stands there itself.
    Value,
    /// The path of a file that holds it stands there.
    File,
}

impl Key {
    /// One that all commands look at, and that is no secret.
    pub(super) fn new(path: impl Into<String>, doc: &'static str, field: impl Field + 'static) -> Self {
        Self {
            path: path.into(),
            doc,
            roles: Role::ALL,
            secrecy: Secrecy::Open,
            standard: None,
            field: Box::new(field),
        }
    }

    /// The same, for these commands only.
    pub(super) fn of(self, roles: &'static [Role]) -> Self {
        Self { roles, ..self }
    }

    /// The same, as a secret.
    pub(super) fn secret(self) -> Self {
        Self {
            secrecy: Secrecy::Secret,
            ..self
        }
    }

    /// The same, as an address in which a password may be.
    pub(super) fn url(self) -> Self {
        Self {
            secrecy: Secrecy::Url,
            ..self
        }
    }

    /// The same, which a variable that other programs know too can say.
    pub(super) fn also(self, standard: &'static str) -> Self {
        Self {
            standard: Some(standard),
            ..self
        }
    }

    /// The section that it stands in; none for the first few.
    pub(crate) fn section(&self) -> Option<&str> {
        self.path.split_once('.').map(|(section, _)| section)
    }
}

/// `kafka.lingerMillis` in the environment: `TALKLINE_KAFKA_LINGER_MILLIS`.
pub(crate) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", words(path).join("_").to_uppercase())
}

/// `kafka.lingerMillis` as a flag: `kafka-linger-millis`.
pub(super) fn flag(path: &str) -> String {
    words(path).join("-")
}

/// What all our variables begin with.
pub(super) const PREFIX: &str = "TALKLINE_";

/// The words of a path, in lower case: a dot, a capital and the first of some digits begin one.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = '.';
    for letter in path.chars() {
        let begins = letter.is_uppercase() || letter.is_ascii_digit() && !previous.is_ascii_digit();
        if letter == '.' || begins && previous != '.' {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter != '.', words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_path() {
        for (path, expected) in [
            ("listen", "TALKLINE_LISTEN"),
            ("jwtKeys", "TALKLINE_JWT_KEYS"),
            ("kafka.brokers", "TALKLINE_KAFKA_BROKERS"),
            ("auth.password.hash.memoryKib", "TALKLINE_AUTH_PASSWORD_HASH_MEMORY_KIB"),
            (
                "limits.authFailuresPer15Minutes",
                "TALKLINE_LIMITS_AUTH_FAILURES_PER_15_MINUTES",
            ),
        ] {
            assert_eq!(variable(path), expected);
        }
        assert_eq!(flag("kafka.tls.caFile"), "kafka-tls-ca-file");
    }
}
