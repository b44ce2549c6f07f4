//! What a reconcile needs besides its ChatCluster.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kube::{Client, runtime::events::Recorder};
use tokio::sync::watch;

use super::Children;
use crate::{
    apply::Applied,
    dereference::KeysRead,
    load::Load,
    metrics::Metrics,
    status::Written,
    upkeep::{Access, Place, Upkeep},
    validate::Apis,
};

/// What all scopes share.
pub(crate) struct Shared {
    /// The API server.
    pub(crate) client: Client,
    /// The namespace of this process.
    pub(crate) namespace: String,
    /// What is served of the optional APIs.
    pub(crate) apis: watch::Receiver<Apis>,
    /// Tells people what happened.
    pub(crate) events: Recorder,
    /// What is on the servers.
    pub(crate) upkeep: Upkeep,
    /// What is counted.
    pub(crate) metrics: Metrics,
}

/// What is remembered of one ChatCluster between reconciles. Nothing is lost with it: it is found again by applying once more.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What was applied, and what it came to.
    pub(crate) applied: Applied,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Its signing keys as they were read.
    pub(crate) keys: Option<KeysRead>,
    /// What its pods carry.
    pub(crate) load: Load,
    /// Whether gateways are to go, one after the other.
    pub(crate) is_scaling_in: bool,
    /// How its servers were reached last, where its data is to go with it: its Secrets may go first.
    pub(crate) access: Option<Arc<Access>>,
    /// Tries to remove that data.
    pub(crate) tries: u32,
    /// The status that was written last.
    pub(crate) written: Option<Written>,
}

/// The context of one scope.
pub(crate) struct Context {
    /// What all scopes share.
    pub(crate) shared: Arc<Shared>,
    /// What there is.
    pub(crate) children: Children,
    memories: Mutex<HashMap<Place, Memory>>,
}

impl Context {
    pub(super) fn new(shared: Arc<Shared>, children: Children) -> Self {
        Self {
            shared,
            children,
            memories: Mutex::default(),
        }
    }

    /// Takes what is remembered of a ChatCluster; only one reconcile of it runs at a time, and gives it back.
    pub(crate) fn recall(&self, namespace: &str, name: &str) -> Memory {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        memories.remove(&place(namespace, name)).unwrap_or_default()
    }

    /// Gives it back.
    pub(crate) fn remember(&self, namespace: &str, name: &str, memory: Memory) {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        memories.insert(place(namespace, name), memory);
        self.shared.metrics.clusters(memories.len());
    }

    /// Forgets one that is gone.
    pub(crate) fn forget(&self, place: &Place) {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        // Another scope's is none of ours to forget.
        if memories.remove(place).is_some() {
            self.shared.upkeep.forget(place);
        }
        self.shared.metrics.clusters(memories.len());
    }
}

fn place(namespace: &str, name: &str) -> Place {
    (namespace.to_owned(), name.to_owned())
}
