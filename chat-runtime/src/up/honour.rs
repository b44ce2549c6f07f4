//! What of a ChatCluster holds on one machine, and what does not.

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

use super::ignored;

/// A ChatCluster on one machine.
pub(super) struct Honoured {
    pub(super) gateway: Config,
    pub(super) engine: engine::Config,
    pub(super) embedded: talkline_embedded::Options,
    pub(super) worker: talkline_worker::Config,
    pub(super) kept: Kept,
    /// One line for each part of the YAML that has no effect here.
    pub(super) ignored: Vec<String>,
}

/// Takes what applies, and lists what does not.
pub(super) fn honour(spec: &ChatClusterSpec) -> Honoured {
    Honoured {
        gateway: gateway(spec),
        engine: sockets(&spec.gateway.sockets),
        embedded: talkline_embedded::Options::default(),
        worker: talkline_worker::Config::default(),
        kept: kept(&spec.retention),
        ignored: ignored::lines(spec),
    }
}

fn gateway(spec: &ChatClusterSpec) -> Config {
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
    // There is no other gateway that has to learn of this one's end, and nobody to move to.
    config.http.linger = Duration::ZERO;
    config.realtime.drain_grace = Duration::from_millis(500);
    config.realtime.rejections_kept = kept(&spec.retention).rejections;
    config
}

fn kept(spec: &RetentionSpec) -> Kept {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    Kept {
        messages: (spec.messages_days > 0).then(|| days(spec.messages_days)),
        rejections: days(spec.rejections_days),
        dead_letters: days(spec.dead_letters_days),
        ..Kept::default()
    }
}

fn sockets(spec: &SocketsSpec) -> engine::Config {
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

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

    fn example(name: &str) -> Honoured {
        let text = std::fs::read_to_string(format!("{EXAMPLES}/{name}.yaml")).unwrap();
        honour(&talkline_crds::load(&text).unwrap().spec)
    }

    #[test]
    fn a_default_cluster_has_nothing_to_ignore_and_the_contracts_limits() {
        let honoured = honour(&ChatClusterSpec::default());
        assert_eq!(honoured.ignored, Vec::<String>::new());
        let expected = config::Limits::default();
        let limits = honoured.gateway.limits;
        assert_eq!(
            (limits.api, limits.auth, limits.messages),
            (expected.api, expected.auth, expected.messages)
        );
        assert_eq!((limits.events, limits.reactions), (expected.events, expected.reactions));
        assert_eq!(limits.sockets_per_user, expected.sockets_per_user);
        assert_eq!(limits.when_unavailable, expected.when_unavailable);
    }

    #[test]
    fn what_holds_without_counters_is_the_operators_word() {
        let mut spec = ChatClusterSpec::default();
        spec.limits.when_unavailable.messages = Fallback::Closed;
        spec.limits.when_unavailable.logins = Fallback::Open;
        let held = honour(&spec).gateway.limits.when_unavailable;
        assert_eq!(held.messages, config::Fallback::Closed);
        assert_eq!(held.logins, config::Fallback::Open);
    }

    #[test]
    fn a_closed_door_stays_closed_here() {
        let mut spec = ChatClusterSpec::default();
        spec.auth.allowed_email_domains = vec!["Example.org".into()];
        let domains = config::Registration::Domains(vec!["example.org".into()]);
        assert_eq!(honour(&spec).gateway.auth.registration, domains);
        spec.auth.registration = Registration::Closed;
        assert_eq!(honour(&spec).gateway.auth.registration, config::Registration::Nobody);
        assert_eq!(honour(&spec).ignored, Vec::<String>::new());
    }

    #[test]
    fn what_is_too_old_goes_here_too() {
        let mut spec = ChatClusterSpec::default();
        let (kept, default) = (honour(&spec).kept, Kept::default());
        assert_eq!(kept.messages, None, "for ever");
        assert_eq!(
            (kept.rejections, kept.dead_letters),
            (default.rejections, default.dead_letters)
        );
        spec.retention = RetentionSpec {
            messages_days: 1,
            rejections_days: 2,
            dead_letters_days: 3,
            ..spec.retention
        };
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let honoured = honour(&spec);
        assert_eq!(honoured.kept.messages, Some(days(1)));
        assert_eq!(
            (honoured.kept.rejections, honoured.kept.dead_letters),
            (days(2), days(3))
        );
        assert_eq!(
            honoured.gateway.realtime.rejections_kept,
            days(2),
            "told as long as kept"
        );
        assert_eq!(honoured.ignored, Vec::<String>::new());
        (spec.retention.exports_days, spec.retention.audit_days) = (1, 1);
        assert_eq!(
            honour(&spec).ignored,
            [
                "spec.retention.exportsDays: there are no exports yet",
                "spec.retention.auditDays: there is no audit trail yet"
            ]
        );
    }

    #[test]
    fn the_load_example_has_its_limits_off() {
        let limits = example("loadtest").gateway.limits;
        let all = [
            limits.api,
            limits.auth,
            limits.messages,
            limits.events,
            limits.reactions,
        ];
        assert!(all.iter().all(|quota| quota.permits == 0));
        assert_eq!(limits.sockets_per_user, 0);
    }

    #[test]
    fn a_users_sockets_are_limited_here_too() {
        let mut spec = ChatClusterSpec::default();
        spec.limits.sockets_per_user = 3;
        let honoured = honour(&spec);
        assert_eq!(honoured.gateway.limits.sockets_per_user, 3);
        assert_eq!(honoured.ignored, Vec::<String>::new());
    }

    #[test]
    fn a_production_file_runs_here_and_says_what_it_leaves() {
        let ignored = example("production").ignored;
        for field in ["kafka", "redis", "mongo", "gateway.ingress", "gateway.autoscaling"] {
            assert!(
                ignored.iter().any(|line| line.starts_with(&format!("spec.{field}: "))),
                "{field} in {ignored:#?}"
            );
        }
    }
}
