//! The contract's socket events as the harness reads them: only the fields it checks, borrowed from the frame.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;

/// `chat:receive`, and a message of a history page or of `chat:sync`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    /// The message's id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Where it was said.
    #[serde(borrow)]
    pub conversation_id: Cow<'a, str>,
    /// Its number there.
    pub seq: u64,
    /// The sender's own name of it; missing for what the server itself says.
    #[serde(borrow, default)]
    pub client_message_id: Cow<'a, str>,
}

/// The error object of an acknowledgement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable, `SCREAMING_SNAKE`.
    #[serde(default)]
    pub code: Box<str>,
    /// When a limit was hit: how long to wait, in ms.
    pub retry_after_ms: Option<u64>,
    /// The server's id of what was refused, to look for in its logs and traces.
    #[serde(default)]
    pub trace_id: Option<Box<str>>,
}

/// Any acknowledgement, as far as it says whether it went well.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// Whether it was done.
    pub ok: bool,
    /// Why not.
    pub error: Option<Problem>,
}

/// The acknowledgement of `chat:send`.
#[derive(Debug, Deserialize)]
pub struct SendAck<'a> {
    /// Whether it was accepted.
    pub ok: bool,
    /// The message's id, when accepted.
    #[serde(borrow, default)]
    pub id: Cow<'a, str>,
    /// Why not, when refused.
    pub error: Option<Problem>,
}

/// `server:draining`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draining {
    /// How long there is to go elsewhere, in ms.
    pub reconnect_within_ms: u64,
}

/// The acknowledgement of `chat:sync`.
#[derive(Debug, Deserialize)]
pub struct SyncAck<'a> {
    /// Whether it was answered.
    pub ok: bool,
    /// What was missed, by conversation.
    #[serde(borrow, default)]
    pub conversations: HashMap<Cow<'a, str>, Missed<'a>>,
    /// What of one's own was rejected meanwhile.
    #[serde(borrow, default)]
    pub rejected: Vec<Rejected<'a>>,
}

/// What `chat:sync` says about one conversation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missed<'a> {
    /// Messages above the asked `seq`, in order.
    #[serde(borrow)]
    pub messages: Vec<Message<'a>>,
    /// Up to where the changes of this answer reach.
    #[serde(default)]
    pub change_seq: u64,
    /// Whether to ask again from where this ends.
    #[serde(default)]
    pub has_more: bool,
}

/// `chat:rejected`, and an entry of `chat:sync`'s `rejected`: accepted, but not stored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected<'a> {
    /// Which of the sender's messages.
    #[serde(borrow)]
    pub client_message_id: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_whatever_else_it_carries() {
        let json = br#"{"id":"m1","conversationId":"c1","seq":7,"senderId":"u1","clientMessageId":"a-b","type":"text",
            "text":"say \"clientMessageId\":\"x\"","attachment":null,"createdAt":"2026-11-21T10:00:00.000Z"}"#;
        let message: Message<'_> = serde_json::from_slice(json).unwrap();
        assert_eq!((&*message.id, &*message.conversation_id, message.seq), ("m1", "c1", 7));
        assert_eq!(message.client_message_id, "a-b");
        assert!(matches!(message.id, Cow::Borrowed(_)), "the hot path must not allocate");
    }

    #[test]
    fn a_refusal_says_when_to_try_again() {
        let json =
            br#"{"ok":false,"error":{"title":"Too many","status":429,"code":"RATE_LIMITED","retryAfterMs":1500}}"#;
        let ack: SendAck<'_> = serde_json::from_slice(json).unwrap();
        let problem = ack.error.unwrap();
        assert_eq!(
            (ack.ok, &*problem.code, problem.retry_after_ms),
            (false, "RATE_LIMITED", Some(1500))
        );
    }

    #[test]
    fn a_sync_answer_is_read_by_conversation() {
        let json = br#"{"ok":true,"conversations":{"c1":{"messages":[{"id":"m","conversationId":"c1","seq":3}],
            "changes":[],"seq":3,"changeSeq":2,"headSeq":9,"headChangeSeq":2,"marks":{},"hasMore":true}},"rejected":[{"conversationId":"c1","clientMessageId":"r","error":{}}]}"#;
        let ack: SyncAck<'_> = serde_json::from_slice(json).unwrap();
        let missed = &ack.conversations["c1"];
        assert_eq!(
            (missed.messages[0].seq, missed.change_seq, missed.has_more),
            (3, 2, true)
        );
    }
}
