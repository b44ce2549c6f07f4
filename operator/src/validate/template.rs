//! What pod-template overrides may not touch: the labels by which Services and Deployments find their pods.

use serde_json::Value;
use talkline_crds::{ChatClusterSpec, spec::PodTemplate};

use super::Invalid;
use crate::build::SELECTOR;

/// Refuses overrides of the labels that select.
pub(super) fn check(spec: &ChatClusterSpec, wrong: &mut Vec<Invalid>) {
    let templates = [
        ("spec.podTemplate", &spec.pod_template),
        ("spec.gateway.podTemplate", &spec.gateway.pod_template),
        ("spec.worker.podTemplate", &spec.worker.pod_template),
    ];
    for (field, template) in templates {
        let touched = template
            .iter()
            .flat_map(labels)
            .filter(|label| SELECTOR.contains(label));
        wrong.extend(touched.map(|label| {
            let message = "pods are found by this label: choose another name";
            Invalid::new(&format!("{field}.metadata.labels.{label}"), message)
        }));
    }
}

fn labels(template: &PodTemplate) -> impl Iterator<Item = &str> {
    let labels = template.0.get("metadata").and_then(|metadata| metadata.get("labels"));
    let labels = labels.and_then(Value::as_object);
    labels.into_iter().flat_map(|labels| labels.keys().map(String::as_str))
}
