//! What librdkafka tells its application: log lines, errors, and counts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientContext, Statistics, client::OAuthToken, config::RDKafkaLogLevel, error::KafkaError, statistics::Window,
    types::RDKafkaErrorCode,
};

use super::{Metrics, error::is_refusal, oauth::Tokens};

/// The part of a client's context that producers and consumers share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) metrics: Metrics,
    tokens: Option<Arc<Tokens>>,
    last: Arc<Mutex<Option<Failure>>>,
}

/// What a client said last about why it cannot reach its brokers.
#[derive(Clone)]
pub(super) struct Failure {
    code: RDKafkaErrorCode,
    pub(super) reason: String,
}

impl Failure {
    /// Waiting does not help.
    pub(super) fn is_refusal(&self) -> bool {
        is_refusal(self.code)
    }
}

impl Context {
    pub(super) fn new(metrics: Metrics, tokens: Option<Arc<Tokens>>) -> Self {
        Self {
            metrics,
            tokens,
            last: Arc::default(),
        }
    }

    pub(super) fn last_failure(&self) -> Option<Failure> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn brokers(&self, statistics: &Statistics) {
        let real = statistics.brokers.values().filter(|broker| broker.nodeid >= 0);
        for broker in real {
            let millis = |window: &Window| Duration::from_millis(window.max.max(0) as u64);
            let micros = |window: &Window| Duration::from_micros(window.p99.max(0) as u64);
            let throttle = broker.throttle.as_ref().map(millis);
            let round_trip = broker.rtt.as_ref().map(micros);
            self.metrics.broker(broker.nodeid, throttle, round_trip);
        }
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    /// Errors arrive a second time in [`ClientContext::error`], which counts and tells them.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, message),
            _ => tracing::debug!(target: "librdkafka", facility, message),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
        self.metrics.error(format!("{code:?}"));
        let failure = Failure {
            code,
            reason: reason.to_owned(),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // What follows a refusal (all brokers are down, a connection closed) says nothing of the reason.
        if last.as_ref().is_some_and(Failure::is_refusal) && !failure.is_refusal() {
            return;
        }
        let before = last.replace(failure);
        // A broker that is away is told at each attempt to reach it: once is enough, the rest is counted.
        if before.is_none_or(|before| before.code != code) {
            tracing::warn!(?code, reason, "Kafka's client met an error");
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.brokers(&statistics);
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        let tokens = self.tokens.as_ref().ok_or("no token endpoint is configured")?;
        tokens.fetch()
    }
}
