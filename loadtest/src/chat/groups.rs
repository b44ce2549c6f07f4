//! Groups in which nobody speaks: they are there so that a user has as many conversations as people have.

use std::{ops::Range, sync::Arc};

use goose::goose::{GooseUser, TransactionResult};

use super::{conversations, load::Load};

/// Members of such a group at most.
const SIZE: usize = 100;

/// How many groups it takes that each of `users` is in `each` of them.
pub(super) fn count(users: usize, each: usize) -> usize {
    users.div_ceil(SIZE) * each
}

/// The members of one of them.
fn members(group: usize, users: usize) -> Range<usize> {
    let first = group % users.div_ceil(SIZE) * SIZE;
    first..users.min(first + SIZE)
}

/// Takes groups until there are none left, and waits for the other goose users to finish theirs.
pub(super) async fn gather(load: Arc<Load>, user: &mut GooseUser) -> TransactionResult {
    while let Some(group) = load.gathering.take() {
        if load.aborted.is_cancelled() {
            return Ok(());
        }
        let members = members(group, load.options.users);
        let key = format!("{:08x}-idle-{group}", load.run);
        if let Err(why) = conversations::create(&load, user, members, "group", &key).await {
            load.fail(why);
        }
        load.gathering.finish_one();
    }
    load.unless_aborted(load.gathering.finished()).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_as_many_groups_as_asked_for() {
        for (users, each) in [(2, 1), (100, 3), (101, 2), (1_050, 20), (5, 0)] {
            let mut memberships = vec![0; users];
            for group in 0..count(users, each) {
                members(group, users).for_each(|member| memberships[member] += 1);
            }
            assert!(memberships.iter().all(|groups| *groups == each), "{users} {each}");
        }
    }
}
