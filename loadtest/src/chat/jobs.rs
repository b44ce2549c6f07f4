//! What goose users do while the sockets are busy: read history, and put measured times into goose's books.

use std::{sync::Arc, time::Duration};

use goose::goose::{GooseUser, TransactionResult};
use reqwest::StatusCode;

use super::{
    accounts, history,
    load::{Job, Load, Phase},
    rest,
};
use crate::measure::Kind;

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
            Some(Job::History { user: reader, intended }) => read(&load, user, reader, intended).await,
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

/// Reads the newest page as that user, once: a late second attempt would measure another thing.
async fn read(load: &Load, user: &mut GooseUser, reader: usize, intended: u64) {
    let room = reader / load.options.rooms_of;
    let Some((account, conversation)) = load.account(reader).zip(load.conversation(room)) else {
        return;
    };
    let (path, token) = (history::newest(&conversation.id), account.tokens().access_token.clone());
    let answer = rest::attempt(user, load.targets.next(), &history::call(&path, &token)).await;
    let counters = &load.meter.counters;
    match answer {
        Ok(Ok(answer)) if answer.status == StatusCode::OK => {
            counters.history_reads.one();
            load.meter.record(Kind::History, intended, load.meter.now());
        }
        Ok(Ok(answer)) if answer.status == StatusCode::UNAUTHORIZED => {
            counters.history_failures.one();
            accounts::renew(load, user, reader).await;
        }
        _ => counters.history_failures.one(),
    }
}
