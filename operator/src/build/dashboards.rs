//! Grafana's dashboards about this chat alone, where it asks for them: Grafana's sidecar finds them by a label.

use serde_json::{Map, json};
use talkline_dashboards::{board, grafana::Chat};

use super::{Object, hash, kind};
use crate::validate::ValidatedCluster;

/// The label, and its value, by which the sidecar of Grafana's chart finds dashboards.
const LABEL: (&str, &str) = ("grafana_dashboard", "1");

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    cluster.spec.monitoring.dashboards.then(|| {
        let (namespace, name) = (cluster.namespace.as_str(), cluster.name.as_str());
        let print = hash(&json!([namespace, name]));
        let chat = Chat {
            namespace,
            name,
            suffix: &print[..8],
        };
        let files: Map<_, _> = board::of_chats()
            .iter()
            .map(|board| board.json_of(&chat))
            .map(|(uid, page)| (format!("{uid}.json"), json!(page.to_string())))
            .collect();
        let body = json!({ "data": files });
        let name = cluster.child("dashboards");
        let mut object = Object::new(cluster, &kind::CONFIG_MAP, "monitoring", name, body);
        object.value["metadata"]["labels"][LABEL.0] = LABEL.1.into();
        object
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::tests::valid;

    /// What the API lets a ConfigMap hold, in bytes.
    const LARGEST: usize = 1 << 20;

    #[test]
    fn they_are_made_where_they_are_asked_for_and_of_two_chats_none_is_the_same_page() {
        assert_eq!(build(&valid("  {}")), None);
        let asked = valid("  monitoring: { dashboards: true }");
        let mut other = asked.clone();
        other.name = "other".to_owned();
        let pages = |cluster: &ValidatedCluster| {
            let object = build(cluster).unwrap();
            assert_eq!(object.value["metadata"]["labels"]["grafana_dashboard"], "1");
            assert!(object.value.to_string().len() < LARGEST / 2);
            object.value["data"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (pages(&asked), pages(&other));
        assert_eq!(ours.len(), 5);
        assert!(ours.iter().all(|page| !theirs.contains(page)), "{ours:?}");
    }
}
