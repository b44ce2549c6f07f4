//! The events that clients send: one table, from which the dispatch, the API description and the tests are made.

macro_rules! client_events {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal $(| $alias:literal)*;)+) => {
        /// An event that a client can send.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ClientEvent {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ClientEvent {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The event of this name or alias.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($text $(| $alias)* => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// Its name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it is for.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)+ }
            }
        }
    };
}

client_events! {
    /// Sends a message; acknowledged once the log has it durably.
    Send = "chat:send";
    /// Extends the socket's life by a newer token.
    Renew = "auth:renew";
    /// Everything up to `seq` has reached this device.
    Delivered = "chat:delivered";
    /// Everything up to `seq` was seen.
    Seen = "chat:seen";
    /// Types.
    TypingStart = "chat:typing:start";
    /// Types no longer.
    TypingStop = "chat:typing:stop";
    /// Looks at a conversation now.
    Join = "chat:join";
    /// Looks at a conversation no longer; delivery goes on.
    Leave = "chat:leave";
    /// Asks for what was missed.
    Sync = "chat:sync" | "requestMissingMessages";
    /// Gives a message of one's own another text.
    Update = "message:update";
    /// Deletes a message.
    Delete = "message:delete";
    /// Reacts to a message, or takes a reaction back.
    React = "message:react";
    /// Says to be active, or away.
    PresenceSet = "presence:set";
    /// Asks who is there.
    PresenceGet = "presence:get";
}

impl ClientEvent {
    /// Whether it counts against the limit of events: receipts and typing are gathered instead.
    pub const fn is_counted(self) -> bool {
        !matches!(
            self,
            Self::Delivered | Self::Seen | Self::TypingStart | Self::TypingStop
        )
    }
}
