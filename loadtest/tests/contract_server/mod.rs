//! A small real server of the contract's core, which keeps it or breaks it on demand, by exact numbers.

#![allow(dead_code, reason = "every test program uses another part of it")]

mod faults;
mod rest;
mod sockets;
mod store;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

pub(crate) use faults::Faults;
use store::Store;

/// What all connections share.
pub(crate) struct Shared {
    store: Mutex<Store>,
    /// How many messages are stored.
    stored: watch::Sender<usize>,
}

impl Shared {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }
}

/// A server with what it stored; it can be killed and started again.
pub(crate) struct ContractServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    running: Option<(CancellationToken, tokio::task::JoinHandle<()>)>,
}

impl ContractServer {
    pub(crate) async fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            store: Mutex::new(Store::new(faults)),
            stored: watch::Sender::new(0),
        });
        let mut server = Self {
            address,
            shared,
            running: None,
        };
        server.serve(listener);
        server
    }

    /// Another gateway of the same server.
    pub(crate) async fn beside(&self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut gateway = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::clone(&self.shared),
            running: None,
        };
        gateway.serve(listener);
        gateway
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until so many messages are stored.
    pub(crate) async fn stored(&self, messages: usize) {
        let mut stored = self.shared.stored.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(60), stored.wait_for(|stored| *stored >= messages));
        waited.await.expect("messages arrive").unwrap();
    }

    /// Cuts every connection at once, in the middle of whatever it does; what is stored stays.
    pub(crate) async fn kill(&mut self) {
        let (token, task) = self.running.take().unwrap();
        token.cancel();
        task.await.unwrap();
        self.shared.store().forget_closed_sockets();
    }

    /// Waits until nobody is connected any more.
    pub(crate) async fn no_sockets(&self) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            self.shared.store().forget_closed_sockets();
            if self.shared.store().is_alone() {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "sockets stay");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Loses the message that comes after so many.
    pub(crate) fn lose_one_after(&self, messages: usize) {
        self.shared.store().faults.lose_at = Some(messages + 1);
    }

    /// The longest that something took beyond what its faults say.
    pub(crate) fn overslept(&self) -> Duration {
        self.shared.store().overslept
    }

    /// How many users have renewed their tokens.
    pub(crate) fn renewed(&self) -> usize {
        self.shared.store().renewed.len()
    }

    /// Tells every client that the server goes away.
    pub(crate) fn ask_to_move(&self, within_ms: u64) {
        self.shared.store().ask_to_move(within_ms);
    }

    /// Listens again where it did.
    pub(crate) async fn restart(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    fn serve(&mut self, listener: TcpListener) {
        let token = CancellationToken::new();
        let task = tokio::spawn(accept(listener, Arc::clone(&self.shared), token.clone()));
        self.running = Some((token, task));
    }
}

impl Drop for ContractServer {
    fn drop(&mut self) {
        if let Some((token, _)) = &self.running {
            token.cancel();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move { serve_one(accepted.unwrap().0, shared).await });
            }
        }
    }
    connections.shutdown().await;
}

/// Sockets and REST share the port; the first bytes tell them apart.
async fn serve_one(stream: TcpStream, shared: Arc<Shared>) {
    // Without it a small answer waits up to 40 ms for the client's kernel, which an instrument rightly reports.
    stream.set_nodelay(true).unwrap();
    let mut first = [0; 14];
    while stream
        .peek(&mut first)
        .await
        .is_ok_and(|read| read > 0 && read < first.len())
    {
        tokio::task::yield_now().await;
    }
    if &first == b"GET /socket.io" {
        sockets::serve(stream, shared).await;
    } else {
        let service = TowerToHyperService::new(rest::router(shared));
        // A client that goes away is no fault of the test.
        drop(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    }
}
