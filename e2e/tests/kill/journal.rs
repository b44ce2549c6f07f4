//! What one client knows for certain, written down as it learned it. A journal outlives every kill of the server, and
//! refuses what contradicts it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// One client's knowledge of its conversation.
#[derive(Default)]
pub(crate) struct Journal {
    /// What was sent, by `clientMessageId`: its id once it was acknowledged.
    sent: BTreeMap<String, Option<String>>,
    /// What was received, by `seq`.
    received: BTreeMap<u64, Received>,
    /// Everything up to here was received.
    complete: u64,
    /// The highest receipt that was acknowledged.
    pub(crate) seen: u64,
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) client_message_id: String,
    pub(crate) sender: String,
    pub(crate) text: String,
}

impl Journal {
    /// It was sent, for the first time or once more.
    pub(crate) fn send(&mut self, name: &str) {
        self.sent.entry(name.to_owned()).or_default();
    }

    /// It was acknowledged; whether that is news. A retry must have the same id.
    pub(crate) fn acknowledge(&mut self, name: &str, id: &str) -> Result<bool> {
        let known = self.sent.get_mut(name).context("acknowledged, and never sent")?;
        if let Some(known) = known {
            ensure!(known == id, "{name} was {known} and is {id}");
            return Ok(false);
        }
        *known = Some(id.to_owned());
        Ok(true)
    }

    /// It was received, live or by catching up: always the same message under the same `seq`.
    pub(crate) fn receive(&mut self, message: &Value) -> Result<u64> {
        let (seq, message) = Received::parse(message)?;
        if let Some(known) = self.received.insert(seq, message.clone()) {
            ensure!(known == message, "under {seq} was {known:?} and is {message:?}");
        }
        while self.received.contains_key(&(self.complete + 1)) {
            self.complete += 1;
        }
        Ok(seq)
    }

    /// Everything up to here was received.
    pub(crate) fn complete(&self) -> u64 {
        self.complete
    }

    /// Whether something is missing before what was received last.
    pub(crate) fn has_gap(&self) -> bool {
        self.received.len() as u64 > self.complete
    }

    /// What was sent and not acknowledged.
    pub(crate) fn open(&self) -> Vec<String> {
        let open = self.sent.iter().filter(|(_, id)| id.is_none());
        open.map(|(name, _)| name.clone()).collect()
    }

    /// Some of what was acknowledged.
    pub(crate) fn some_acknowledged(&self, count: usize) -> Vec<String> {
        let acknowledged = self.sent.iter().rev().filter(|(_, id)| id.is_some());
        acknowledged.take(count).map(|(name, _)| name.clone()).collect()
    }

    /// What was sent, and its id once it was acknowledged.
    pub(crate) fn sent(&self) -> &BTreeMap<String, Option<String>> {
        &self.sent
    }

    /// What was received, by `seq`.
    pub(crate) fn received(&self) -> &BTreeMap<u64, Received> {
        &self.received
    }
}

impl Received {
    /// A message of history, of catching up or of `chat:receive`, and its `seq`.
    pub(crate) fn parse(message: &Value) -> Result<(u64, Self)> {
        let text = |field: &str| {
            let text = message[field].as_str().map(str::to_owned);
            text.with_context(|| format!("no {field} in {message}"))
        };
        let seq = message["seq"].as_u64().context("no seq")?;
        let received = Self {
            id: text("id")?,
            client_message_id: text("clientMessageId")?,
            sender: text("senderId")?,
            text: text("text")?,
        };
        Ok((seq, received))
    }
}
