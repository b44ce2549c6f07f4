//! Who somebody is: passwords, logins, tokens, and what makes them end.

mod identity;

pub use identity::Identity;
