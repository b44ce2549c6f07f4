//! Two workers that hold one partition bring the same changes in at the same time, in different orders.

use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use talkline_core::{
    conversation::{Change, Command},
    id::MessageId,
    port::Store,
    suite::memory::MemoryStore,
};

use crate::{
    database::{Own, shared},
    script::{ALL, ANN, BOB, Group},
};

/// Edits, reactions and, where `deleted`, a deletion, of one message; and names.
fn changes(group: &mut Group, message: MessageId, deleted: bool) {
    for n in 0..12 {
        let change = group.change();
        let text = format!("$edit {n}");
        group.push(ANN, Command::Edit { change, message, text });
        for (actor, emoji) in [(ANN, "👍"), (BOB, "👍"), (BOB, "a.b")] {
            let (change, emoji) = (group.change(), emoji.to_owned());
            let on = n % 3 != 0;
            group.push(
                actor,
                Command::React {
                    change,
                    message,
                    emoji,
                    on,
                },
            );
        }
        let (change, name) = (group.change(), format!("name {n}"));
        group.push(ANN, Command::Rename { change, name });
    }
    if deleted {
        let change = group.change();
        group.push(ANN, Command::Delete { change, message });
    }
}

async fn project(store: &dyn Store, changes: &[Change]) {
    for change in changes {
        store.project(std::slice::from_ref(change)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_project_at_once() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let store = own.mongo.store();
    for seed in 0..4 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut group = Group::new(&format!("race {seed}"));
        let (id, message) = (group.id, group.send(ANN, "as sent"));
        changes(&mut group, message, seed % 2 == 1);
        let docs = group.docs();
        let expected = MemoryStore::new(1);
        expected.write(&docs).await.unwrap();
        assert_eq!(store.append(&docs).await.unwrap(), []);
        let (mut one, mut other) = (docs.changes.clone(), docs.changes.clone());
        one.shuffle(&mut rng);
        other.shuffle(&mut rng);
        tokio::join!(project(&*store, &one), project(&*store, &other), async {
            store.project(&docs.changes).await.unwrap()
        });
        assert_eq!(
            store.page(id, ALL, 10).await.unwrap(),
            expected.page(id, ALL, 10).await.unwrap(),
            "seed {seed}"
        );
        assert_eq!(
            store.membership(id).await.unwrap(),
            expected.membership(id).await.unwrap(),
            "seed {seed}"
        );
        assert_eq!(
            store.heads(&[id]).await.unwrap(),
            expected.heads(&[id]).await.unwrap(),
            "seed {seed}"
        );
    }
    own.end().await;
}
