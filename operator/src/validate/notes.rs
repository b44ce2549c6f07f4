//! What of a ChatCluster has no effect in this version: a line each, and only for what the YAML really says.

use talkline_crds::{
    ChatClusterSpec,
    spec::{AuthSpec, IngressKind, MediaSpec, RetentionSpec},
};

use super::Apis;

/// A field, whether it was set to anything, and why that has no effect.
type Row = (&'static str, bool, &'static str);

/// The lines, in the order of the spec.
pub(super) fn lines(spec: &ChatClusterSpec, apis: &Apis) -> Vec<String> {
    let rows = chat(spec).into_iter().chain(optional(spec, apis));
    let said = rows.filter(|(_, differs, _)| *differs);
    said.map(|(field, _, why)| format!("spec.{field}: {why}")).collect()
}

fn chat(spec: &ChatClusterSpec) -> [Row; 6] {
    let default = AuthSpec::default();
    let kept = RetentionSpec::default();
    [
        (
            "auth.password.enabled",
            !spec.auth.password.enabled,
            "sign-in is by password only",
        ),
        (
            "auth.passwordless",
            spec.auth.passwordless != default.passwordless,
            "sign-in is by password only",
        ),
        (
            "retention.exportsDays",
            spec.retention.exports_days != kept.exports_days,
            "there are no exports yet",
        ),
        (
            "retention.auditDays",
            spec.retention.audit_days != kept.audit_days,
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

/// An object of an API that is not there is not made. Where chat works without it, that is no error.
fn optional(spec: &ChatClusterSpec, apis: &Apis) -> [Row; 2] {
    let routed = spec
        .gateway
        .ingress
        .as_ref()
        .is_some_and(|ingress| ingress.kind == IngressKind::HttpRoute);
    [
        (
            "gateway.ingress",
            routed && !apis.gateway_api,
            "Gateway API is not installed (gateway.networking.k8s.io is not served), so there is no way in from outside yet",
        ),
        (
            "gateway.ingress",
            routed && apis.gateway_api && !apis.routes.persistence,
            "routes of Gateway API's standard channel keep nobody at a gateway, so clients that poll need a policy of the implementation's own",
        ),
    ]
}
