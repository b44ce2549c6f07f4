//! The one list of what can be set. The readers of file, environment and flags, the check, the reference and the search for
//! the name that was meant all go through it.

use std::sync::LazyLock;

use super::{
    key::{self, By, Key, Secrecy},
    section,
};

/// A name under which a key can be given, with what it is in the environment and as a flag.
pub(crate) struct Spelling {
    /// The key.
    pub(crate) key: &'static Key,
    /// The key's place in the table.
    pub(super) index: usize,
    /// How it is given.
    pub(super) by: By,
    /// In a file.
    pub(crate) path: String,
    /// In the environment.
    pub(crate) variable: String,
    /// On the command line, without its hyphens.
    pub(super) flag: String,
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(section::keys);
static SPELLINGS: LazyLock<Vec<Spelling>> = LazyLock::new(|| KEYS.iter().enumerate().flat_map(of_key).collect());

/// All keys.
pub(crate) fn keys() -> &'static [Key] {
    &KEYS
}

/// All names.
pub(crate) fn spellings() -> &'static [Spelling] {
    &SPELLINGS
}

fn of_key((index, key): (usize, &'static Key)) -> Vec<Spelling> {
    let spelling = |by, path: String| Spelling {
        key,
        index,
        by,
        variable: key::variable(&path),
        flag: key::flag(&path),
        path,
    };
    let value = spelling(By::Value, key.path.clone());
    match key.secrecy {
        Secrecy::Open => vec![value],
        Secrecy::Url | Secrecy::Secret => vec![value, spelling(By::File, format!("{}File", key.path))],
    }
}

impl Spelling {
    /// Whether it may stand where others can see it: in the file of settings, or on the command line.
    pub(crate) fn is_open(&self) -> bool {
        self.by == By::File || self.key.secrecy != Secrecy::Secret
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_one_of_a_kind() {
        for name in [
            |s: &Spelling| s.path.clone(),
            |s: &Spelling| s.variable.clone(),
            |s: &Spelling| s.flag.clone(),
        ] {
            let names: BTreeSet<_> = spellings().iter().map(name).collect();
            assert_eq!(names.len(), spellings().len());
        }
    }

    #[test]
    fn the_contracts_names_are_there() {
        for variable in ["LISTEN", "ADMIN", "KAFKA_BROKERS", "MONGO_URL", "REDIS_URL", "JWT_KEYS"] {
            let variable = format!("TALKLINE_{variable}");
            assert!(
                spellings().iter().any(|spelling| spelling.variable == variable),
                "{variable}"
            );
        }
    }

    #[test]
    fn every_sentence_ends() {
        for key in keys() {
            assert!(key.doc.ends_with('.') && !key.doc.contains('\n'), "{}", key.path);
        }
    }
}
