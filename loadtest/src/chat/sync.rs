//! When to ask for what was missed, and the frames that a session writes.

use super::{message_name::MessageName, session::Session};
use crate::{check::MessageKey, socket::connection::Connection};

/// An answer that took longer will not come, in µs: 10 s.
const PATIENCE: u64 = 10_000_000;

/// Acknowledgement numbers: the last two bits say to what, so that no table is needed to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AckNumber {
    /// Of the sender's message with that count.
    Send(usize),
    /// Of the question with that count.
    Sync(u64),
    /// Of the other command with that count.
    Command(u64),
}

impl AckNumber {
    pub(super) fn to_wire(self) -> u64 {
        match self {
            Self::Send(number) => (number as u64) << 2,
            Self::Sync(number) => number << 2 | 1,
            Self::Command(number) => number << 2 | 2,
        }
    }

    pub(super) fn from_wire(number: u64) -> Option<Self> {
        match number & 3 {
            0 => usize::try_from(number >> 2).ok().map(Self::Send),
            1 => Some(Self::Sync(number >> 2)),
            2 => Some(Self::Command(number >> 2)),
            _ => None,
        }
    }
}

/// What a session knows about its questions.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// Whether something is, or may be, missing.
    pub(super) wanted: bool,
    /// Up to which `changeSeq` changes were told.
    pub(super) change_seq: u64,
    asked_at: Option<u64>,
    questions: u64,
}

impl Sync {
    /// A new connection: no answer to an old question will come.
    pub(super) fn forget(&mut self) {
        self.asked_at = None;
    }

    /// Whether an answer is awaited.
    pub(super) fn is_pending(&self) -> bool {
        self.asked_at.is_some()
    }

    /// An answer came. `false` when it was to an older question.
    pub(super) fn answered(&mut self, question: u64) -> bool {
        let current = question == self.questions;
        if current {
            self.asked_at = None;
        }
        current
    }

    /// The number of the question to ask now, if any.
    fn ask(&mut self, now: u64) -> Option<u64> {
        let awaited = self.asked_at.is_some_and(|asked| asked.saturating_add(PATIENCE) > now);
        if !self.wanted || awaited {
            return None;
        }
        self.wanted = false;
        self.asked_at = Some(now);
        self.questions += 1;
        Some(self.questions)
    }
}

impl Session {
    /// Queues one `chat:send`; `name` is only reused memory.
    pub(super) fn write_message(&self, connection: &mut Connection, number: usize, name: &mut String) {
        use std::fmt::Write;
        let Some(conversation) = self.conversation() else {
            return;
        };
        let key = MessageKey {
            sender: self.place,
            number,
        };
        name.clear();
        // Writing to a String does not fail.
        _ = write!(name, "42{}", AckNumber::Send(number).to_wire());
        let split = name.len();
        _ = write!(
            name,
            "{}",
            MessageName {
                run: self.load.run,
                room: self.room,
                key
            }
        );
        let (head, message) = name.split_at(split);
        connection.send(&[
            head.as_bytes(),
            br#"["chat:send",{"conversationId":""#,
            conversation.id.as_bytes(),
            br#"","clientMessageId":""#,
            message.as_bytes(),
            br#"","text":""#,
            self.load.text.as_bytes(),
            br#""}]"#,
        ]);
    }

    /// The payload of `chat:sync`.
    pub(super) fn what_is_known(&self) -> Option<String> {
        let conversation = self.conversation()?;
        let (seq, change_seq) = (conversation.room().frontier(self.place), self.sync.change_seq);
        let id = &conversation.id;
        Some(format!(
            r#"{{"conversations":{{"{id}":{{"seq":{seq},"changeSeq":{change_seq}}}}}}}"#
        ))
    }

    /// Queues one `chat:sync` when something is missing.
    pub(super) fn ask_for_missed(&mut self, connection: &mut Connection, now: u64) {
        let Some(question) = self.sync.ask(now) else { return };
        let Some(known) = self.what_is_known() else { return };
        let head = format!("42{}", AckNumber::Sync(question).to_wire());
        connection.send(&[head.as_bytes(), br#"["chat:sync","#, known.as_bytes(), b"]"]);
        self.counters().syncs.one();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn acknowledgement_numbers_are_read_back(number in 0..u64::MAX >> 2) {
            let send = AckNumber::Send(usize::try_from(number).unwrap());
            for ack in [send, AckNumber::Sync(number), AckNumber::Command(number)] {
                prop_assert_eq!(AckNumber::from_wire(ack.to_wire()), Some(ack));
            }
        }
    }

    #[test]
    fn one_question_at_a_time_until_its_answer_or_its_end() {
        let mut sync = Sync::default();
        assert_eq!(sync.ask(0), None);
        sync.wanted = true;
        assert_eq!(sync.ask(5), Some(1));
        sync.wanted = true;
        assert_eq!(sync.ask(6), None);
        assert!(!sync.answered(7));
        assert_eq!(sync.ask(6), None);
        assert!(sync.answered(1));
        assert_eq!(sync.ask(7), Some(2));
        sync.wanted = true;
        assert_eq!(sync.ask(7 + PATIENCE), Some(3));
        sync.wanted = true;
        sync.forget();
        assert_eq!(sync.ask(8 + PATIENCE), Some(4));
    }
}
