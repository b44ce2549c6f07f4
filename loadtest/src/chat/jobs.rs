//! What goose users do while the sockets are busy: make requests, and put measured times into goose's books.

use std::{sync::Arc, time::Duration};

use goose::goose::{GooseUser, TransactionResult};

use super::{
    accounts,
    load::{Job, Load, Phase},
    requests,
};
use crate::measure::Kind;

/// A request that starts later than this after its intended start waited for a free goose user, in µs: 10 ms.
const PUNCTUAL: u64 = 10_000;

/// Does jobs until the sending is over and everything has settled.
pub(super) async fn serve(load: Arc<Load>, user: &mut GooseUser) -> TransactionResult {
    let mut phase = load.phase.subscribe();
    loop {
        let job = tokio::select! {
            biased;
            () = load.aborted.cancelled() => return Ok(()),
            job = next(&load) => job,
            _ = phase.wait_for(|phase| *phase == Phase::Verifying) => return Ok(()),
        };
        match job {
            Some(Job::Request {
                kind,
                user: asker,
                intended,
            }) => {
                if load.meter.record(Kind::Lag, intended, load.meter.now()) > PUNCTUAL {
                    load.meter.counters.crowded.one();
                }
                requests::make(&load, user, kind, asker, intended).await;
            }
            Some(Job::Sample { kind, micros }) => {
                let took = Duration::from_micros(micros);
                user.record_custom_request_duration("SOCKET", kind.name(), took, true, None, None)
                    .await?;
            }
            Some(Job::Renew { user: expired }) => accounts::renew(&load, user, expired).await,
            None => return Ok(()),
        }
    }
}

async fn next(load: &Load) -> Option<Job> {
    load.jobs_to_do.lock().await.recv().await
}
