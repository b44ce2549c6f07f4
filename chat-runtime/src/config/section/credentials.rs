//! User and password for a server: the same two keys for each of them.

use talkline_cluster::{Credentials, Secret};

use crate::config::{
    field::{secret, text_if_any},
    key::Key,
    settings::Settings,
};

/// User and password as they are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Login {
    username: Option<String>,
    password: Option<Secret>,
}

/// The keys below `section`, whose login `of` finds.
pub(super) fn keys(section: &str, of: fn(&mut Settings) -> &mut Login) -> Vec<Key> {
    vec![
        Key::new(
            format!("{section}.username"),
            "The user's name.",
            text_if_any("a name", |text| !text.is_empty(), move |s| &mut of(s).username),
        ),
        Key::new(
            format!("{section}.password"),
            "The user's password.",
            secret(move |s| &mut of(s).password),
        )
        .secret(),
    ]
}

impl Login {
    /// Both, or neither.
    ///
    /// # Errors
    /// One without the other.
    pub(super) fn credentials(&self, section: &str) -> Result<Option<Credentials>, String> {
        match (&self.username, &self.password) {
            (Some(username), Some(password)) => Ok(Some(Credentials {
                username: username.clone(),
                password: password.clone(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(format!("{section}.username has no {section}.password")),
            (None, Some(_)) => Err(format!("{section}.password has no {section}.username")),
        }
    }
}
