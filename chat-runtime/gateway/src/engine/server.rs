//! The listener: REST requests to the router, the socket protocol's to its engine, on one port.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

use super::Engine;

/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Largest header of a request, and hyper's read buffer, in bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// What the kernel takes beyond what the network does, in bytes. Without a bound it is megabytes for one who reads nothing, where a
/// backlog would do, which can be shortened.
#[cfg(target_os = "linux")]
const MAX_UNSENT: u32 = 128 * 1024;
/// Pause after a failed accept (out of file descriptors, most likely), so that the failure does not spin.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// A listener and what is served on it.
pub struct Server {
    listener: TcpListener,
    router: Router,
    engines: Vec<Engine>,
}

impl Server {
    /// Serves `engine` at its path and `router` at every other one. `router` finds the client's address in
    /// [`ConnectInfo<SocketAddr>`].
    pub fn new(listener: TcpListener, router: Router, engine: Engine) -> Self {
        Self {
            listener,
            router,
            engines: vec![engine],
        }
    }

    /// Serves another engine at its own path.
    pub fn mount(mut self, engine: Engine) -> Self {
        self.engines.push(engine);
        self
    }

    /// Serves until `shutdown`, then accepts nothing more, ends every socket by closing its transport, lets running
    /// requests finish and returns; what has not ended within [`Config::drain_timeout`](super::Config::drain_timeout)
    /// is left to the process's end. To let clients move before, see [`Engine::drain`].
    pub async fn run(self, shutdown: CancellationToken) {
        let limits = self
            .engines
            .first()
            .map(|engine| engine.config().clone())
            .unwrap_or_default();
        let app = Arc::new(App {
            router: self.router,
            engines: self.engines,
            shutdown: shutdown.clone(),
        });
        let places = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
        let tasks = TaskTracker::new();
        let accepting = async {
            loop {
                let Ok(place) = places.clone().acquire_owned().await else {
                    return;
                };
                if let Some((stream, addr)) = accept(&self.listener).await {
                    tasks.spawn(app.clone().connection(stream, addr, place));
                    // The runtime would start the latest of several new tasks first; clients expect their turn.
                    tokio::task::yield_now().await;
                }
            }
        };
        shutdown.run_until_cancelled(accepting).await;
        drop(self.listener);
        for engine in &app.engines {
            engine.end();
        }
        tasks.close();
        let ended = async {
            tasks.wait().await;
            for engine in &app.engines {
                engine.ended().await;
            }
        };
        if tokio::time::timeout(limits.drain_timeout, ended).await.is_err() {
            tracing::warn!(
                connections = tasks.len(),
                "connections were still open at the end of the drain"
            );
        }
    }
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, addr)) => {
            tune(&stream);
            Some((stream, addr))
        }
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            tokio::time::sleep(ACCEPT_BACKOFF).await;
            None
        }
    }
}

/// A socket that refuses an option is as good without it.
fn tune(stream: &TcpStream) {
    // Chat messages are small and wanted at once.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(MAX_UNSENT);
}

/// What every connection serves.
struct App {
    router: Router,
    engines: Vec<Engine>,
    shutdown: CancellationToken,
}

impl App {
    /// Serves one connection for as long as it speaks HTTP.
    async fn connection(self: Arc<Self>, stream: TcpStream, addr: SocketAddr, _place: OwnedSemaphorePermit) {
        let Some(engine) = self.engines.first() else { return };
        engine.metrics().connections_open.add(1);
        let app = self.clone();
        let service = service_fn(move |request| {
            let app = app.clone();
            async move { Ok::<_, Infallible>(app.answer(request, addr).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(engine.config().header_timeout)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let served = self.shutdown.run_until_cancelled(connection.as_mut()).await;
        let result = match served {
            Some(result) => result,
            None => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection ended with an error");
        }
        engine.metrics().connections_open.sub(1);
    }

    async fn answer(&self, mut request: Request<Incoming>, addr: SocketAddr) -> Response<Body> {
        let path = request.uri().path();
        if let Some(engine) = self.engines.iter().find(|engine| engine.serves(path)) {
            return engine.answer(request, addr).await;
        }
        request.extensions_mut().insert(ConnectInfo(addr));
        match self.router.clone().call(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
