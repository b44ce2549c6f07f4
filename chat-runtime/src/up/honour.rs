//! What of a ChatCluster holds on one machine, and what does not.

use std::time::Duration;

use talkline_crds::ChatClusterSpec;
use talkline_gateway::{config::Config, engine};
use talkline_worker::Kept;

use super::ignored;
use crate::{chat, config::Servers};

/// A ChatCluster on one machine.
pub(super) struct Honoured {
    pub(super) gateway: Config,
    pub(super) engine: engine::Config,
    pub(super) kept: Kept,
    /// One line for each part of the YAML that has no effect here.
    pub(super) ignored: Vec<String>,
}

/// Takes what applies, and lists what does not. The servers are those of the command line, not the YAML's.
pub(super) fn honour(spec: &ChatClusterSpec, servers: &Servers) -> Honoured {
    let mut gateway = chat::gateway(spec);
    // There is no other gateway that has to learn of this one's end, and nobody to move to.
    gateway.http.linger = Duration::ZERO;
    gateway.realtime.drain_grace = Duration::from_millis(500);
    Honoured {
        gateway,
        engine: chat::sockets(&spec.gateway.sockets),
        kept: chat::kept(&spec.retention),
        ignored: ignored::lines(spec, servers),
    }
}

#[cfg(test)]
mod tests {
    use talkline_crds::spec::{Fallback, Registration, RetentionSpec};
    use talkline_gateway::config;

    use super::*;

    const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

    fn example(name: &str) -> Honoured {
        let text = std::fs::read_to_string(format!("{EXAMPLES}/{name}.yaml")).unwrap();
        honour(&talkline_crds::load(&text).unwrap().spec, &Servers::default())
    }

    #[test]
    fn a_default_cluster_has_nothing_to_ignore_and_the_contracts_limits() {
        let honoured = honour(&ChatClusterSpec::default(), &Servers::default());
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
        let held = honour(&spec, &Servers::default()).gateway.limits.when_unavailable;
        assert_eq!(held.messages, config::Fallback::Closed);
        assert_eq!(held.logins, config::Fallback::Open);
    }

    #[test]
    fn a_closed_door_stays_closed_here() {
        let mut spec = ChatClusterSpec::default();
        spec.auth.allowed_email_domains = vec!["Example.org".into()];
        let domains = config::Registration::Domains(vec!["example.org".into()]);
        assert_eq!(honour(&spec, &Servers::default()).gateway.auth.registration, domains);
        spec.auth.registration = Registration::Closed;
        assert_eq!(
            honour(&spec, &Servers::default()).gateway.auth.registration,
            config::Registration::Nobody
        );
        assert_eq!(honour(&spec, &Servers::default()).ignored, Vec::<String>::new());
    }

    #[test]
    fn what_is_too_old_goes_here_too() {
        let mut spec = ChatClusterSpec::default();
        let (kept, default) = (honour(&spec, &Servers::default()).kept, Kept::default());
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
        let honoured = honour(&spec, &Servers::default());
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
            honour(&spec, &Servers::default()).ignored,
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
        let honoured = honour(&spec, &Servers::default());
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
