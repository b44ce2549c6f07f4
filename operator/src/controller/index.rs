//! Which objects of a kind each ChatCluster has, by its label on them: so that looking for what one has takes as long in a large fleet as in
//! a small one.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::{Arc, PoisonError, RwLock},
};

use kube::{ResourceExt as _, api::DynamicObject, runtime::watcher::Event};

use crate::{build::INSTANCE, upkeep::Place};

/// Names of objects, by namespace and ChatCluster.
type Names = HashMap<Place, BTreeSet<String>>;

/// See the module. An object that has changed hands may be among the names of both, so whoever asks looks at the object, too.
#[derive(Clone, Default)]
pub(super) struct Index(Arc<RwLock<Names>>);

/// Keeps an index as a watch says.
pub(super) struct Keeper {
    index: Index,
    /// Of a list that is not complete yet.
    listed: Names,
}

impl Index {
    pub(super) fn of(&self, namespace: &str, cluster: &str) -> Vec<String> {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = (namespace.to_owned(), cluster.to_owned());
        names.get(&place).into_iter().flatten().cloned().collect()
    }

    pub(super) fn keeper(&self) -> Keeper {
        Keeper {
            index: self.clone(),
            listed: Names::default(),
        }
    }
}

impl Keeper {
    pub(super) fn follow(&mut self, event: &Event<DynamicObject>) {
        let mut names = self.index.0.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(object) => add(&mut self.listed, object),
            Event::InitDone => *names = mem::take(&mut self.listed),
            Event::Apply(object) => add(&mut names, object),
            Event::Delete(object) => remove(&mut names, object),
        }
    }
}

fn add(names: &mut Names, object: &DynamicObject) {
    if let Some(place) = place(object) {
        names.entry(place).or_default().insert(object.name_any());
    }
}

fn remove(names: &mut Names, object: &DynamicObject) {
    let Some(place) = place(object) else {
        return;
    };
    if let Some(left) = names.get_mut(&place) {
        left.remove(&object.name_any());
        if left.is_empty() {
            names.remove(&place);
        }
    }
}

fn place(object: &DynamicObject) -> Option<Place> {
    let cluster = object.labels().get(INSTANCE)?.clone();
    Some((object.namespace().unwrap_or_default(), cluster))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str, cluster: &str) -> DynamicObject {
        let labels = json!({ INSTANCE: cluster });
        let value = json!({ "metadata": { "name": name, "namespace": "team", "labels": labels } });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn names_follow_a_watch_and_a_new_list_replaces_the_old_one() {
        let index = Index::default();
        let mut keeper = index.keeper();
        let of = |cluster: &str| index.of("team", cluster);
        keeper.follow(&Event::Init);
        keeper.follow(&Event::InitApply(object("a", "chat")));
        assert_eq!(of("chat"), Vec::<String>::new(), "the list is not complete");
        keeper.follow(&Event::InitDone);
        keeper.follow(&Event::Apply(object("b", "chat")));
        keeper.follow(&Event::Apply(object("c", "other")));
        assert_eq!(
            (of("chat"), of("other")),
            (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()])
        );
        keeper.follow(&Event::Delete(object("a", "chat")));
        assert_eq!(of("chat"), ["b"]);
        keeper.follow(&Event::Init);
        assert_eq!(of("chat"), ["b"], "what was known holds until there is a new list");
        keeper.follow(&Event::InitDone);
        assert_eq!(of("chat"), Vec::<String>::new());
        assert!(index.0.read().unwrap().is_empty());
    }
}
