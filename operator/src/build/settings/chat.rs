//! What passes through from the ChatCluster as it was written: sockets, drain, logins, limits, retention, logs, traces. The names are the
//! runtime's own, and mostly those of the ChatCluster as well.

use serde_json::{Value, json};
use talkline_crds::{
    ChatClusterSpec,
    spec::{AuthSpec, BatchSpec, Fallback, LimitsSpec, LogFormat, LogLevel, Registration},
};

use super::{ADMIN_PORT, HTTP_PORT, KEYS};
use crate::{build::jwt_keys::KEYS_FILE, validate::ValidatedCluster};

/// All sections but those of the servers.
pub(super) fn yaml(cluster: &ValidatedCluster) -> Value {
    let spec = &cluster.spec;
    let mut yaml = json!({
        "listen": format!("0.0.0.0:{HTTP_PORT}"),
        "admin": format!("0.0.0.0:{ADMIN_PORT}"),
        "jwtKeys": format!("{KEYS}/{KEYS_FILE}"),
        "gateway": { "origins": spec.gateway.origins, "trustedProxies": spec.gateway.trusted_proxies },
        "sockets": sockets(spec),
        "drain": {
            "acceptSeconds": spec.gateway.drain.accept_seconds,
            "socketsPerMinute": spec.gateway.drain.sockets_per_minute,
            "maxSeconds": spec.gateway.drain.max_seconds,
        },
        "auth": auth(&spec.auth),
        "limits": limits(&spec.limits),
        "retention": {
            "messagesDays": spec.retention.messages_days,
            "rejectionsDays": spec.retention.rejections_days,
            "deadLettersDays": spec.retention.dead_letters_days,
        },
        "worker": {
            "batch": batch(&spec.worker.batch),
            "drainSeconds": spec.worker.drain_seconds,
        },
        "logs": { "level": level(spec.monitoring.logs.level), "format": format(spec.monitoring.logs.format) },
    });
    if let Some(traces) = &spec.monitoring.traces {
        yaml["traces"] = json!({
            "otlpEndpoint": traces.otlp_endpoint,
            "samplesPerMillion": traces.samples_per_million,
        });
    }
    yaml
}

/// The pace only where there is one, so that nothing rolls for what it always was.
fn batch(batch: &BatchSpec) -> Value {
    let mut yaml = json!({ "maxRecords": batch.max_records });
    if batch.linger_millis > 0 {
        yaml["lingerMillis"] = json!(batch.linger_millis);
    }
    yaml
}

fn sockets(spec: &ChatClusterSpec) -> Value {
    let sockets = &spec.gateway.sockets;
    json!({
        "maxPerReplica": sockets.max_per_replica,
        "backlogBytes": sockets.backlog_bytes,
        "maxPayloadBytes": sockets.max_payload_bytes,
        "pingIntervalSeconds": sockets.ping_interval_seconds,
        "pingTimeoutSeconds": sockets.ping_timeout_seconds,
        "connectTimeoutSeconds": sockets.connect_timeout_seconds,
    })
}

/// The issuer only where one is stated. It is not the address that clients use: that may change, and every token in use would end.
fn auth(auth: &AuthSpec) -> Value {
    let mut tokens = json!({
        "audience": auth.tokens.audience,
        "accessSeconds": auth.tokens.access_seconds,
        "refreshSeconds": auth.tokens.refresh_seconds,
    });
    if let Some(issuer) = &auth.tokens.issuer {
        tokens["issuer"] = issuer.clone().into();
    }
    json!({
        "registration": match auth.registration {
            Registration::Open => "Open",
            Registration::Closed => "Closed",
        },
        "allowedEmailDomains": auth.allowed_email_domains,
        "password": {
            "minLength": auth.password.min_length,
            "hash": { "memoryKib": auth.password.hash.memory_kib, "iterations": auth.password.hash.iterations },
        },
        "tokens": tokens,
    })
}

fn limits(limits: &LimitsSpec) -> Value {
    json!({
        "apiRequestsPerMinute": limits.api_requests_per_minute,
        "authFailuresPer15Minutes": limits.auth_failures_per_15_minutes,
        "messagesPerMinute": limits.messages_per_minute,
        "socketEventsPerMinute": limits.socket_events_per_minute,
        "reactionsPerMinute": limits.reactions_per_minute,
        "premiumMultiplier": limits.premium_multiplier,
        "socketsPerUser": limits.sockets_per_user,
        "messageCharacters": limits.message_characters,
        "groupMembers": limits.group_members,
        "bodyBytes": limits.body_bytes,
        "whenUnavailable": {
            "messages": fallback(limits.when_unavailable.messages),
            "logins": fallback(limits.when_unavailable.logins),
        },
    })
}

fn fallback(fallback: Fallback) -> &'static str {
    match fallback {
        Fallback::Open => "Open",
        Fallback::Closed => "Closed",
    }
}

fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "Error",
        LogLevel::Warn => "Warn",
        LogLevel::Info => "Info",
        LogLevel::Debug => "Debug",
    }
}

fn format(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Json => "Json",
        LogFormat::Text => "Text",
    }
}
