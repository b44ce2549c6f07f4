//! Every way in which a request can fail, in one table: the stable code, the HTTP status and the title.
//!
//! Clients act on the code. A code, once published, keeps its meaning; the title is for people.

use http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:ident, $title:literal;)+) => {
        /// A stable code of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All codes, in the order of the table: for the documentation page and its tests.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as clients see it: SCREAMING_SNAKE.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What it says to people, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What it means and what a client can do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not of the expected types. `errors` names the field.
    MalformedBody = "MALFORMED_BODY", BAD_REQUEST, "The body cannot be read";
    /// A value is outside its bounds. `errors` names every such field.
    Invalid = "INVALID", UNPROCESSABLE_ENTITY, "A value is not valid";
    /// A path or query parameter is not of the expected form. `errors` names it.
    InvalidParameter = "INVALID_PARAMETER", BAD_REQUEST, "A parameter is not valid";
    /// No token, or one that is not (or no longer) good. Log in again.
    Unauthenticated = "UNAUTHENTICATED", UNAUTHORIZED, "A valid access token is needed";
    /// The access token has expired. Refresh it.
    TokenExpired = "TOKEN_EXPIRED", UNAUTHORIZED, "The access token has expired";
    /// The address or the password is wrong; which of them is not said.
    InvalidCredentials = "INVALID_CREDENTIALS", UNAUTHORIZED, "The address or the password is wrong";
    /// The refresh token is unknown, used, expired or of an ended login. Log in again.
    RefreshRefused = "REFRESH_REFUSED", UNAUTHORIZED, "The refresh token is not good";
    /// Browsers may connect only from the origins that the operator allows.
    ForbiddenOrigin = "FORBIDDEN_ORIGIN", FORBIDDEN, "This origin is not allowed";
    /// Nobody may register here, or nobody with an address of this domain.
    RegistrationClosed = "REGISTRATION_CLOSED", FORBIDDEN, "Registration is not open to this address";
    /// Somebody has registered with this address.
    EmailTaken = "EMAIL_TAKEN", CONFLICT, "This address is taken";
    /// Nothing is served under this path, or no such event exists.
    NotFound = "NOT_FOUND", NOT_FOUND, "Nothing is here";
    /// The path exists, with other methods: see the `Allow` header.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", METHOD_NOT_ALLOWED, "This method is not served here";
    /// Bodies are `application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE, "Bodies of this type are not understood";
    /// The body or the event is larger than the limit.
    TooLarge = "PAYLOAD_TOO_LARGE", PAYLOAD_TOO_LARGE, "The request is too large";
    /// A limit is used up. `retryAfterMs` says when the next request can pass.
    RateLimited = "RATE_LIMITED", TOO_MANY_REQUESTS, "Too many requests";
    /// There is no such user.
    UserNotFound = "USER_NOT_FOUND", NOT_FOUND, "There is no such user";
    /// There is no such conversation, or one is no member of it: from outside the two look alike.
    NotAMember = "NOT_A_MEMBER", FORBIDDEN, "Only members can do this";
    /// Only the sender may do this, or with a group's admins.
    NotAllowed = "NOT_ALLOWED", FORBIDDEN, "This is for the sender, or for an admin";
    /// There is no such message, or none that one can see.
    MessageNotFound = "MESSAGE_NOT_FOUND", NOT_FOUND, "There is no such message";
    /// The message is deleted and takes no changes any more.
    MessageDeleted = "MESSAGE_DELETED", GONE, "The message is deleted";
    /// A direct conversation has its two members, no name and no end.
    DirectIsFixed = "DIRECT_IS_FIXED", CONFLICT, "A direct conversation cannot be changed";
    /// The group would have more members than a group can have.
    TooManyMembers = "TOO_MANY_MEMBERS", CONFLICT, "The group would be too large";
    /// The conversation's documents contradict each other. It takes no writes until an operator has looked at it.
    Quarantined = "QUARANTINED", SERVICE_UNAVAILABLE, "The conversation is out of service";
    /// The answer did not come in time. Whether the request took effect is unknown; the same one again is safe.
    Timeout = "TIMEOUT", GATEWAY_TIMEOUT, "The answer did not come in time";
    /// Something that the gateway needs does not answer. The same request later can succeed.
    Unavailable = "UNAVAILABLE", SERVICE_UNAVAILABLE, "The service cannot answer just now";
    /// A queue is full. The same request later can succeed.
    Overloaded = "OVERLOADED", SERVICE_UNAVAILABLE, "The service has too much to do just now";
    /// A defect of the service. The `traceId` finds it in the logs.
    Internal = "INTERNAL", INTERNAL_SERVER_ERROR, "Something went wrong inside";
}

impl Code {
    /// Whether the same request can succeed a moment later, without anybody doing anything about it.
    pub const fn may_pass_soon(self) -> bool {
        matches!(self, Self::Unavailable | Self::Overloaded)
    }
}
