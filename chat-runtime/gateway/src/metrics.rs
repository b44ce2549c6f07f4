//! Every metric of the gateway: names, labels, units, and what each is for.
//!
//! Labels have few values, known beforehand: never a user, a conversation, a path or an address.

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};
use talkline_core::time::Timestamp;
use talkline_metrics::histogram;

use crate::{engine, problem::Problem};

/// Seconds. From a cached answer to the request's deadline.
const LATENCY: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 15.0];

/// Seconds. From a message that waits for nobody to one that waited for a worker to come back.
const DELIVERY: [f64; 13] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0];

/// The gateway's metrics. A clone counts into the same ones.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Requests over HTTP.
    pub http: Http,
    /// Logins, by what became of them.
    pub logins: Family<Outcome, Counter>,
    /// Messages sent, by what became of them.
    pub sends: Family<Outcome, Counter>,
    /// How long messages are on their way.
    pub delivery: Delivery,
    /// Where pages of history come from.
    pub history: History,
}

/// How long messages are on their way.
#[derive(Clone, Debug)]
pub struct Delivery {
    duration: Histogram,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            duration: histogram(DELIVERY),
        }
    }
}

impl Delivery {
    /// A message that was accepted then is handed to its members' sockets now.
    pub(crate) fn observe(&self, accepted: Timestamp, now: Timestamp) {
        let millis = (now.as_millis() - accepted.as_millis()).max(0);
        self.duration
            .observe(Duration::from_millis(millis as u64).as_secs_f64());
    }
}

/// Where pages of history come from.
#[derive(Clone, Debug, Default)]
pub struct History {
    memory: Family<Outcome, Counter>,
    shared: Family<Outcome, Counter>,
    fills: Family<Outcome, Counter>,
    pages: Family<Outcome, Counter>,
}

/// Requests over HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    duration: Family<Route, Histogram>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            duration: Family::new_with_constructor(|| histogram(LATENCY)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
    status: &'static str,
}

/// What became of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// `ok`, or the problem's code.
    pub outcome: &'static str,
}

impl Http {
    /// A request was answered. `route` is the route's template.
    pub fn observe(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let labels = Route {
            method: method_label(method),
            route: route.to_owned(),
            status: class(status),
        };
        self.duration.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

impl Metrics {
    /// Metrics that `registry` shows from now on.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register_with_unit(
            "talkline_gateway_http_request_duration",
            "Requests over HTTP, by route template and class of status, and how long they took",
            Unit::Seconds,
            metrics.http.duration.clone(),
        );
        registry.register(
            "talkline_gateway_logins",
            "Registrations, logins and refreshes, by outcome",
            metrics.logins.clone(),
        );
        registry.register(
            "talkline_gateway_sends",
            "Messages that clients asked to send, over REST or a socket, by outcome; ok is accepted by the log",
            metrics.sends.clone(),
        );
        registry.register_with_unit(
            "talkline_gateway_delivery",
            "From a message's acceptance by any gateway, by its clock, to the sockets of this one: once a message, and live only",
            Unit::Seconds,
            metrics.delivery.duration.clone(),
        );
        metrics.history.register(registry);
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.http.observe(&Method::GET, "", StatusCode::OK, Duration::ZERO);
        self.login(&Ok(()));
        self.send(&Ok(()));
        self.history.memory("");
        self.history.shared("");
        self.history.fill("");
        self.history.answered(true);
    }

    /// Somebody registered, logged in or refreshed; or tried to.
    pub fn login<T>(&self, result: &Result<T, Problem>) {
        let outcome = outcome(result);
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }

    /// Somebody sent a message; or tried to.
    pub fn send<T>(&self, result: &Result<T, Problem>) {
        let outcome = outcome(result);
        self.sends.get_or_create(&Outcome { outcome }).inc();
    }
}

impl History {
    fn register(&self, registry: &mut Registry) {
        let families = [
            (
                "memory",
                "Looks for a conversation's newest messages in this gateway's memory: hit, behind (the shared cache did not confirm it) or miss",
                &self.memory,
            ),
            (
                "shared",
                "Looks in the cache that gateways share: hit, miss, stale (behind what this gateway had heard) or failed",
                &self.shared,
            ),
            (
                "fills",
                "Newest messages read from the store and brought to the shared cache: kept, overtaken by a worker, or failed",
                &self.fills,
            ),
            (
                "pages",
                "Pages asked for: within the newest messages, or beyond, which the store answers",
                &self.pages,
            ),
        ];
        for (name, help, family) in families {
            registry.register(format!("talkline_gateway_history_{name}"), help, family.clone());
        }
    }

    /// Somebody looked in memory.
    pub(crate) fn memory(&self, outcome: &'static str) {
        self.memory.get_or_create(&Outcome { outcome }).inc();
    }

    /// Somebody looked in the cache that gateways share.
    pub(crate) fn shared(&self, outcome: &'static str) {
        self.shared.get_or_create(&Outcome { outcome }).inc();
    }

    /// Something was brought there.
    pub(crate) fn fill(&self, outcome: &'static str) {
        self.fills.get_or_create(&Outcome { outcome }).inc();
    }

    /// A page was, or was not, within the newest messages.
    pub(crate) fn answered(&self, within: bool) {
        let outcome = if within { "within" } else { "beyond" };
        self.pages.get_or_create(&Outcome { outcome }).inc();
    }
}

fn outcome<T>(result: &Result<T, Problem>) -> &'static str {
    result.as_ref().map_or_else(|problem| problem.code().as_str(), |_| "ok")
}

/// Methods are the client's to invent; these are ours.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// What others count themselves, read when it is asked for.
pub struct Readings {
    /// The socket engine's counters.
    pub engine: Arc<engine::Metrics>,
    /// How many passwords are being hashed or wait for it.
    pub pending_hashes: Box<dyn Fn() -> usize + Send + Sync>,
}

impl std::fmt::Debug for Readings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readings")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl Readings {
    /// Name, help, unit, value.
    fn gauges(&self) -> [(&'static str, &'static str, Option<Unit>, u64); 4] {
        let Self { engine, pending_hashes } = self;
        let backlog = engine.backlog_bytes.get();
        [
            (
                "password_hashes_pending",
                "Passwords being hashed or waiting for it",
                None,
                pending_hashes() as u64,
            ),
            (
                "connections_open",
                "TCP connections that are open, of any kind",
                None,
                engine.connections_open.get(),
            ),
            (
                "sockets_open",
                "Engine.IO sessions that are open",
                None,
                engine.sockets_open.get(),
            ),
            (
                "socket_backlog",
                "What waits for slow readers, over all sockets",
                Some(Unit::Bytes),
                backlog,
            ),
        ]
    }

    /// Name, help, unit, total.
    fn counters(&self) -> [(&'static str, &'static str, Option<Unit>, u64); 7] {
        let engine = &self.engine;
        let plain = |name, help, counter: &engine::Counter| (name, help, None, counter.get());
        [
            (
                "socket_sent",
                "Written to WebSockets",
                Some(Unit::Bytes),
                engine.sent_bytes.get(),
            ),
            plain("socket_writes", "Writes to WebSockets", &engine.writes),
            plain("socket_frames", "Frames handed to sockets", &engine.frames),
            plain(
                "socket_resyncs",
                "Backlogs that gave way to one resync event",
                &engine.resyncs,
            ),
            plain(
                "sockets_stalled",
                "Sockets ended because they did not read",
                &engine.stalled,
            ),
            plain(
                "handshakes_refused",
                "Handshakes refused: full or draining",
                &engine.refused,
            ),
            plain(
                "socket_handler_panics",
                "Handlers of socket events that panicked",
                &engine.panics,
            ),
        ]
    }
}

impl prometheus_client::collector::Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (name, help, unit, value) in self.gauges() {
            let name = format!("talkline_gateway_{name}");
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(&name, help, unit.as_ref(), gauge.metric_type())?)?;
        }
        for (name, help, unit, total) in self.counters() {
            let name = format!("talkline_gateway_{name}");
            let counter = ConstCounter::new(total);
            counter.encode(encoder.encode_descriptor(&name, help, unit.as_ref(), counter.metric_type())?)?;
        }
        Ok(())
    }
}
