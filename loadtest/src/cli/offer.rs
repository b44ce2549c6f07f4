//! A report offered over HTTP, for who runs the harness where no file outlives it: `GET /report.json`, `GET /report.html`, and `DELETE /`
//! by who has them. `GET /` says that they are there.

use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{Html as Page, IntoResponse},
    routing::get,
};
use talkline_loadtest::report::{Html, Report};
use tokio::{net::TcpListener, sync::Notify, time::timeout};

/// How long it is offered at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// The longest JSON that is offered, in bytes: as much as fits into a ConfigMap beside the page.
const LONGEST: usize = 640 << 10;

/// A place to offer a report at, taken before there is one. Nothing answers there until then.
pub(super) struct Offer(TcpListener);

struct Offered {
    json: String,
    html: String,
    taken: Notify,
}

impl Offer {
    /// Takes the address.
    pub(super) async fn at(address: SocketAddr) -> Result<Self, String> {
        let listener = TcpListener::bind(address).await;
        listener
            .map(Self)
            .map_err(|error| format!("--offer {address}: {error}"))
    }

    /// Offers it until somebody says to have it, or for two minutes.
    pub(super) async fn until_taken(self, report: &Report) -> Result<(), String> {
        let offered = Arc::new(Offered {
            json: report.within(LONGEST).map_err(|error| error.to_string())?,
            html: Html(report).to_string(),
            taken: Notify::new(),
        });
        let routes = Router::new()
            .route("/report.json", get(json))
            .route("/report.html", get(html))
            .route("/", get(offered_now).delete(taken))
            .with_state(Arc::clone(&offered));
        let until = Arc::clone(&offered);
        let serving = axum::serve(self.0, routes).with_graceful_shutdown(async move { until.taken.notified().await });
        match timeout(PATIENCE, serving.into_future()).await {
            Ok(served) => served.map_err(|error| format!("the report can not be offered: {error}")),
            Err(_) => {
                // Nobody to read it is no reason to stop.
                drop(writeln!(
                    io::stderr(),
                    "nobody took the report within {} s",
                    PATIENCE.as_secs()
                ));
                Ok(())
            }
        }
    }
}

async fn json(State(offered): State<Arc<Offered>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], offered.json.clone())
}

async fn html(State(offered): State<Arc<Offered>>) -> impl IntoResponse {
    Page(offered.html.clone())
}

async fn offered_now() -> &'static str {
    "report.json, report.html\n"
}

async fn taken(State(offered): State<Arc<Offered>>) -> StatusCode {
    offered.taken.notify_one();
    StatusCode::NO_CONTENT
}
