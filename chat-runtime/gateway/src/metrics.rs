//! Every metric of the gateway: what is counted, and when.
//!
//! Labels have few values, known beforehand: never a user, a conversation, a path or an address.

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeLabelSet},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
        histogram::Histogram,
    },
    registry::Registry,
};
use talkline_core::time::Timestamp;
use talkline_metrics::{catalog::gateway as catalog, descriptor};

use crate::{engine, problem::Problem};

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
    /// Who knew who is in a conversation.
    pub memberships: Memberships,
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
            duration: catalog::DELIVERY.empty(),
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

/// Who knew who is in a conversation. Asked for with each message, so its counters are looked up once.
#[derive(Clone, Debug)]
pub struct Memberships {
    all: Family<Source, Counter>,
    pub(crate) memory: Counter,
    pub(crate) shared: Counter,
    pub(crate) store: Counter,
}

impl Default for Memberships {
    fn default() -> Self {
        let all = Family::<Source, Counter>::default();
        let by = |source| all.get_or_create(&Source { source }).clone();
        Self {
            memory: by("memory"),
            shared: by("shared"),
            store: by("store"),
            all,
        }
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
            duration: Family::new_with_constructor(|| catalog::HTTP_REQUEST_DURATION.empty()),
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

/// Who knew something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Source {
    source: &'static str,
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
        catalog::HTTP_REQUEST_DURATION.register(registry, metrics.http.duration.clone());
        catalog::LOGINS.register(registry, metrics.logins.clone());
        catalog::SENDS.register(registry, metrics.sends.clone());
        catalog::DELIVERY.register(registry, metrics.delivery.duration.clone());
        catalog::MEMBERSHIPS.register(registry, metrics.memberships.all.clone());
        metrics.begin();
        metrics.history.register(registry);
        metrics
    }

    /// What alerts divide by and compare with is there before the first send, so that its first failure is a rise.
    fn begin(&self) {
        for outcome in ["ok"].into_iter().chain(catalog::FAULTS) {
            self.sends.get_or_create(&Outcome { outcome }).inc_by(0);
        }
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
        catalog::HISTORY_MEMORY.register(registry, self.memory.clone());
        catalog::HISTORY_SHARED.register(registry, self.shared.clone());
        catalog::HISTORY_FILLS.register(registry, self.fills.clone());
        catalog::HISTORY_PAGES.register(registry, self.pages.clone());
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
    fn gauges(&self) -> [(&'static descriptor::Gauge, u64); 5] {
        let Self { engine, pending_hashes } = self;
        [
            (&catalog::PASSWORD_HASHES_PENDING, pending_hashes() as u64),
            (&catalog::CONNECTIONS_OPEN, engine.connections_open.get()),
            (&catalog::SOCKETS_OPEN, engine.sockets_open.get()),
            (&catalog::DRAINING, engine.draining.get()),
            (&catalog::SOCKET_BACKLOG, engine.backlog_bytes.get()),
        ]
    }

    fn counters(&self) -> [(&'static descriptor::Counter, u64); 7] {
        let engine = &self.engine;
        [
            (&catalog::SOCKET_SENT, engine.sent_bytes.get()),
            (&catalog::SOCKET_WRITES, engine.writes.get()),
            (&catalog::SOCKET_FRAMES, engine.frames.get()),
            (&catalog::SOCKET_RESYNCS, engine.resyncs.get()),
            (&catalog::SOCKETS_STALLED, engine.stalled.get()),
            (&catalog::HANDSHAKES_REFUSED, engine.refused.get()),
            (&catalog::SOCKET_HANDLER_PANICS, engine.panics.get()),
        ]
    }
}

impl prometheus_client::collector::Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (descriptor, value) in self.gauges() {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            descriptor.write(&mut encoder, &ConstGauge::new(value))?;
        }
        for (descriptor, total) in self.counters() {
            descriptor.write(&mut encoder, &ConstCounter::new(total))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[test]
    fn the_faults_are_those_that_a_status_calls_the_servers() {
        let ours = Code::ALL.iter().filter(|code| code.status().is_server_error());
        assert!(ours.map(|code| code.as_str()).eq(catalog::FAULTS));
    }
}
