//! What a ChatCluster says of chat, logins, limits and sockets, as a gateway takes it: the same on one machine as in a
//! cluster.

use std::time::Duration;

use talkline_core::limit::Quota;
use talkline_crds::{
    ChatClusterSpec,
    spec::{AuthSpec, Fallback, LimitsSpec, Registration, RetentionSpec, SocketsSpec},
};
use talkline_gateway::{
    config::{self, Config, Origins},
    engine,
};
use talkline_worker::Kept;

/// What a gateway is told. How it goes away is not said here.
pub(crate) fn gateway(spec: &ChatClusterSpec) -> Config {
    let mut config = Config {
        auth: auth(&spec.auth),
        limits: limits(&spec.limits),
        ..Config::default()
    };
    config.sizes.text_chars = spec.limits.message_characters as usize;
    config.sizes.group_members = spec.limits.group_members as usize;
    config.sizes.password_bytes = spec.auth.password.min_length as usize..=*config.sizes.password_bytes.end();
    config.http.body_bytes = spec.limits.body_bytes as usize;
    config.http.origins = Origins::new(spec.gateway.origins.iter().cloned());
    // The schema has checked their form; one that is still no network would be believed by nobody.
    config.http.trusted_proxies = spec
        .gateway
        .trusted_proxies
        .iter()
        .filter_map(|network| network.parse().ok())
        .collect();
    config.realtime.rejections_kept = kept(&spec.retention).rejections;
    if let Some(traces) = &spec.monitoring.traces {
        config.tracing.samples_per_million = traces.samples_per_million;
    }
    config
}

/// How long what is kept.
pub(crate) fn kept(spec: &RetentionSpec) -> Kept {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    Kept {
        messages: (spec.messages_days > 0).then(|| days(spec.messages_days)),
        rejections: days(spec.rejections_days),
        dead_letters: days(spec.dead_letters_days),
        ..Kept::default()
    }
}

/// What its sockets may cost.
pub(crate) fn sockets(spec: &SocketsSpec) -> engine::Config {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    engine::Config {
        ping_interval: seconds(spec.ping_interval_seconds),
        ping_timeout: seconds(spec.ping_timeout_seconds),
        connect_timeout: seconds(spec.connect_timeout_seconds),
        max_payload: spec.max_payload_bytes as usize,
        max_backlog: spec.backlog_bytes as usize,
        max_sockets: spec.max_per_replica as usize,
        // Room for requests beside the sockets.
        max_connections: spec.max_per_replica as usize + 1_000,
        ..engine::Config::default()
    }
}

fn auth(spec: &AuthSpec) -> config::Auth {
    let defaults = config::Auth::default();
    let hash = &spec.password.hash;
    config::Auth {
        issuer: spec.tokens.issuer.clone().unwrap_or(defaults.issuer),
        audience: spec.tokens.audience.clone(),
        access_ttl: Duration::from_secs(spec.tokens.access_seconds.into()),
        refresh_ttl: Duration::from_secs(spec.tokens.refresh_seconds.into()),
        registration: registration(spec),
        hashing: config::Hashing {
            memory_kib: hash.memory_kib,
            passes: hash.iterations,
            ..defaults.hashing
        },
    }
}

fn registration(spec: &AuthSpec) -> config::Registration {
    match spec.registration {
        Registration::Closed => config::Registration::Nobody,
        Registration::Open if spec.allowed_email_domains.is_empty() => config::Registration::Anyone,
        Registration::Open => {
            let domains = spec.allowed_email_domains.iter();
            config::Registration::Domains(domains.map(|domain| domain.to_lowercase()).collect())
        }
    }
}

fn limits(spec: &LimitsSpec) -> config::Limits {
    let per = |minutes: u64, permits| Quota {
        permits,
        window: Duration::from_secs(minutes * 60),
    };
    config::Limits {
        api: per(1, spec.api_requests_per_minute),
        auth: per(15, spec.auth_failures_per_15_minutes),
        messages: per(1, spec.messages_per_minute),
        events: per(1, spec.socket_events_per_minute),
        reactions: per(1, spec.reactions_per_minute),
        premium_multiplier: spec.premium_multiplier,
        sockets_per_user: spec.sockets_per_user,
        when_unavailable: config::WhenUnavailable {
            messages: fallback(spec.when_unavailable.messages),
            logins: fallback(spec.when_unavailable.logins),
        },
    }
}

fn fallback(spec: Fallback) -> config::Fallback {
    match spec {
        Fallback::Open => config::Fallback::Open,
        Fallback::Closed => config::Fallback::Closed,
    }
}
