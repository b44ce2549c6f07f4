//! Values that must be refused, and where helm must point.

pub(crate) const TABLE: &[(&str, &str)] = &[
    ("replica=2", "additional properties 'replica' not allowed"),
    (
        "image.pullpolicy=\"Always\"",
        "additional properties 'pullpolicy' not allowed",
    ),
    ("replicas=\"two\"", "/replicas"),
    ("replicas=-1", "/replicas"),
    ("concurrency=0", "/concurrency"),
    ("logs.format=\"json\"", "/logs/format"),
    ("image.pullPolicy=\"Sometimes\"", "/image/pullPolicy"),
    ("image.digest=\"latest\"", "/image/digest"),
    ("image.repository=\"\"", "/image/repository"),
    ("namespaces=\"chat\"", "/namespaces"),
    ("namespaces=[\"chat\",\"chat\"]", "/namespaces"),
    ("namespaces=[\"Chat\"]", "/namespaces/0"),
    ("resources.limits={\"memory\":\"much\"}", "/resources/limits/memory"),
    ("podMonitor.interval=\"often\"", "/podMonitor/interval"),
    ("dashboards={\"enabled\":\"yes\"}", "/dashboards/enabled"),
    ("prometheusRule.label={}", "additional properties 'label' not allowed"),
    ("podLabels={\"a\":1}", "/podLabels/a"),
    ("extraEnv=[{\"value\":\"a\"}]", "/extraEnv/0"),
    ("example.name=\"My chat\"", "/example/name"),
    ("fullnameOverride=\"Talk Line\"", "/fullnameOverride"),
];
