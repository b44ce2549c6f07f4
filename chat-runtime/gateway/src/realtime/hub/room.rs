//! A conversation with members on this gateway.

use std::collections::VecDeque;

use smallvec::SmallVec;
use talkline_core::{event::Event, id::UserId, offset::Offset, port::Head};

/// Events that may wait for a membership; past it they are dropped, and the comparison of heads tells the clients.
const MOST_WAITING: usize = 1_024;

/// See the module.
#[derive(Default)]
pub(super) struct Room {
    /// Members with sockets here, or who were a moment ago; by id.
    locals: SmallVec<[UserId; 2]>,
    /// Those of them who are about to be told what they missed, and get nothing before that.
    joining: Vec<UserId>,
    pub(super) subscribed: bool,
    /// How far the members were told, or could see when they came.
    pub(super) reached: Head,
    /// Events that wait until the membership is loaded. Some, as long as that is under way.
    waiting: Option<VecDeque<Event>>,
    /// For how many more comparisons of heads it counts as lately active.
    pub(super) active: u8,
}

impl Room {
    pub(super) fn locals(&self) -> &[UserId] {
        &self.locals
    }

    pub(super) fn add(&mut self, user: UserId) {
        if let Err(place) = self.locals.binary_search(&user) {
            self.locals.insert(place, user);
        }
    }

    /// Adds somebody who must be [welcomed](Room::welcomed) first.
    pub(super) fn add_joining(&mut self, user: UserId) {
        if !self.contains(user) {
            self.add(user);
            self.joining.push(user);
        }
    }

    /// Whoever was joining is told everything from now on.
    pub(super) fn welcomed(&mut self, user: UserId) {
        self.joining.retain(|joining| *joining != user);
    }

    pub(super) fn is_joining(&self, user: UserId) -> bool {
        self.joining.contains(&user)
    }

    pub(super) fn remove(&mut self, user: UserId) -> bool {
        self.welcomed(user);
        let found = self.locals.binary_search(&user);
        found.is_ok_and(|place| {
            self.locals.remove(place);
            true
        })
    }

    pub(super) fn contains(&self, user: UserId) -> bool {
        self.locals.binary_search(&user).is_ok()
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Keeps an event until the membership is loaded.
    pub(super) fn wait(&mut self, event: Event) {
        let waiting = self.waiting.get_or_insert_default();
        if waiting.len() < MOST_WAITING {
            waiting.push_back(event);
        }
    }

    /// What waited, oldest first.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Event> {
        self.waiting.take().unwrap_or_default()
    }

    /// The change of membership that everything that waits can be delivered after.
    pub(super) fn wanted(&self) -> Offset {
        let waiting = self.waiting.iter().flatten();
        waiting.map(|event| event.membership).max().unwrap_or_default()
    }
}
