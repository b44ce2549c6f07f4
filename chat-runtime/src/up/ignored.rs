//! What of a ChatCluster has no effect on one machine: a line each, and only for what the YAML really says.

use talkline_core::conversation::MAX_MEMBERS;
use talkline_crds::{
    ChatClusterSpec,
    spec::{AuthSpec, GatewaySpec, KafkaSpec, LimitsSpec, MediaSpec, MongoSpec, RedisSpec},
};

use crate::config::Servers;

const NO_PODS: &str = "there are no pods on one machine";
const ONE_PROCESS: &str = "one process is all";
const LISTEN: &str = "--listen says where clients connect";
const GIVEN: &str = "where it is was said at the start";

/// A field, whether it was set to anything, and why that has no effect.
type Row = (&'static str, bool, &'static str);

/// The lines, in the order of the spec.
pub(super) fn lines(spec: &ChatClusterSpec, servers: &Servers) -> Vec<String> {
    let rows = pods(spec)
        .into_iter()
        .chain(gateway(&spec.gateway))
        .chain(dependencies(spec, servers))
        .chain(auth(&spec.auth))
        .chain(limits(&spec.limits))
        .chain(services(spec));
    let said = rows.filter(|(_, differs, _)| *differs);
    said.map(|(field, _, why)| format!("spec.{field}: {why}")).collect()
}

fn pods(spec: &ChatClusterSpec) -> [Row; 5] {
    let default = ChatClusterSpec::default();
    [
        ("image", spec.image != default.image, NO_PODS),
        (
            "worker",
            spec.worker != default.worker,
            "one worker runs in this process",
        ),
        ("podTemplate", spec.pod_template.is_some(), NO_PODS),
        ("networkPolicy", spec.network_policy != default.network_policy, NO_PODS),
        ("paused", spec.paused, "there is no operator to pause"),
    ]
}

fn gateway(spec: &GatewaySpec) -> [Row; 7] {
    let default = GatewaySpec::default();
    [
        ("gateway.replicas", spec.replicas.is_some(), ONE_PROCESS),
        ("gateway.autoscaling", spec.autoscaling.is_some(), ONE_PROCESS),
        ("gateway.service", spec.service != default.service, LISTEN),
        ("gateway.ingress", spec.ingress.is_some(), LISTEN),
        ("gateway.resources", spec.resources.is_some(), NO_PODS),
        ("gateway.podTemplate", spec.pod_template.is_some(), NO_PODS),
        (
            "gateway.drain",
            spec.drain != default.drain,
            "there is no other gateway to move to",
        ),
    ]
}

fn dependencies(spec: &ChatClusterSpec, servers: &Servers) -> [Row; 3] {
    let elsewhere = |given: bool, here| if given { GIVEN } else { here };
    [
        (
            "kafka",
            spec.kafka != KafkaSpec::managed(),
            elsewhere(servers.kafka.is_some(), "the log is a SQLite file"),
        ),
        (
            "redis",
            spec.redis != RedisSpec::managed(),
            elsewhere(servers.redis.is_some(), "cache and bus are in this process's memory"),
        ),
        (
            "mongo",
            spec.mongo != MongoSpec::managed(),
            elsewhere(servers.mongo.is_some(), "the store is a SQLite file"),
        ),
    ]
}

fn auth(spec: &AuthSpec) -> [Row; 2] {
    let default = AuthSpec::default();
    let keys = spec.tokens.signing_keys != default.tokens.signing_keys;
    [
        (
            "auth.passwordless",
            spec.passwordless != default.passwordless,
            "sign-in is by password only",
        ),
        ("auth.tokens.signingKeys", keys, "the key lies in the data folder"),
    ]
}

fn limits(spec: &LimitsSpec) -> [Row; 2] {
    let default = LimitsSpec::default();
    let unavailable = spec.when_unavailable != default.when_unavailable;
    [
        (
            "limits.groupMembers",
            spec.group_members as usize > MAX_MEMBERS,
            "the bound is 10,000",
        ),
        (
            "limits.whenUnavailable",
            unavailable,
            "the counters are in this process",
        ),
    ]
}

fn services(spec: &ChatClusterSpec) -> [Row; 4] {
    let default = ChatClusterSpec::default();
    [
        (
            "retention.exportsDays",
            spec.retention.exports_days != default.retention.exports_days,
            "there are no exports yet",
        ),
        (
            "retention.auditDays",
            spec.retention.audit_days != default.retention.audit_days,
            "there is no audit trail yet",
        ),
        (
            "media",
            spec.media != MediaSpec::on_volume(),
            "there are no uploads yet",
        ),
        ("mail", spec.mail.smtp.is_some(), "no mail is sent"),
    ]
}
