//! Whether this gateway can serve: it is not draining, and what it needs answers in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Value, json};
use talkline_core::{Error, ErrorKind, Result, id::SessionId};
use utoipa::ToSchema;

use crate::{admin::Readiness, ports::Ports};

/// How long each part may take to answer.
const DEADLINE: Duration = Duration::from_secs(2);

/// Watches over what the gateway needs; a clone watches the same.
#[derive(Clone)]
pub struct Health {
    ports: Ports,
    draining: Arc<AtomicBool>,
}

/// How the gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// Everything that it cannot serve without, in one word.
    pub status: Status,
    /// Conversations can be read.
    pub store: Status,
    /// Users and logins can be read.
    pub accounts: Status,
    /// Rate limits' counters can be read. Without them the gateway serves on, and limits nobody.
    pub limits: Status,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It answers.
    Ok,
    /// It does not, or not in time.
    Unavailable,
    /// The gateway is going away and wants no new clients.
    Draining,
}

impl Health {
    /// Over these ports, not draining.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            draining: Arc::default(),
        }
    }

    /// The gateway is going away: it is not ready from now on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Asks everything, at the same time.
    pub async fn report(&self) -> Report {
        let Ports {
            store,
            accounts,
            limits,
            clock,
            ..
        } = &self.ports;
        let nobody = SessionId::from_bytes([0; 16]);
        let probe = talkline_core::limit::Quota {
            permits: 1,
            window: DEADLINE,
        };
        let (store, accounts, limits) = tokio::join!(
            status("store", async { store.mark(0).await.map(drop) }),
            status("accounts", async {
                accounts.is_session_open(nobody, clock.now()).await.map(drop)
            }),
            status("limits", async { limits.peek("health", probe).await.map(drop) }),
        );
        let all_well = [store, accounts].iter().all(|part| *part == Status::Ok);
        let status = match (self.draining.load(Ordering::Relaxed), all_well) {
            (true, _) => Status::Draining,
            (false, true) => Status::Ok,
            (false, false) => Status::Unavailable,
        };
        Report {
            status,
            store,
            accounts,
            limits,
        }
    }
}

#[async_trait]
impl Readiness for Health {
    async fn readiness(&self) -> (bool, Value) {
        let report = self.report().await;
        (report.status == Status::Ok, json!(report))
    }
}

async fn status(part: &'static str, probe: impl Future<Output = Result<()>>) -> Status {
    let late = |_| Error::new(ErrorKind::Unavailable, "health.probe", "no answer in time");
    match tokio::time::timeout(DEADLINE, probe).await.map_err(late).flatten() {
        Ok(()) => Status::Ok,
        Err(error) => {
            tracing::warn!(part, %error, "a part that the gateway needs does not answer");
            Status::Unavailable
        }
    }
}
