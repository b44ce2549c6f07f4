//! How the servers are that this process needs: looked at all the time, told when it changes, and shown as a metric.
//!
//! What a part that is gone means for the process is not said here, but by each role's readiness.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use talkline_core::Result;
use talkline_metrics::catalog::dependency as catalog;
use tokio::{task::JoinHandle, time::interval};
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;

/// Between two looks: an alert needs no more.
const LOOK: Duration = Duration::from_secs(5);

/// What answered when it was asked last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependencies {
    up: Family<Dependency, Gauge>,
    known: Arc<Mutex<BTreeMap<&'static str, bool>>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Dependency {
    dependency: &'static str,
}

impl Dependencies {
    /// Shown as `talkline_dependency_up` from the first answer on.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        catalog::UP.register(registry, new.up.clone());
        new
    }

    /// What a part answered. Said once, when it is another thing than before.
    pub(crate) fn answered(&self, dependency: &'static str, answer: &Result<()>) {
        self.up
            .get_or_create(&Dependency { dependency })
            .set(i64::from(answer.is_ok()));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.insert(dependency, answer.is_ok());
        match answer {
            Err(error) if before != Some(false) => tracing::warn!(dependency, %error, "a server does not answer"),
            Ok(()) if before == Some(false) => tracing::info!(dependency, "a server answers again"),
            _ => {}
        }
    }
}

/// Asks a cluster's servers again and again, until it is ended.
pub(crate) struct Watch {
    watching: JoinHandle<()>,
    stop: CancellationToken,
}

impl Watch {
    pub(crate) fn start(cluster: Arc<Cluster>) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let watching = tokio::spawn(async move {
            let mut looks = interval(LOOK);
            let watch = async {
                loop {
                    looks.tick().await;
                    cluster.answers().await;
                }
            };
            stopped.run_until_cancelled(watch).await;
        });
        Self { watching, stop }
    }

    /// Nobody has the cluster any more for this.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.watching.await {
            tracing::error!(%error, "the watch over the servers broke");
        }
    }
}

#[cfg(test)]
mod tests {
    use talkline_core::{Error, ErrorKind};

    use super::*;

    #[test]
    fn the_last_answer_counts() {
        let mut registry = Registry::default();
        let dependencies = Dependencies::register(&mut registry);
        let shown = || {
            let mut text = String::new();
            prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
            text
        };
        for (answer, value) in [
            (Ok(()), 1),
            (Err(Error::new(ErrorKind::Unavailable, "ping", "gone")), 0),
            (Ok(()), 1),
        ] {
            dependencies.answered("log", &answer);
            let line = format!("talkline_dependency_up{{dependency=\"log\"}} {value}\n");
            assert!(shown().contains(&line), "{}", shown());
        }
    }
}
