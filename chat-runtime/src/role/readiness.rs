//! Whether a role wants work: it is not leaving, and the servers that it cannot work without answer.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use talkline_gateway::{admin::Readiness, health::Health};
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;

/// A gateway's: as its health says, and the log can be written.
pub(super) struct GatewayReadiness {
    health: Health,
    cluster: Arc<Cluster>,
}

impl GatewayReadiness {
    pub(super) fn new(health: Health, cluster: Arc<Cluster>) -> Self {
        Self { health, cluster }
    }
}

#[async_trait]
impl Readiness for GatewayReadiness {
    async fn readiness(&self) -> (bool, Value) {
        let ((ready, mut parts), [(log, answers), ..]) = tokio::join!(self.health.readiness(), self.cluster.answers());
        if let Some(parts) = parts.as_object_mut() {
            parts.insert(log.to_owned(), word(answers));
            if ready && !answers {
                parts.insert("status".to_owned(), word(false));
            }
        }
        (ready && answers, parts)
    }
}

/// A worker's: the log and the store answer. Without the bus it works on, and clients learn of it later.
pub(super) struct WorkerReadiness {
    leaving: CancellationToken,
    cluster: Arc<Cluster>,
}

impl WorkerReadiness {
    pub(super) fn new(leaving: CancellationToken, cluster: Arc<Cluster>) -> Self {
        Self { leaving, cluster }
    }
}

#[async_trait]
impl Readiness for WorkerReadiness {
    async fn readiness(&self) -> (bool, Value) {
        let answers = self.cluster.answers().await;
        let able = answers.iter().all(|(part, answers)| *answers || *part == "bus");
        let status = if self.leaving.is_cancelled() {
            json!("draining")
        } else {
            word(able)
        };
        let mut parts = Map::from_iter([("status".to_owned(), status)]);
        parts.extend(answers.map(|(part, answers)| (part.to_owned(), word(answers))));
        (able && !self.leaving.is_cancelled(), parts.into())
    }
}

/// As the gateway's report has it.
fn word(answers: bool) -> Value {
    json!(if answers { "ok" } else { "unavailable" })
}
