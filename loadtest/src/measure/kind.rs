//! What is timed: the requests of the scenarios, each a row of one table, and what follows from them.

use std::fmt::{self, Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How a kind is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A message over the socket, with everything that the checker wants to know of it.
    Message,
    /// Another event over the socket.
    Command,
    /// An event over the socket that has no acknowledgement: it is counted, but is no request and has no latency.
    Signal,
    /// The socket is closed, and another one opened.
    Connect,
    /// A request over REST.
    Rest,
    /// It is not done, but follows from others.
    Measured,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal: $way:ident;)+) => {
        /// What is timed, always from the moment that it was meant to start.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Kind {
            /// Every kind, in the order of reports.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$name),+];

            /// As reports, metrics and scenario files name it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What is done, in a line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii_start(),)+ }
            }

            /// How it is done.
            #[must_use]
            pub const fn way(self) -> Way {
                match self { $(Self::$name => Way::$way,)+ }
            }
        }
    };
}

kinds! {
    /// `chat:send` until its acknowledgement.
    Ack = "ack": Message;
    /// A message until another member's socket had it.
    Delivery = "delivery": Measured;
    /// The harness's own lateness, until it got to starting something.
    Lag = "lag": Measured;
    /// `chat:seen`: read up to the newest message.
    Seen = "seen": Command;
    /// `chat:delivered`: received up to the newest message.
    Delivered = "delivered": Command;
    /// `chat:typing:start`.
    Typing = "typing": Signal;
    /// `chat:typing:stop`.
    TypingStop = "typing-stop": Signal;
    /// `chat:join`: looks at the conversation.
    Join = "join": Command;
    /// `chat:leave`: looks at it no longer.
    Leave = "leave": Command;
    /// `chat:sync` by somebody who lacks nothing.
    Sync = "sync": Command;
    /// `message:react`, and taken back the next time.
    React = "react": Command;
    /// `message:update` of the newest message of one's own.
    Edit = "edit": Command;
    /// `message:delete` of the newest message of one's own but one.
    Delete = "delete": Command;
    /// `auth:renew`, with the token that the socket came with.
    Renew = "renew": Command;
    /// `presence:set`.
    PresenceSet = "presence-set": Command;
    /// `presence:get` of the other members, 20 at most.
    PresenceGet = "presence-get": Command;
    /// A socket closed, until the next one is open and authenticated.
    Connect = "connect": Connect;
    /// `GET /messages/conversation/{id}`: the newest page.
    History = "history": Rest;
    /// `GET /messages/conversation/{id}?beforeSeq`: a page from anywhere in the history.
    Scroll = "scroll": Rest;
    /// `GET /messages/since/{messageId}`: what came after the newest message of one's own.
    Since = "since": Rest;
    /// `GET /chat/history/{conversationId}`: the newest page, by its older name.
    ChatHistory = "chat-history": Rest;
    /// `GET /chat/recent`: the newest conversations, by their older name.
    Recent = "recent": Rest;
    /// `POST /chat/send`: a message, checked like those over sockets.
    RestSend = "rest-send": Rest;
    /// `PUT /messages/status`: read up to the newest message.
    Status = "status": Rest;
    /// `PATCH /messages/{id}` of the newest message of one's own.
    RestEdit = "rest-edit": Rest;
    /// `PUT /messages/{id}/reactions/{emoji}`.
    RestReact = "rest-react": Rest;
    /// `DELETE /messages/{id}/reactions/{emoji}`.
    RestUnreact = "rest-unreact": Rest;
    /// `DELETE /messages/{id}` of the newest message of one's own but one.
    RestDelete = "rest-delete": Rest;
    /// `GET /messages/{id}`: who it reached, and who read it.
    Details = "details": Rest;
    /// `GET /conversations`: the newest 20.
    Conversations = "conversations": Rest;
    /// `GET /conversations/{id}`.
    Conversation = "conversation": Rest;
    /// `POST /conversations`: a direct one with another member, which is there from the second time on.
    Open = "open": Rest;
    /// `POST /groups/create`: a group for the requests below.
    GroupCreate = "group-create": Rest;
    /// `PATCH /groups/{id}/rename`.
    GroupRename = "group-rename": Rest;
    /// `PATCH /groups/{id}/members`: somebody is removed, or added again.
    GroupMembers = "group-members": Rest;
    /// `POST /groups/{id}/leave`.
    GroupLeave = "group-leave": Rest;
    /// `DELETE /groups/{id}`.
    GroupDelete = "group-delete": Rest;
    /// `GET /search/messages` in the conversation.
    Search = "search": Rest;
    /// `GET /me`.
    Me = "me": Rest;
    /// `PUT /profile`.
    Profile = "profile": Rest;
    /// `GET /users?query`, 20 at most.
    FindUsers = "find-users": Rest;
    /// `GET /user/{id}`.
    User = "user": Rest;
    /// `GET /users/{id}/presence`.
    Presence = "presence": Rest;
    /// `GET /monitoring/health`.
    Health = "health": Rest;
    /// `POST /auth/login`: a password is hashed.
    Login = "login": Rest;
    /// `POST /auth/register` of somebody new: a password is hashed.
    Register = "register": Rest;
    /// `POST /auth/refresh` by somebody who registered during the run.
    Refresh = "refresh": Rest;
    /// `POST /auth/logout` of somebody who registered during the run.
    Logout = "logout": Rest;
}

impl Kind {
    /// The kind of this name. A message is called `ack` by what is timed, and `send` by what is done.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "send" { "ack" } else { name };
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is a request with an answer: what adds up to the requests a second.
    #[must_use]
    pub const fn is_request(self) -> bool {
        !matches!(self.way(), Way::Measured | Way::Signal)
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format!("there is no kind of request called {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_are_each_ones_own() {
        for (position, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, position);
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("sends"), None);
        assert_eq!(Kind::Ack.summary(), "`chat:send` until its acknowledgement.");
    }
}
