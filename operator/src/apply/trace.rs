//! What was applied, and what came of it: as long as both are the same, an object needs no writing.
//!
//! An object is compared with the answer to its own apply and not with what was applied, since the API server adds defaults. So whatever
//! anybody changes is seen, and defaults of a newer API server are no change.

use std::collections::HashMap;

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::includes;
use crate::{
    build::{Kind, Object, hash},
    controller::content,
};

/// What was applied of one ChatCluster.
#[derive(Debug, Default)]
pub(crate) struct Applied(HashMap<(&'static str, String), Trace>);

/// One object.
#[derive(Debug)]
struct Trace {
    /// A hash over what was applied.
    wanted: String,
    /// Which object it came to.
    uid: Option<String>,
    /// A hash over what it came to.
    content: Value,
    /// The generation that it had then.
    generation: Option<i64>,
}

impl Applied {
    /// Whether `live` still is what applying `object` came to.
    pub(super) fn holds(&self, object: &Object, live: Option<&DynamicObject>) -> bool {
        let trace = self.0.get(&(object.kind.kind, object.name.clone()));
        let (Some(trace), Some(live)) = (trace, live) else {
            return false;
        };
        trace.wanted == hash(&object.value)
            && trace.uid == live.metadata.uid
            && live.data.get("content") == Some(&trace.content)
            && includes(&json!(live.metadata), &object.value["metadata"])
    }

    /// The generation that our last apply of an object came to. What others annotate makes newer ones of a Deployment.
    pub(crate) fn generation(&self, kind: &Kind, name: &str) -> Option<i64> {
        self.0.get(&(kind.kind, name.to_owned()))?.generation
    }

    /// Notes that `object` was applied, and came to `answer`.
    pub(super) fn note(&mut self, object: &Object, answer: &DynamicObject) {
        let trace = Trace {
            wanted: hash(&object.value),
            uid: answer.metadata.uid.clone(),
            content: content(answer),
            generation: answer.metadata.generation,
        };
        self.0.insert((object.kind.kind, object.name.clone()), trace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::CONFIG_MAP;

    fn wanted(text: &str) -> Object {
        Object {
            kind: &CONFIG_MAP,
            name: "chat-config".to_owned(),
            value: json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": "chat-config", "labels": { "app": "chat" } },
                "data": { "talkline.yaml": text },
            }),
        }
    }

    /// What the API server answers, and what a watch keeps of it.
    fn answer(change: impl FnOnce(&mut Value)) -> (DynamicObject, DynamicObject) {
        let mut value = wanted("a").value;
        value["metadata"]["uid"] = json!("1");
        value["metadata"]["resourceVersion"] = json!("7");
        value["immutable"] = json!(false);
        change(&mut value);
        let answer: DynamicObject = serde_json::from_value(value).unwrap();
        let mut kept = answer.clone();
        kept.data = json!({ "content": content(&answer) });
        (answer, kept)
    }

    #[test]
    fn what_is_as_it_was_applied_needs_no_writing() {
        let (first, kept) = answer(|_| {});
        let mut applied = Applied::default();
        assert!(!applied.holds(&wanted("a"), Some(&kept)), "nothing was applied yet");
        applied.note(&wanted("a"), &first);
        assert!(applied.holds(&wanted("a"), Some(&kept)));
        let (_, newer) = answer(|value| value["metadata"]["resourceVersion"] = json!("8"));
        assert!(
            applied.holds(&wanted("a"), Some(&newer)),
            "a version alone is no change"
        );
        assert!(!applied.holds(&wanted("b"), Some(&kept)), "something else is wanted");
        assert!(!applied.holds(&wanted("a"), None), "it is gone");
    }

    #[test]
    fn whatever_somebody_changes_is_seen() {
        let (first, _) = answer(|_| {});
        let mut applied = Applied::default();
        applied.note(&wanted("a"), &first);
        let changes: [fn(&mut Value); 5] = [
            |value| value["data"]["talkline.yaml"] = json!("b"),
            |value| value["data"]["other"] = json!("b"),
            |value| value["immutable"] = json!(true),
            |value| value["metadata"]["uid"] = json!("2"),
            |value| value["metadata"]["labels"] = json!({ "app": "shop" }),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let (_, kept) = answer(change);
            assert!(!applied.holds(&wanted("a"), Some(&kept)), "change {index}");
        }
        let (_, more) = answer(|value| value["metadata"]["labels"]["more"] = json!("x"));
        assert!(applied.holds(&wanted("a"), Some(&more)), "labels of others are theirs");
    }
}
