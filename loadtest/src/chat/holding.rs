//! A further socket of a user, which is only held: its pings are answered, what it receives is read and not looked at, and when it is
//! lost, another one is opened.

use std::{convert::Infallible, sync::Arc};

use tokio::time::{sleep, timeout};

use super::{
    backoff::Backoff,
    load::{Load, Phase},
};
use crate::socket::{
    connection::{Connection, Lost},
    packet::Packet,
};

/// Holds the user's socket of that number until the run verifies, or is aborted.
pub(super) async fn hold(load: Arc<Load>, user: usize, number: usize) {
    let mut phase = load.phase.subscribe();
    tokio::select! {
        biased;
        () = load.aborted.cancelled() => {}
        _ = phase.wait_for(|phase| *phase == Phase::Verifying) => {}
        () = stay_connected(&load, user, number) => {}
    }
}

async fn stay_connected(load: &Load, user: usize, number: usize) {
    let mut backoff = Backoff::default();
    let mut gateway = user + number;
    let mut again = false;
    loop {
        // Boxed, so that the handshake's state is not kept for as long as the connection.
        match Box::pin(load.connect(user, gateway, number)).await {
            Ok(connection) => {
                backoff = Backoff::default();
                load.meter.counters.connects.one();
                if !std::mem::replace(&mut again, true) {
                    load.connecting.finish_one();
                }
                let open = load.sockets.one_more();
                let Err(lost) = listen(load, connection).await;
                drop(open);
                load.meter.counters.disconnects.one();
                load.note_disconnect(&lost);
            }
            Err(lost) => load.connect_failed(user, &lost),
        }
        gateway += 1;
        sleep(backoff.next(rand::random())).await;
    }
}

async fn listen(load: &Load, mut connection: Connection) -> Result<Infallible, Lost> {
    let silence = connection.silence_limit();
    loop {
        let received = connection.receive(|packet| {
            if matches!(packet, Packet::Ping) {
                load.meter.counters.pings.one();
            }
        });
        timeout(silence, received).await.map_err(|_| Lost::Silent)??;
    }
}
