//! Pages of a conversation's history over REST.

use goose::goose::GooseMethod;
use serde::Deserialize;

use super::rest::Call;
use crate::socket::event::Message;

/// Messages asked for at a time; a server may give fewer.
pub(super) const PAGE: usize = 200;

/// Messages that somebody who scrolls asks for at a time.
const SCROLLED: usize = 50;

/// `GET /messages/conversation/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) messages: Vec<Message<'a>>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// The newest page of a conversation.
pub(super) fn newest(conversation: &str) -> String {
    format!("/api/v1/messages/conversation/{conversation}?limit={PAGE}")
}

/// The page before a `seq`.
pub(super) fn before(conversation: &str, seq: u64) -> String {
    format!("/api/v1/messages/conversation/{conversation}?beforeSeq={seq}&limit={SCROLLED}")
}

/// The page after a `seq`.
pub(super) fn after(conversation: &str, seq: u64) -> String {
    format!("/api/v1/messages/conversation/{conversation}?afterSeq={seq}&limit={PAGE}")
}

/// Reads such a page.
pub(super) fn call<'a>(path: &'a str, token: &'a str) -> Call<'a> {
    Call {
        method: GooseMethod::Get,
        path,
        name: "/messages/conversation/{id}",
        token: Some(token),
        body: None,
        idempotency_key: None,
    }
}
