//! Socket events beside messages: what is to be written, what is on its way, and what an answer was to.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
};

use super::{session::Session, sync::AckNumber};
use crate::{
    measure::{Kind, Way},
    socket::{connection::Connection, event::Answer},
};

/// Commands of one user that are not answered, at most; past it, further ones are skipped.
const LIMIT: usize = 256;

/// Whose presence is asked for at a time, at most.
const ASKED_FOR: usize = 20;

/// A command, and when it was meant to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Command {
    kind: Kind,
    intended: u64,
}

/// One user's commands.
#[derive(Debug, Default)]
pub(super) struct Commands {
    waiting: VecDeque<Command>,
    /// By number: since when it is on its way.
    flying: BTreeMap<u64, (Command, u64)>,
    /// How many were written.
    written: u64,
}

impl Commands {
    /// Takes up a command; `false` when there are too many already.
    pub(super) fn push(&mut self, kind: Kind, intended: u64) -> bool {
        let room = self.waiting.len() + self.flying.len() < LIMIT;
        if room {
            self.waiting.push_back(Command { kind, intended });
        }
        room
    }

    /// Whether nothing is on its way.
    pub(super) fn is_quiet(&self) -> bool {
        self.flying.is_empty()
    }

    /// The next one to write now, and its number.
    fn take(&mut self, now: u64) -> Option<(Kind, u64)> {
        let command = self.waiting.pop_front()?;
        let number = self.written;
        self.written += 1;
        if command.kind.way() != Way::Signal {
            self.flying.insert(number, (command, now));
        }
        Some((command.kind, number))
    }

    /// There was nothing to ask for: it is not on its way.
    fn withdraw(&mut self, number: u64) {
        self.flying.remove(&number);
    }

    /// What was answered, and when it was meant to start.
    fn answered(&mut self, number: u64) -> Option<(Kind, u64)> {
        let (command, _) = self.flying.remove(&number)?;
        Some((command.kind, command.intended))
    }

    /// Gives up what has been on its way for longer than `patience`, and says what that was.
    fn give_up(&mut self, now: u64, patience: u64) -> Vec<Kind> {
        let overdue = self
            .flying
            .extract_if(.., |_, (_, since)| since.saturating_add(patience) <= now);
        overdue.map(|(_, (command, _))| command.kind).collect()
    }

    /// The connection is gone: what was on its way is written again over the next one.
    pub(super) fn connection_lost(&mut self) {
        while let Some((_, (command, _))) = self.flying.pop_last() {
            self.waiting.push_front(command);
        }
    }
}

impl Session {
    /// Writes every command that waits.
    pub(super) fn write_commands(&mut self, connection: &mut Connection, now: u64, backlog: usize) {
        while connection.backlog() < backlog {
            let Some((kind, number)) = self.commands.take(now) else {
                return;
            };
            let Some((event, payload)) = self.payload(kind, number) else {
                self.commands.withdraw(number);
                self.skip(kind);
                continue;
            };
            let mut head = "42".to_owned();
            if kind.way() == Way::Signal {
                self.counters().signals.one();
            } else {
                // Writing to a String does not fail.
                _ = write!(head, "{}", AckNumber::Command(number).to_wire());
            }
            _ = write!(head, r#"["{event}",{payload}]"#);
            connection.send(&[head.as_bytes()]);
        }
    }

    fn skip(&self, kind: Kind) {
        match kind.way() {
            Way::Signal => self.load.meter.outcomes.skipped(kind),
            _ => self.load.skipped(kind),
        }
    }

    /// The event's name and its payload; none when there is nothing yet that it could be about.
    fn payload(&self, kind: Kind, number: u64) -> Option<(&'static str, String)> {
        let (conversation, account) = self.conversation().zip(self.load.account(self.user))?;
        let id = &conversation.id;
        let seen = || Some(conversation.room().frontier(self.place)).filter(|seq| *seq > 0);
        let newest = || account.newest_message();
        let payload = match kind {
            Kind::Seen | Kind::Delivered => format!(r#"{{"conversationId":"{id}","seq":{}}}"#, seen()?),
            Kind::Typing | Kind::TypingStop | Kind::Join | Kind::Leave => format!(r#"{{"conversationId":"{id}"}}"#),
            Kind::Sync => self.what_is_known()?,
            Kind::React => {
                let remove = number % 2 == 1;
                format!(r#"{{"messageId":"{}","emoji":"👍","remove":{remove}}}"#, newest()?)
            }
            Kind::Edit => format!(r#"{{"messageId":"{}","text":"edited {number}"}}"#, newest()?),
            Kind::Delete => format!(r#"{{"messageId":"{}"}}"#, account.take_older_message()?),
            Kind::Renew => format!(r#"{{"token":"{}"}}"#, account.tokens().access_token),
            Kind::PresenceSet => format!(r#"{{"status":"{}"}}"#, ["online", "away"][(number % 2) as usize]),
            Kind::PresenceGet => format!(r#"{{"userIds":{:?}}}"#, self.others()),
            _ => return None,
        };
        Some((event(kind)?, payload))
    }

    /// The ids of the other members, as many as are asked for at a time.
    fn others(&self) -> Vec<&str> {
        let first = self.room * self.load.options.rooms_of;
        let members = first..first + self.load.options.rooms_of;
        let others = members.filter(|member| *member != self.user).take(ASKED_FOR);
        others
            .filter_map(|member| Some(self.load.account(member)?.id.as_str()))
            .collect()
    }

    pub(super) fn on_command_ack(&mut self, number: u64, json: &[u8], now: u64) {
        let Some((kind, intended)) = self.commands.answered(number) else {
            return;
        };
        if kind == Kind::Sync {
            self.on_missed(json, now);
        }
        let Some(answer) = self.read::<Answer>(json) else {
            return;
        };
        if answer.ok {
            self.load.answered(kind, intended, now);
        } else {
            let (code, trace) = answer
                .error
                .map(|problem| (problem.code, problem.trace_id))
                .unwrap_or_default();
            self.load.note_refused(kind, &code, trace.as_deref());
        }
    }

    /// Gives up what has not been answered for too long.
    pub(super) fn give_up_commands(&mut self, now: u64, patience: u64) {
        for kind in self.commands.give_up(now, patience) {
            self.load.note_failed(kind, "no answer");
        }
    }
}

/// The event of a kind that is sent over sockets, and is no message.
fn event(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Seen => "chat:seen",
        Kind::Delivered => "chat:delivered",
        Kind::Typing => "chat:typing:start",
        Kind::TypingStop => "chat:typing:stop",
        Kind::Join => "chat:join",
        Kind::Leave => "chat:leave",
        Kind::Sync => "chat:sync",
        Kind::React => "message:react",
        Kind::Edit => "message:update",
        Kind::Delete => "message:delete",
        Kind::Renew => "auth:renew",
        Kind::PresenceSet => "presence:set",
        Kind::PresenceGet => "presence:get",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_on_its_way_is_written_again_in_its_order_and_timed_from_its_start() {
        let mut commands = Commands::default();
        assert!(commands.push(Kind::Seen, 1) && commands.push(Kind::Typing, 2) && commands.push(Kind::Join, 3));
        let taken: Vec<_> = std::iter::from_fn(|| commands.take(10)).collect();
        assert_eq!(taken, [(Kind::Seen, 0), (Kind::Typing, 1), (Kind::Join, 2)]);
        commands.connection_lost();
        assert!(commands.is_quiet());
        assert_eq!(commands.take(20), Some((Kind::Seen, 3)));
        assert_eq!(commands.take(20), Some((Kind::Join, 4)));
        assert_eq!(commands.answered(0), None, "the answer to an old number is nobody's");
        assert_eq!(commands.answered(4), Some((Kind::Join, 3)));
        assert_eq!(commands.give_up(29, 10), []);
        assert_eq!(commands.give_up(30, 10), [Kind::Seen]);
        assert!(commands.is_quiet());
    }

    #[test]
    fn there_is_a_bound_over_what_waits_and_what_is_on_its_way() {
        let mut commands = Commands::default();
        for number in 0..LIMIT as u64 {
            assert!(commands.push(Kind::Me, number));
            commands.take(0);
        }
        assert!(!commands.push(Kind::Me, 0));
        commands.answered(7);
        assert!(commands.push(Kind::Me, 0));
    }
}
