//! The heart: what one record of the log does to one conversation.

use std::collections::BTreeSet;

use super::{
    Change, ChangeKind, Command, Conversation, Facts, Kind, Member, MessageFact, Outcome, Reason, Record, Role,
};
use crate::{
    id::{CommandId, MessageId, UserId},
    message::{Message, Projection},
    offset::Offset,
};

/// The most members that a group can have.
pub const MAX_MEMBERS: usize = 10_000;

type Judged<T> = Result<T, Reason>;

/// What one record of the log does to one conversation. Pure: no clock, no randomness, no I/O. Every worker, the
/// embedded mode, the tests' model and the fault checker run this one function.
///
/// `state` is the conversation just below `at`. `facts` may hold documents from `at` and above, left by a crash or by
/// another worker: they do not count, so that doing the record again gives the same outcome.
pub fn apply(state: &Conversation, facts: &Facts, at: Offset, record: &Record) -> Outcome {
    if let Some(number) = repeated(state, facts, at, &record.command) {
        return Outcome::Repeated(number);
    }
    let judge = Judge {
        state,
        facts,
        at,
        record,
    };
    judge.outcome().unwrap_or_else(Outcome::Rejected)
}

/// The number that an earlier record with the same id got. A message is remembered for ever; a change of one goes with
/// it, and counts no more from the message's expiry on, whenever the store gets to removing it.
fn repeated(state: &Conversation, facts: &Facts, at: Offset, command: &Command) -> Option<u64> {
    let is_gone = |message| {
        facts
            .messages
            .get(&message)
            .is_some_and(|fact| fact.seq <= state.expired)
    };
    let (offset, number) = match command {
        Command::Send { message, .. } => facts.messages.get(message).map(|fact| (fact.offset, fact.seq))?,
        other if other.messages().any(is_gone) => return None,
        other => facts
            .commands
            .get(&other.change()?)
            .map(|fact| (fact.offset, fact.change_seq))?,
    };
    (offset < at).then_some(number)
}

struct Judge<'a> {
    state: &'a Conversation,
    facts: &'a Facts,
    at: Offset,
    record: &'a Record,
}

impl Judge<'_> {
    fn outcome(&self) -> Judged<Outcome> {
        match &self.record.command {
            Command::Send { .. } => self.send(),
            Command::Edit { change, message, text } => self.edit(*change, *message, text),
            Command::Delete { change, message } => self.delete(*change, *message),
            Command::React {
                change,
                message,
                emoji,
                on,
            } => {
                let fact = self.live_message(*message)?;
                let kind = ChangeKind::Reacted {
                    message: *message,
                    emoji: emoji.clone(),
                    on: *on,
                };
                Ok(self.change(*change, Some(fact.seq), kind))
            }
            Command::Create { .. } => self.create(),
            Command::Rename { change, name } => {
                self.admin()?;
                Ok(self.change(*change, None, ChangeKind::Renamed { name: name.clone() }))
            }
            Command::Members { .. } => self.members(),
            Command::Leave { change } => self.leave(*change),
            Command::Expire { change, through } => Ok(self.expire(*change, *through)),
            Command::Dissolve { change } => {
                self.admin()?;
                let left = self.state.members.keys().copied().collect();
                Ok(self.change(
                    *change,
                    None,
                    ChangeKind::Members {
                        joined: Vec::new(),
                        left,
                    },
                ))
            }
        }
    }

    fn send(&self) -> Judged<Outcome> {
        let Command::Send {
            message,
            client_message_id,
            content,
        } = &self.record.command
        else {
            return Err(Reason::NotAllowed);
        };
        self.member()?;
        if let Some(target) = content.reply_to {
            self.visible_message(target)?;
        }
        Ok(Outcome::Stored(Box::new(Message {
            id: *message,
            seq: self.state.seq + 1,
            offset: self.at,
            sender: self.record.actor,
            client_message_id: client_message_id.clone(),
            created_at: self.record.at,
            content: content.clone(),
            changes: Projection::default(),
        })))
    }

    fn edit(&self, change: CommandId, message: MessageId, text: &str) -> Judged<Outcome> {
        let fact = self.live_message(message)?;
        if fact.sender != self.record.actor {
            return Err(Reason::NotAllowed);
        }
        Ok(self.change(
            change,
            Some(fact.seq),
            ChangeKind::Edited {
                message,
                text: text.to_owned(),
            },
        ))
    }

    fn delete(&self, change: CommandId, message: MessageId) -> Judged<Outcome> {
        let fact = self.live_message(message)?;
        if fact.sender != self.record.actor && self.member()?.role < Role::Admin {
            return Err(Reason::NotAllowed);
        }
        Ok(self.change(change, Some(fact.seq), ChangeKind::Deleted { message }))
    }

    fn create(&self) -> Judged<Outcome> {
        let Command::Create {
            change,
            kind,
            name,
            members,
            open_history,
        } = &self.record.command
        else {
            return Err(Reason::NotAllowed);
        };
        if self.state.kind.is_some() {
            // The id follows from the members, or from creator and request: it is this conversation.
            let inside = self.state.members.contains_key(&self.record.actor);
            return if inside {
                Ok(Outcome::Repeated(1))
            } else {
                Err(Reason::NotAMember)
            };
        }
        let everybody: BTreeSet<UserId> = members.iter().copied().chain([self.record.actor]).collect();
        if everybody.len() > MAX_MEMBERS {
            return Err(Reason::TooManyMembers);
        }
        let role = |user: &UserId| match kind {
            Kind::Group if *user == self.record.actor => Role::Admin,
            _ => Role::Member,
        };
        let members = everybody.iter().map(|user| (*user, self.joining(role(user)))).collect();
        let kind = ChangeKind::Created {
            kind_of: *kind,
            name: name.clone(),
            open_history: *open_history,
            members,
        };
        Ok(self.change(*change, None, kind))
    }

    fn members(&self) -> Judged<Outcome> {
        let Command::Members {
            change,
            add,
            remove,
            promote,
            demote,
        } = &self.record.command
        else {
            return Err(Reason::NotAllowed);
        };
        self.admin()?;
        let present = &self.state.members;
        let mut after = (**present).clone();
        for user in add.iter().filter(|user| !present.contains_key(user)) {
            after.insert(*user, self.joining(Role::Member));
        }
        for user in remove {
            after.remove(user);
        }
        for (users, role) in [(promote, Role::Admin), (demote, Role::Member)] {
            for user in users {
                if let Some(member) = after.get_mut(user) {
                    member.role = role;
                }
            }
        }
        if after.len() > MAX_MEMBERS {
            return Err(Reason::TooManyMembers);
        }
        Ok(self.change(*change, None, self.difference(after)))
    }

    fn leave(&self, change: CommandId) -> Judged<Outcome> {
        self.member()?;
        self.group()?;
        let mut after = (*self.state.members).clone();
        after.remove(&self.record.actor);
        Ok(self.change(change, None, self.difference(after)))
    }

    fn expire(&self, change: CommandId, through: u64) -> Outcome {
        // A number that is not given yet would take with it whatever comes to have it.
        if through <= self.state.expired || through > self.state.seq {
            return Outcome::Repeated(self.state.change_seq);
        }
        self.change(change, Some(through), ChangeKind::Expired { through })
    }

    /// From the members now to `after`. A group with members never lacks an admin: the longest-standing member steps in.
    fn difference(&self, mut after: std::collections::BTreeMap<UserId, Member>) -> ChangeKind {
        if !after.values().any(|member| member.role == Role::Admin) {
            let eldest = after.iter_mut().min_by_key(|(user, member)| (member.since, **user));
            if let Some((_, member)) = eldest {
                member.role = Role::Admin;
            }
        }
        let now = &self.state.members;
        let left = now.keys().filter(|user| !after.contains_key(user)).copied().collect();
        let joined = after
            .into_iter()
            .filter(|(user, member)| now.get(user) != Some(member))
            .collect();
        ChangeKind::Members { joined, left }
    }

    fn joining(&self, role: Role) -> Member {
        let (history_from, changes_after) = match self.state.open_history {
            true => (1, 0),
            false => (self.state.seq + 1, self.state.change_seq),
        };
        Member {
            role,
            since: self.at,
            history_from,
            changes_after,
        }
    }

    fn change(&self, id: CommandId, message_seq: Option<u64>, kind: ChangeKind) -> Outcome {
        Outcome::Changed(Box::new(Change {
            id,
            conversation: self.record.conversation,
            change_seq: self.state.change_seq + 1,
            offset: self.at,
            actor: self.record.actor,
            at: self.record.at,
            message_seq,
            kind,
        }))
    }

    fn member(&self) -> Judged<&Member> {
        self.state.members.get(&self.record.actor).ok_or(Reason::NotAMember)
    }

    fn group(&self) -> Judged<()> {
        if self.state.kind == Some(Kind::Direct) {
            Err(Reason::DirectIsFixed)
        } else {
            Ok(())
        }
    }

    fn admin(&self) -> Judged<()> {
        let role = self.member()?.role;
        self.group()?;
        if role < Role::Admin {
            Err(Reason::NotAllowed)
        } else {
            Ok(())
        }
    }

    /// A message that stood below this record's offset and that the actor can see, deleted or not, but not expired.
    fn visible_message(&self, id: MessageId) -> Judged<&MessageFact> {
        let from = self.member()?.history_from;
        let here = id.conversation() == self.record.conversation;
        let fact = self
            .facts
            .messages
            .get(&id)
            .filter(|fact| here && fact.offset < self.at && fact.seq >= from && fact.seq > self.state.expired);
        fact.ok_or(Reason::MessageNotFound)
    }

    fn live_message(&self, id: MessageId) -> Judged<&MessageFact> {
        let fact = self.visible_message(id)?;
        if fact.deleted.is_some_and(|offset| offset < self.at) {
            Err(Reason::MessageDeleted)
        } else {
            Ok(fact)
        }
    }
}
