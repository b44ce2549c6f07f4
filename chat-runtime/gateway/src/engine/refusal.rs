//! Why a connection to the chat is refused: one table, from which what clients get and what they can read is made.

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// Why a connection is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error("{}", self.message())]
        pub enum Refusal {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Refusal {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The `message` of the client's `connect_error`.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means and what a client can do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)+ }
            }
        }
    };
}

refusals! {
    /// No token, or one that does not hold. Log in again.
    Unauthenticated = "UNAUTHENTICATED";
    /// The token was good once. Refresh it and connect again.
    TokenExpired = "TOKEN_EXPIRED";
    /// A page of an origin that may not connect.
    ForbiddenOrigin = "FORBIDDEN_ORIGIN";
    /// The user has as many sockets as they may, on all gateways together. Connect again when one of them has ended;
    /// one whose network is lost ends when it has not answered a ping.
    TooManySockets = "TOO_MANY_SOCKETS";
    /// The chat could not decide in time, or failed to. Connect again later.
    Unavailable = "UNAVAILABLE";
}
