//! Who somebody is: passwords, logins, tokens, and what makes them end.
//!
//! [`Authenticator`] answers for every request and socket who sent it. [`Accounts`] registers, logs in and ends
//! logins. What somebody may do in a conversation is the chat's to decide, not this module's.

mod accounts;
mod attempts;
mod authenticator;
mod identity;
mod keyring;
mod logins;
mod password;
mod token;

pub use accounts::{Accounts, Grant, Registration};
pub use authenticator::Authenticator;
pub use identity::Identity;
pub use keyring::{InvalidKeys, Keyring};
pub use password::Passwords;
