//! The documents of one change of membership arrive one by one; a membership shows all of them or none.

use talkline_core::conversation::Docs;

use crate::{
    database::{Own, shared},
    script::{ANN, BOB, EVE, Group},
};

#[tokio::test]
async fn a_change_shows_once_all_of_its_members_are_there() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let store = own.mongo.store();
    let mut group = Group::new("membership");
    let id = group.id;
    let zed = talkline_core::id::UserId::from_bytes([9; 16]);
    group.add(&[EVE, zed]);
    let docs = group.docs();
    let (first, second) = (docs.members[..2].to_vec(), docs.members[2..].to_vec());
    let created = Docs {
        changes: docs.changes[..1].to_vec(),
        members: first,
        ..Docs::default()
    };
    store.write(&created).await.unwrap();
    let before = store.membership(id).await.unwrap().unwrap();
    assert_eq!(before.members.keys().copied().collect::<Vec<_>>(), [ANN, BOB]);
    for half in [
        Docs {
            members: second[..1].to_vec(),
            ..Docs::default()
        },
        Docs {
            changes: docs.changes[1..].to_vec(),
            ..Docs::default()
        },
    ] {
        store.append(&half).await.unwrap();
        assert_eq!(
            store.membership(id).await.unwrap().unwrap(),
            before,
            "half of it is not shown"
        );
    }
    store.write(&docs).await.unwrap();
    let after = store.membership(id).await.unwrap().unwrap();
    assert_eq!(after.members.keys().copied().collect::<Vec<_>>(), [ANN, BOB, EVE, zed]);
    assert_eq!(after.changed, docs.changes[1].offset);
    own.end().await;
}
