//! What surrounds a run: who lets it begin, who watches it, and who may end it.

use std::{sync::Arc, time::Instant};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{measure::Point, metrics::Endpoint};

/// What surrounds a run.
#[derive(Debug)]
pub struct Stage {
    /// Who says when the sending begins.
    pub gate: Gate,
    /// Who gets a point each second; one that does not keep up misses some.
    pub watcher: mpsc::Sender<Point>,
    /// Ends the run before its time.
    pub stop: CancellationToken,
    /// Where the run is shown to Prometheus.
    pub endpoint: Option<Arc<Endpoint>>,
}

/// Who says when the sending begins.
#[derive(Debug)]
pub enum Gate {
    /// Nobody: at once.
    Open,
    /// Somebody who waits for others too.
    Held {
        /// Told once all sockets are open.
        ready: oneshot::Sender<()>,
        /// When to begin; dropped when there is nothing to begin any more.
        start: oneshot::Receiver<Instant>,
    },
}

impl Gate {
    /// When to begin; none when whoever held it has gone.
    pub(super) async fn pass(self) -> Option<Instant> {
        match self {
            Self::Open => Some(Instant::now()),
            Self::Held { ready, start } => {
                // Nobody to be told has dropped the other end too.
                _ = ready.send(());
                start.await.ok()
            }
        }
    }
}
