//! What a session does with what comes over the socket.

use serde::Deserialize;

use super::{message_name::MessageName, session::Session, sync::AckNumber};
use crate::{
    check::{Arrival, MessageKey, Via},
    measure::Kind,
    socket::{
        event::{Draining, Message, Missed, Rejected, SendAck, SyncAck},
        packet::Packet,
    },
};

/// What to wait where the server does not say, in ms.
const SOME_TIME: u64 = 1_000;

/// Answers that ask for the same again: nothing was decided about the message.
const SAFE_AGAIN: [&str; 2] = ["RATE_LIMITED", "TIMEOUT"];

impl Session {
    pub(super) fn on_packet(&mut self, packet: Packet<'_>) {
        let now = self.load.meter.now();
        match packet {
            Packet::Ping => self.counters().pings.one(),
            Packet::Event("chat:receive", json) => self.on_message(json, now),
            Packet::Event("chat:resync", _) => {
                self.counters().resyncs.one();
                self.sync.wanted = true;
            }
            Packet::Event("chat:rejected", json) => self.on_rejected(json),
            Packet::Event("server:draining", json) => self.on_draining(json, now),
            Packet::Ack(number, json) => match AckNumber::from_wire(number) {
                Some(AckNumber::Send(number)) => self.on_send_ack(number, json, now),
                Some(AckNumber::Sync(question)) => self.on_sync_ack(question, json, now),
                Some(AckNumber::Command(number)) => self.on_command_ack(number, json, now),
                None => self.counters().malformed.one(),
            },
            // Presence, typing, receipts and what the server adds one day are none of this scenario's business.
            _ => {}
        }
    }

    pub(super) fn read<'a, T: Deserialize<'a>>(&self, json: &'a [u8]) -> Option<T> {
        let value = serde_json::from_slice(json).ok();
        if value.is_none() {
            self.counters().malformed.one();
        }
        value
    }

    fn on_message(&mut self, json: &[u8], now: u64) {
        let Some(message) = self.read::<Message<'_>>(json) else {
            return;
        };
        let counters = self.counters();
        counters.received.one();
        if self.load.meter.measures(now) {
            counters.received_in_window.one();
        }
        self.take(&message, Via::Live, now);
        let gap = self
            .conversation()
            .is_some_and(|conversation| conversation.room().has_gap(self.place));
        if gap && !self.sync.wanted && !self.sync.is_pending() {
            self.counters().gaps.one();
            self.sync.wanted = true;
        }
    }

    /// Tells the checker, and times what comes to another than its sender for the first time.
    fn take(&self, message: &Message<'_>, via: Via, now: u64) {
        let Some(conversation) = self
            .conversation()
            .filter(|conversation| conversation.id == message.conversation_id)
        else {
            self.counters().foreign.one();
            return;
        };
        let key = self.key(&message.client_message_id);
        let arrival = Arrival {
            seq: message.seq,
            id: &message.id,
            key,
        };
        let receipt = conversation.room().receive(self.place, &arrival, via);
        if !receipt.first {
            return;
        }
        if via == Via::Sync {
            self.counters().recovered.one();
        }
        if key.is_some_and(|key| key.sender == self.place) {
            self.load.came_back(self.user, &message.id);
        } else if let Some(intended) = receipt.intended {
            self.load.record(Kind::Delivery, intended, now);
        }
    }

    /// Which message of this run and room that is.
    fn key(&self, client_message_id: &str) -> Option<MessageKey> {
        let name = MessageName::parse(client_message_id)?;
        (name.run == self.load.run && name.room == self.room).then_some(name.key)
    }

    fn on_rejected(&mut self, json: &[u8]) {
        let Some(rejected) = self.read::<Rejected<'_>>(json) else {
            return;
        };
        self.counters().rejected.one();
        if let Some((key, conversation)) = self.key(&rejected.client_message_id).zip(self.conversation()) {
            conversation.room().refuse(key);
        }
    }

    /// Goes elsewhere at any moment of the time that there is, so that not all go at once.
    fn on_draining(&mut self, json: &[u8], now: u64) {
        if let Some(draining) = self.read::<Draining>(json) {
            let within = draining.reconnect_within_ms.saturating_mul(1_000);
            self.leave_at = Some(now + rand::random_range(0..=within));
            self.counters().asked_to_move.one();
        }
    }

    fn on_send_ack(&mut self, number: usize, json: &[u8], now: u64) {
        let Some(ack) = self.read::<SendAck<'_>>(json) else {
            return;
        };
        let key = MessageKey {
            sender: self.place,
            number,
        };
        if !ack.ok {
            self.on_refused(key, &ack, now);
            return;
        }
        self.outbox.settle(number);
        let acknowledged = self
            .conversation()
            .and_then(|conversation| conversation.room().acknowledge(key, &ack.id));
        let Some(acknowledged) = acknowledged.filter(|acknowledged| acknowledged.first) else {
            return;
        };
        self.load.acknowledged(now);
        self.load.answered(Kind::Ack, acknowledged.intended, now);
    }

    fn on_refused(&mut self, key: MessageKey, ack: &SendAck<'_>, now: u64) {
        let code = ack.error.as_ref().map_or("", |problem| &*problem.code);
        let wait = ack.error.as_ref().and_then(|problem| problem.retry_after_ms);
        if wait.is_some() || SAFE_AGAIN.contains(&code) {
            self.counters().limited.one();
            self.outbox.put_off(
                key.number,
                now.saturating_add(wait.unwrap_or(SOME_TIME).saturating_mul(1_000)),
            );
            return;
        }
        self.counters().refused.one();
        let trace = ack.error.as_ref().and_then(|problem| problem.trace_id.as_deref());
        self.load.note_refused(Kind::Ack, code, trace);
        self.outbox.settle(key.number);
        if let Some(conversation) = self.conversation() {
            conversation.room().refuse(key);
        }
    }

    fn on_sync_ack(&mut self, question: u64, json: &[u8], now: u64) {
        let current = self.sync.answered(question);
        let more = self.on_missed(json, now);
        self.sync.wanted |= current && more;
    }

    /// Takes what an answer to `chat:sync` brings, and says whether there is more.
    pub(super) fn on_missed(&mut self, json: &[u8], now: u64) -> bool {
        let Some(answer) = self.read::<SyncAck<'_>>(json) else {
            return false;
        };
        let Some(conversation) = self.conversation().filter(|_| answer.ok) else {
            return false;
        };
        let Some(missed) = answer.conversations.get(conversation.id.as_str()) else {
            return false;
        };
        let Missed {
            messages,
            change_seq,
            has_more,
        } = missed;
        for message in messages {
            self.take(message, Via::Sync, now);
        }
        let changed = *change_seq > self.sync.change_seq;
        self.sync.change_seq = self.sync.change_seq.max(*change_seq);
        *has_more && (changed || !messages.is_empty())
    }
}
