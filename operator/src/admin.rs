//! Health and metrics: `/livez` as long as the process answers at all, `/readyz` once it could do its work, be it as the one that leads or
//! as one that stands by, `/metrics` in the form that is asked for.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::registry::Registry;
use talkline_metrics::Exposition;
use tokio::{net::TcpListener, sync::Semaphore};

use crate::failure::Failure;

/// Connections at once; whoever comes beyond waits.
const CONNECTIONS: usize = 64;
/// How long a client may take for its request's head.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server.
pub(crate) struct Admin {
    listener: TcpListener,
    state: Arc<State>,
}

/// What it tells.
pub(crate) struct State {
    registry: Registry,
    is_ready: AtomicBool,
}

impl State {
    /// The process could do its work now.
    pub(crate) fn be_ready(&self) {
        self.is_ready.store(true, Ordering::Relaxed);
    }
}

impl Admin {
    /// Takes the address.
    ///
    /// # Errors
    /// It cannot be had.
    pub(crate) async fn bind(address: SocketAddr, registry: Registry) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| {
            Failure::usage(format_args!(
                "cannot listen on {address}: {error}; choose another with --listen"
            ))
        })?;
        let state = Arc::new(State {
            registry,
            is_ready: AtomicBool::new(false),
        });
        Ok(Self { listener, state })
    }

    /// What it tells.
    pub(crate) fn state(&self) -> Arc<State> {
        self.state.clone()
    }

    /// Where it is.
    ///
    /// # Errors
    /// The system does not say.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever. Connections end with the future.
    pub(crate) async fn serve(self) {
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            // The semaphore is never closed.
            let Ok(permit) = permits.clone().acquire_owned().await else {
                return;
            };
            let accepted = self.listener.accept().await;
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = accepted else {
                // Too many open files, most likely: others must end first.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let state = self.state.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| {
                    let answer = answer(&state, &request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let mut http = hyper::server::conn::http1::Builder::new();
                let connection = http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
                // A client that goes away in the middle is nobody's failure.
                drop(connection.serve_connection(TokioIo::new(stream), service).await);
                drop(permit);
            });
        }
    }
}

fn answer(state: &State, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    match request.uri().path() {
        _ if !is_read => text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n"),
        "/livez" => text(StatusCode::OK, "ok\n"),
        "/readyz" if state.is_ready.load(Ordering::Relaxed) => text(StatusCode::OK, "ready\n"),
        "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        "/metrics" => measured(state, Exposition::asked(request.headers())),
        _ => text(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn measured(state: &State, exposition: Exposition) -> Response<Full<Bytes>> {
    match exposition.write(&state.registry) {
        Ok(page) => {
            let mut response = text(StatusCode::OK, page);
            let kind = header::HeaderValue::from_static(exposition.content_type());
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            text(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n")
        }
    }
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health;

    #[tokio::test]
    async fn a_process_that_starts_lives_and_is_ready_when_it_says_so() {
        let admin = Admin::bind(([127, 0, 0, 1], 0).into(), Registry::default())
            .await
            .ok()
            .unwrap();
        let (state, address) = (admin.state(), admin.address().unwrap());
        let serving = tokio::spawn(admin.serve());
        let ask = |path: &str| health::ask(format!("http://{address}{path}"));
        assert!(ask("/livez").await.is_ok());
        assert!(ask("/metrics").await.is_ok());
        let error = ask("/readyz").await.unwrap_err();
        assert!(error.contains("503"), "{error}");
        assert!(ask("/").await.unwrap_err().contains("404"));
        state.be_ready();
        assert!(ask("/readyz").await.is_ok());
        serving.abort();
    }
}
