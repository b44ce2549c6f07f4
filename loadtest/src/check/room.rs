//! The checker of one conversation. See the module's documentation for what it judges by.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{findings::Findings, ranges::Ranges};

/// A message of this run: the sender's place among the members, and the sender's own count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageKey {
    /// Which member sent it.
    pub sender: usize,
    /// Which of the sender's messages it is.
    pub number: usize,
}

/// A message as somebody saw it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Its place in the conversation.
    pub seq: u64,
    /// Its id.
    pub id: &'a str,
    /// Which message of this run it is; `None` for somebody else's.
    pub key: Option<MessageKey>,
}

/// How a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Pushed, `chat:receive`.
    Live,
    /// Asked for, `chat:sync`.
    Sync,
}

/// What a delivery was to the member that got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Whether the member had not seen it before.
    pub first: bool,
    /// When it was meant to be sent, as given to [`Room::intend`]; `None` for somebody else's.
    pub intended: Option<u64>,
}

/// What an acknowledgement was to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// Whether it is the first one of the message.
    pub first: bool,
    /// When the message was meant to be sent, as given to [`Room::intend`].
    pub intended: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Acknowledged,
    /// Refused or rejected: nothing is promised about it.
    Refused,
}

/// One message that a member meant to send.
#[derive(Debug)]
struct Entry {
    intended: u64,
    state: State,
    /// Fingerprint of the id, from the first acknowledgement or delivery.
    id: Option<u64>,
    /// 0 until somebody saw it.
    seq: u64,
    in_history: bool,
}

#[derive(Debug, Default)]
struct Member {
    journal: Vec<Entry>,
    /// Everything that this member ever got.
    seen: Ranges,
    /// What was pushed over the present connection.
    live: Ranges,
}

/// One conversation under test.
#[derive(Debug)]
pub struct Room {
    /// The conversation's `seq` before the run.
    base: u64,
    members: Vec<Member>,
    /// Fingerprints of ids, for `base + 1`, `base + 2`, …; `None` where nobody has seen one yet.
    order: Vec<Option<u64>>,
    /// How far the history was read.
    history: u64,
    /// Sends without an answer.
    open: usize,
    /// Acknowledged messages that nobody has seen yet.
    unseen: usize,
    findings: Findings,
}

impl Room {
    /// A conversation of that many members, whose last `seq` is `base`.
    #[must_use]
    pub fn new(members: usize, base: u64) -> Self {
        let members = std::iter::repeat_with(Member::default).take(members).collect();
        Self {
            base,
            members,
            order: Vec::new(),
            history: base,
            open: 0,
            unseen: 0,
            findings: Findings::default(),
        }
    }

    /// A member means to send its next message, at a time of the caller's own measure. Answers the message's number.
    pub fn intend(&mut self, sender: usize, at: u64) -> usize {
        self.open += 1;
        let journal = &mut self.members[sender].journal;
        journal.push(Entry {
            intended: at,
            state: State::Open,
            id: None,
            seq: 0,
            in_history: false,
        });
        journal.len() - 1
    }

    /// A send was acknowledged with that id. `None` when no such message was sent.
    pub fn acknowledge(&mut self, key: MessageKey, id: &str) -> Option<Acknowledged> {
        let entry = self.members.get_mut(key.sender)?.journal.get_mut(key.number)?;
        let id = fingerprint(id);
        if *entry.id.get_or_insert(id) != id {
            self.findings.renamed += 1;
        }
        let first = entry.state == State::Open;
        if first {
            entry.state = State::Acknowledged;
            self.open -= 1;
            self.unseen += usize::from(entry.seq == 0);
        }
        Some(Acknowledged {
            first,
            intended: entry.intended,
        })
    }

    /// A send was refused, or rejected after its acknowledgement: it may, but need not, be stored.
    pub fn refuse(&mut self, key: MessageKey) {
        let Some(entry) = self
            .members
            .get_mut(key.sender)
            .and_then(|member| member.journal.get_mut(key.number))
        else {
            return;
        };
        match entry.state {
            State::Open => self.open -= 1,
            State::Acknowledged => self.unseen -= usize::from(entry.seq == 0),
            State::Refused => {}
        }
        entry.state = State::Refused;
    }

    /// A member has a new connection: the order of what it pushes is judged anew.
    pub fn connected(&mut self, member: usize) {
        self.members[member].live = Ranges::default();
    }

    /// A member got a message.
    pub fn receive(&mut self, member: usize, arrival: &Arrival<'_>, via: Via) -> Receipt {
        self.place(arrival);
        let Member { seen, live, .. } = &mut self.members[member];
        if via == Via::Live {
            let newest = live.max();
            if !live.insert(arrival.seq) {
                self.findings.duplicated += 1;
            } else if newest.is_some_and(|newest| newest > arrival.seq) {
                self.findings.reordered += 1;
            }
        }
        let first = seen.insert(arrival.seq);
        let intended = arrival.key.and_then(|key| Some(self.entry(key)?.intended));
        Receipt { first, intended }
    }

    fn entry(&mut self, key: MessageKey) -> Option<&mut Entry> {
        self.members.get_mut(key.sender)?.journal.get_mut(key.number)
    }

    /// Notes that a message stands at a place, and judges it against what was seen before.
    fn place(&mut self, arrival: &Arrival<'_>) {
        let id = fingerprint(arrival.id);
        // A number below the base is older than the run, and 0 is none.
        let Some(index) = arrival
            .seq
            .checked_sub(self.base + 1)
            .and_then(|index| usize::try_from(index).ok())
        else {
            return;
        };
        if self.order.len() <= index {
            self.order.resize(index + 1, None);
        }
        let new_place = self.order[index].is_none();
        if *self.order[index].get_or_insert(id) != id {
            self.findings.conflicting += 1;
            return;
        }
        let Some(entry) = arrival.key.and_then(|key| self.entry(key)) else {
            return;
        };
        if entry.seq == 0 {
            entry.seq = arrival.seq;
            let renamed = *entry.id.get_or_insert(id) != id;
            let awaited = entry.state == State::Acknowledged;
            self.unseen -= usize::from(awaited);
            self.findings.renamed += u64::from(renamed);
        } else if entry.seq != arrival.seq && new_place {
            self.findings.duplicated += 1;
        }
    }

    /// Up to where a member has everything: what `chat:sync` asks from.
    #[must_use]
    pub fn frontier(&self, member: usize) -> u64 {
        self.members[member].seen.frontier(self.base)
    }

    /// Whether a member has seen a message after one that it has not.
    #[must_use]
    pub fn has_gap(&self, member: usize) -> bool {
        self.members[member]
            .seen
            .max()
            .is_some_and(|newest| newest > self.frontier(member))
    }

    /// Whether every send is answered, and every member has everything that is known to exist.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let head = self.head();
        self.open == 0 && self.unseen == 0 && (0..self.members.len()).all(|member| self.frontier(member) == head)
    }

    /// The highest `seq` that anybody has seen.
    fn head(&self) -> u64 {
        self.base + self.order.len() as u64
    }

    /// Up to where the history was read without a fault; the next page starts after it.
    #[must_use]
    pub fn history_read(&self) -> u64 {
        self.history
    }

    /// The next message of the history, read in ascending order once the run is over.
    pub fn read_history(&mut self, arrival: &Arrival<'_>) {
        if arrival.seq <= self.history {
            self.findings.duplicated += u64::from(arrival.seq > self.base);
            return;
        }
        self.findings.holes += arrival.seq - self.history - 1;
        self.history = arrival.seq;
        self.place(arrival);
        for member in &self.members {
            self.findings.undelivered += u64::from(!member.seen.contains(arrival.seq));
        }
        if let Some(entry) = arrival.key.and_then(|key| self.entry(key)) {
            entry.in_history = true;
        }
    }

    /// What is already certain while the run goes on: neither what is lost nor what is unanswered.
    #[must_use]
    pub fn findings(&self) -> Findings {
        self.findings
    }

    /// The verdict, after the last page of the history.
    #[must_use]
    pub fn conclude(&self) -> Findings {
        let entries = self.members.iter().flat_map(|member| &member.journal);
        let lost = entries.filter(|entry| entry.state == State::Acknowledged && !entry.in_history);
        Findings {
            lost: lost.count() as u64,
            unanswered: self.open as u64,
            ..self.findings
        }
    }
}

/// 64 bits of an id: enough to tell the messages of one conversation apart, and 8 bytes instead of 40.
fn fingerprint(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
