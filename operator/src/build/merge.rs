//! Pod-template overrides, merged over what was built: a strategic merge, as far as pods need one.
//!
//! Objects are merged field by field, and `null` removes a field. A list whose items have a key (see [`KEYS`]) is merged item by item, new
//! ones behind; any other list is replaced. Directives such as `$patch` are not understood and refused by the API server.

use serde_json::{Map, Value};
use talkline_crds::spec::PodTemplate;

/// Lists of a pod template that are merged by item, and what identifies one. As in the API's own types, but for topology spread, whose
/// second key is always the same here, and for ports, whose protocol is always TCP.
const KEYS: [(&str, &str); 10] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("imagePullSecrets", "name"),
    ("volumeMounts", "mountPath"),
    ("ports", "containerPort"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("resourceClaims", "name"),
];

/// Merges overrides of several sorts of pods over one of them. They may name the containers of all, and each pod takes its own: merged as
/// it stands, one of `others` would come as a second container.
pub(crate) fn merge_for(template: &mut Value, over: &PodTemplate, others: &[&str]) {
    let mut over = over.0.clone();
    let containers = over.get_mut("spec").and_then(|spec| spec.get_mut("containers"));
    if let Some(containers) = containers.and_then(Value::as_array_mut) {
        containers.retain(|container| !others.iter().any(|other| container["name"] == *other));
    }
    merge(template, &over);
}

/// Merges `over` over `base`.
fn merge(base: &mut Value, over: &Map<String, Value>) {
    match base {
        Value::Object(base) => fields(base, over),
        other => {
            let mut merged = Map::new();
            fields(&mut merged, over);
            *other = Value::Object(merged);
        }
    }
}

fn fields(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match value {
            Value::Null => drop(base.remove(name)),
            Value::Object(over) => merge(base.entry(name.clone()).or_insert(Value::Null), over),
            Value::Array(over) => match key(name) {
                Some(key) => items(base.entry(name.clone()).or_insert(Value::Null), key, over),
                None => drop(base.insert(name.clone(), Value::Array(over.clone()))),
            },
            scalar => drop(base.insert(name.clone(), scalar.clone())),
        }
    }
}

fn items(base: &mut Value, key: &str, over: &[Value]) {
    let mut merged = match base.take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    for item in over {
        let same = merged
            .iter_mut()
            .find(|other| item.get(key).is_some() && other.get(key) == item.get(key));
        match (same, item) {
            (Some(same), Value::Object(item)) => merge(same, item),
            _ => merged.push(item.clone()),
        }
    }
    *base = Value::Array(merged);
}

fn key(list: &str) -> Option<&'static str> {
    KEYS.iter().find(|(name, _)| *name == list).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(base: Value, over: Value) -> Value {
        let mut base = base;
        let Value::Object(over) = over else {
            panic!("an override is an object");
        };
        merge(&mut base, &over);
        base
    }

    #[test]
    fn containers_are_merged_by_name_and_others_come_behind() {
        let base = json!({ "containers": [{ "name": "gateway", "image": "a", "args": ["gateway"], "env": [{ "name": "A", "value": "1" }] }] });
        let over = json!({ "containers": [
            { "name": "sidecar", "image": "b" },
            { "name": "gateway", "args": ["gateway", "-v"], "env": [{ "name": "A", "value": "2" }, { "name": "B", "value": "3" }] },
        ] });
        let expected = json!({ "containers": [
            { "name": "gateway", "image": "a", "args": ["gateway", "-v"], "env": [{ "name": "A", "value": "2" }, { "name": "B", "value": "3" }] },
            { "name": "sidecar", "image": "b" },
        ] });
        assert_eq!(merged(base, over), expected);
    }

    #[test]
    fn null_removes_and_lists_without_a_key_are_replaced() {
        let base = json!({ "a": { "b": 1, "c": 2 }, "tolerations": [{ "key": "x" }] });
        let over =
            json!({ "a": { "b": null, "d": { "e": 3, "f": null } }, "tolerations": [{ "key": "y" }], "n": null });
        let expected = json!({ "a": { "c": 2, "d": { "e": 3 } }, "tolerations": [{ "key": "y" }] });
        assert_eq!(merged(base, over), expected);
    }

    #[test]
    fn what_has_another_shape_is_replaced() {
        assert_eq!(
            merged(json!({ "a": [1] }), json!({ "a": { "b": 1 } })),
            json!({ "a": { "b": 1 } })
        );
        assert_eq!(
            merged(json!({ "env": {} }), json!({ "env": [{ "name": "A" }] })),
            json!({ "env": [{ "name": "A" }] })
        );
    }

    #[test]
    fn an_item_without_its_key_comes_behind() {
        let over = json!({ "volumes": [{ "emptyDir": {} }] });
        assert_eq!(
            merged(json!({ "volumes": [{ "emptyDir": {} }] }), over)["volumes"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}
