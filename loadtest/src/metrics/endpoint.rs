//! `/metrics` over HTTP, for as long as the program runs: several runs may follow each other on it.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::registry::Registry;
use talkline_metrics::Exposition;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Latency, Source, collect::Collected};

/// The run that is shown, if there is one.
type Shown = Arc<Mutex<Arc<Registry>>>;

/// A listening endpoint; dropping it ends it.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    shown: Shown,
    serving: JoinHandle<io::Result<()>>,
}

impl Endpoint {
    /// Listens at that address.
    ///
    /// # Errors
    /// When the address can not be had.
    pub async fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shown = Shown::default();
        let router = Router::new()
            .route("/metrics", get(answer))
            .with_state(Arc::clone(&shown));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            shown,
            serving,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows that run from now on; its latencies go into what is returned.
    #[must_use]
    pub fn show(&self, run: Arc<dyn Source>) -> Latency {
        let mut registry = Registry::default();
        let latency = Latency::register(&mut registry);
        registry.register_collector(Box::new(Collected(run)));
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
        latency
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(shown): State<Shown>, headers: HeaderMap) -> Response {
    let registry = Arc::clone(&shown.lock().unwrap_or_else(PoisonError::into_inner));
    let form = Exposition::asked(&headers);
    match form.write(&registry) {
        Ok(body) => ([(header::CONTENT_TYPE, form.content_type())], body).into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn fmt::Display) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use talkline_metrics::catalog::loadtest::LATENCY;

    use super::*;
    use crate::{
        measure::{Kind, Outcome},
        metrics::Reading,
    };

    #[derive(Debug)]
    struct Fixed;

    impl Source for Fixed {
        fn read(&self) -> Reading {
            let failed = Outcome {
                failed: 3,
                ..Outcome::default()
            };
            Reading {
                phase: "sending",
                sockets: 7,
                outcomes: [(Kind::Search, failed)].into(),
                failed_traces: [(Kind::Search, ("4bf92f3577b34da6".to_owned(), std::time::UNIX_EPOCH))].into(),
                ..Reading::default()
            }
        }
    }

    async fn scrape(endpoint: &Endpoint, accept: &str) -> (String, Vec<u8>) {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        let url = format!("http://{}/metrics", endpoint.address());
        let response = client.get(url).header("accept", accept).send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, response.bytes().await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn a_run_is_exposed_in_both_forms_and_what_failed_with_its_trace() {
        let endpoint = Endpoint::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let latency = endpoint.show(Arc::new(Fixed));
        latency.observe(Kind::Delivery, Duration::from_millis(30));
        let (kind, body) = scrape(&endpoint, "*/*").await;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(kind, talkline_metrics::OPEN_METRICS);
        assert!(text.contains(r#"talkline_loadtest_phase{phase="sending"} 1"#), "{text}");
        assert!(
            text.contains(r#"_latency_seconds_bucket{le="0.05",kind="delivery"} 1"#),
            "{text}"
        );
        let failed =
            r#"talkline_loadtest_requests_total{kind="search",outcome="failed"} 3 # {trace_id="4bf92f3577b34da6"} 1"#;
        assert!(text.contains(failed), "{text}");
        let (kind, body) = scrape(&endpoint, talkline_metrics::PROTOBUF).await;
        assert_eq!(kind, talkline_metrics::PROTOBUF);
        let name = LATENCY.name.as_bytes();
        assert!(body.windows(name.len()).any(|part| part == name));
    }
}
