//! What a request's query asks for.

use super::answer::BadRequest;

/// The parameters that mean something to a server of Engine.IO 4.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) kind: Kind,
    /// The session, unless a new one is asked for.
    pub(super) sid: Option<Box<str>>,
}

/// The transport asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Polling,
    WebSocket,
}

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, BadRequest> {
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
                .map(|(_, value)| value)
        };
        if value("EIO") != Some("4") {
            return Err(BadRequest::UnsupportedVersion);
        }
        let kind = match value("transport") {
            Some("polling") => Kind::Polling,
            Some("websocket") => Kind::WebSocket,
            _ => return Err(BadRequest::UnknownTransport),
        };
        let sid = value("sid");
        // The library's ids are base64url; what is none cannot name a session, and must not open a new one either.
        let plain =
            |sid: &str| !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !sid.is_none_or(plain) {
            return Err(BadRequest::UnknownSession);
        }
        Ok(Self {
            kind,
            sid: sid.map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_the_protocol_has() {
        for (query, expected) in [
            ("EIO=4&transport=polling", Ok((Kind::Polling, None))),
            ("transport=websocket&t=abc&EIO=4", Ok((Kind::WebSocket, None))),
            ("EIO=4&transport=polling&sid=Ab-_9", Ok((Kind::Polling, Some("Ab-_9")))),
            ("EIO=3&transport=polling", Err(BadRequest::UnsupportedVersion)),
            ("EIO=abc&transport=polling", Err(BadRequest::UnsupportedVersion)),
            ("transport=polling", Err(BadRequest::UnsupportedVersion)),
            ("", Err(BadRequest::UnsupportedVersion)),
            ("EIO=4", Err(BadRequest::UnknownTransport)),
            ("EIO=4&transport=webtransport", Err(BadRequest::UnknownTransport)),
            ("EIO=4&transport=polling&sid=", Err(BadRequest::UnknownSession)),
            ("EIO=4&transport=polling&sid=a%20b", Err(BadRequest::UnknownSession)),
        ] {
            let expected = expected.map(|(kind, sid)| Query {
                kind,
                sid: sid.map(Into::into),
            });
            assert_eq!(Query::parse(query), expected, "{query}");
        }
    }
}
