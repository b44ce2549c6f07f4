//! Who we are to a server.

use crate::Secret;

/// A user and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}
