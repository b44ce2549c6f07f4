//! Groups that are made, changed and ended by requests of their own, so that the conversations under test keep their members.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use goose::goose::{GooseMethod, GooseUser};
use serde::Deserialize;
use serde_json::json;

use super::requests::{Asker, Request, bare, post};
use crate::measure::Kind;

/// Groups that are kept, at most; past it, none is made.
const MOST: usize = 1_000;

/// A group, and who is in it of the two that are changed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changing {
    pub(super) id: String,
    /// The user who made it.
    pub(super) admin: usize,
    /// The user who leaves, is removed, and is added again.
    pub(super) guest: usize,
    pub(super) guest_is_in: bool,
}

/// All of them. Who takes one out is the only one to change it; one whose change failed is not put back.
#[derive(Debug, Default)]
pub(super) struct ChangingGroups(Mutex<VecDeque<Changing>>);

impl ChangingGroups {
    /// Whether one more would be too many.
    pub(super) fn is_full(&self) -> bool {
        self.groups().len() >= MOST
    }

    /// The one that has been left alone for the longest, of those that fit.
    pub(super) fn take(&self, fits: impl Fn(&Changing) -> bool) -> Option<Changing> {
        let mut groups = self.groups();
        let position = groups.iter().position(fits)?;
        groups.remove(position)
    }

    /// One that is new, or was changed.
    pub(super) fn put(&self, group: Changing) {
        self.groups().push_back(group);
    }

    /// Right even if a holder panicked: each change is one call.
    fn groups(&self) -> MutexGuard<'_, VecDeque<Changing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer of `POST /groups/create`.
#[derive(Deserialize)]
struct Made {
    id: String,
}

impl Asker<'_> {
    /// Makes one, with a neighbour as its guest.
    pub(super) async fn make_group(&self, goose: &mut GooseUser, intended: u64) {
        let (load, kind, guest) = (self.load, Kind::GroupCreate, self.neighbour());
        let Some(account) = load.account(guest).filter(|_| !load.changing.is_full()) else {
            return load.skipped(kind);
        };
        let body = json!({ "name": "Load", "members": [account.id] });
        let request = post("/api/v1/groups/create", body);
        let Some(answer) = self.ask(goose, kind, &request, Some(self.user)).await else {
            return;
        };
        match serde_json::from_slice::<Made>(&answer.body) {
            Ok(Made { id }) => {
                load.answered(kind, intended, load.meter.now());
                load.changing.put(Changing {
                    id,
                    admin: self.user,
                    guest,
                    guest_is_in: true,
                });
            }
            Err(_) => load.note_failed(kind, "the answer has no id"),
        }
    }

    /// Changes one that there is.
    pub(super) async fn change_group(&self, goose: &mut GooseUser, kind: Kind, intended: u64) {
        let fits = |group: &Changing| kind != Kind::GroupLeave || group.guest_is_in;
        let Some(group) = self.load.changing.take(fits) else {
            return self.load.skipped(kind);
        };
        let Some((request, by)) = self.change(kind, &group) else {
            return self.load.skipped(kind);
        };
        if self.ask(goose, kind, &request, Some(by)).await.is_some() {
            self.load.answered(kind, intended, self.load.meter.now());
            if let Some(group) = group.after(kind) {
                self.load.changing.put(group);
            }
        }
    }

    /// The request, and who makes it.
    fn change(&self, kind: Kind, group: &Changing) -> Option<(Request, usize)> {
        let path = |end: &str| format!("/api/v1/groups/{}{end}", group.id);
        let patch = |end: &str, body| Request {
            body: Some(body),
            ..bare(GooseMethod::Patch, path(end))
        };
        let guest = &self.load.account(group.guest)?.id;
        Some(match kind {
            Kind::GroupRename => (patch("/rename", json!({ "name": "Load, renamed" })), group.admin),
            Kind::GroupMembers if group.guest_is_in => (patch("/members", json!({ "remove": [guest] })), group.admin),
            Kind::GroupMembers => (patch("/members", json!({ "add": [guest] })), group.admin),
            Kind::GroupLeave => (bare(GooseMethod::Post, path("/leave")), group.guest),
            Kind::GroupDelete => (bare(GooseMethod::Delete, path("")), group.admin),
            _ => return None,
        })
    }
}

impl Changing {
    /// What a change makes of it; none when that ends it.
    fn after(self, kind: Kind) -> Option<Self> {
        let guest_is_in = match kind {
            Kind::GroupDelete => return None,
            Kind::GroupMembers => !self.guest_is_in,
            Kind::GroupLeave => false,
            _ => self.guest_is_in,
        };
        Some(Self { guest_is_in, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, guest_is_in: bool) -> Changing {
        Changing {
            id: id.to_owned(),
            admin: 0,
            guest: 1,
            guest_is_in,
        }
    }

    #[test]
    fn who_left_or_was_removed_is_added_before_it_can_leave_again() {
        let after = |is_in, kind| group("a", is_in).after(kind).map(|group| group.guest_is_in);
        assert_eq!(after(true, Kind::GroupMembers), Some(false));
        assert_eq!(after(true, Kind::GroupLeave), Some(false));
        assert_eq!(after(false, Kind::GroupMembers), Some(true));
        assert_eq!(after(true, Kind::GroupRename), Some(true));
        assert_eq!(after(true, Kind::GroupDelete), None);
    }

    #[test]
    fn each_is_changed_by_one_at_a_time_and_in_turn() {
        let groups = ChangingGroups::default();
        groups.put(group("a", false));
        groups.put(group("b", true));
        let taken = groups.take(|group| group.guest_is_in);
        assert_eq!(taken, Some(group("b", true)));
        assert_eq!(groups.take(|group| group.guest_is_in), None);
        groups.put(group("b", false));
        assert_eq!(groups.take(|_| true), Some(group("a", false)));
        (0..MOST).for_each(|_| groups.put(group("c", true)));
        assert!(groups.is_full());
    }
}
