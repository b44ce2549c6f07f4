//! The law of cached memberships.

use std::sync::Arc;

use super::{added, bring, changed, conversation, found, list};
use crate::{
    conversation::{Kind, Member, Role},
    id::{ConversationId, UserId},
    offset::Offset,
    port::{Lease, MOST_MEMBERS, Membership, Recalled, Recent},
    time::Timestamp,
};

/// Whether an adapter keeps memberships, or leaves that to the only gateway there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memberships {
    /// It keeps them.
    Kept,
    /// It never has any.
    Elsewhere,
}

pub(super) async fn law(recent: &dyn Recent, memberships: Memberships) {
    what_is_brought_is_found(recent, memberships).await;
    only_a_change_drops_it(recent, memberships).await;
    a_lease_is_good_until_the_next_change(recent).await;
    one_of_too_many_is_not_kept(recent).await;
}

async fn what_is_brought_is_found(recent: &dyn Recent, memberships: Memberships) {
    for count in [0, 1, 3, MOST_MEMBERS] {
        let id = conversation();
        let brought = membership(id, 1 << 40, count);
        let lease = lease(recent, id).await;
        let kept = recent.fill_membership(lease, &brought).await.unwrap();
        assert_eq!(kept, memberships == Memberships::Kept, "{count} members");
        assert_eq!(known(recent, id).await, kept.then_some(brought));
    }
}

async fn only_a_change_drops_it(recent: &dyn Recent, memberships: Memberships) {
    let id = conversation();
    bring(recent, id, &list(id, 1..=3, 0)).await;
    let brought = membership(id, 1, 2);
    let lease = lease(recent, id).await;
    recent.fill_membership(lease, &brought).await.unwrap();
    recent.note(&[added(id, 4..=4, 0)]).await.unwrap();
    let kept = memberships == Memberships::Kept;
    assert_eq!(
        known(recent, id).await,
        kept.then_some(brought),
        "messages change nobody"
    );
    assert_eq!(
        found(recent, id).await,
        Some(list(id, 1..=4, 0)),
        "nor do members messages"
    );
    recent.note(&[changed(id, 4..=4, 0)]).await.unwrap();
    assert_eq!(known(recent, id).await, None);
}

async fn a_lease_is_good_until_the_next_change(recent: &dyn Recent) {
    let (id, other) = (conversation(), conversation());
    let old = lease(recent, id).await;
    let of_list = super::lease(recent, id).await;
    recent.note(&[changed(id, 1..=1, 0)]).await.unwrap();
    for void in [old, of_list, lease(recent, other).await] {
        let kept = recent.fill_membership(void, &membership(id, 1, 1)).await.unwrap();
        assert!(!kept, "what a worker has overtaken was brought back");
    }
    assert_eq!(known(recent, id).await, None);
}

async fn one_of_too_many_is_not_kept(recent: &dyn Recent) {
    let id = conversation();
    let lease = lease(recent, id).await;
    let brought = membership(id, 1, MOST_MEMBERS + 1);
    assert!(!recent.fill_membership(lease, &brought).await.unwrap());
    assert_eq!(known(recent, id).await, None);
}

pub(super) async fn known(recent: &dyn Recent, id: ConversationId) -> Option<Arc<Membership>> {
    match recent.membership(id).await.unwrap() {
        Recalled::Found(membership) => Some(membership),
        Recalled::Nothing(_) => None,
    }
}

async fn lease(recent: &dyn Recent, id: ConversationId) -> Lease {
    match recent.membership(id).await.unwrap() {
        Recalled::Nothing(lease) => lease,
        Recalled::Found(membership) => panic!("{membership:?} is there"),
    }
}

/// One with so many members, as a change at this place left it.
pub(super) fn membership(id: ConversationId, changed: u64, members: usize) -> Arc<Membership> {
    let member = |number: usize| {
        let mut user = [0; 16];
        user[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let member = Member {
            role: if number == 0 { Role::Admin } else { Role::Member },
            since: Offset::new(1, number as u64),
            history_from: number as u64 + 1,
            changes_after: number as u64,
        };
        (UserId::from_bytes(user), member)
    };
    Arc::new(Membership {
        id,
        kind: if members == 2 { Kind::Direct } else { Kind::Group },
        name: (members != 2).then(|| format!("{members} of them\0 ü")),
        open_history: members == 3,
        created_at: Timestamp::from_millis(-7),
        changed: Offset::new(0, changed),
        members: (0..members).map(member).collect(),
    })
}
