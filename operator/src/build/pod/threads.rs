//! How many threads a program runs on: as many as the cores that it asks for. Without a limit it would take one for each core of its node, and a
//! small pod on a large node would spend its time on changing between them.

use serde_json::{Value, json};

use crate::build::Component;

/// The variable that says so.
pub(crate) const THREADS: &str = "TOKIO_WORKER_THREADS";

/// Tells the role's container of a template that is complete: unless somebody has, or a limit of CPU tells the program itself.
pub(super) fn tell(template: &mut Value, component: Component) {
    let containers = template.pointer_mut("/spec/containers").and_then(Value::as_array_mut);
    let mut containers = containers.into_iter().flatten();
    let Some(container) = containers.find(|container| container["name"] == component.name()) else {
        return;
    };
    let cores = container.pointer("/resources/requests/cpu").and_then(whole_cores);
    let is_limited = container.pointer("/resources/limits/cpu").is_some();
    let (Some(cores), false) = (cores, is_limited) else {
        return;
    };
    let variables = container.get_mut("env").and_then(Value::as_array_mut);
    if let Some(variables) = variables.filter(|all| all.iter().all(|variable| variable["name"] != THREADS)) {
        variables.push(json!({ "name": THREADS, "value": cores.to_string() }));
    }
}

/// The cores of a quantity, rounded up.
pub(crate) fn whole_cores(quantity: &Value) -> Option<u64> {
    let thousandths = match quantity {
        Value::Number(cores) => cores.as_f64()? * 1_000.0,
        Value::String(text) => match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse().ok()?,
            None => text.parse::<f64>().ok()? * 1_000.0,
        },
        _ => return None,
    };
    // A thousand cores are far below what a float holds exactly.
    (thousandths > 0.0).then(|| (thousandths as u64).div_ceil(1_000).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_runs_on_the_cores_that_it_asks_for() {
        let table = [
            (json!("50m"), Some(1)),
            (json!("1000m"), Some(1)),
            (json!("1001m"), Some(2)),
            (json!("2"), Some(2)),
            (json!("1.5"), Some(2)),
            (json!(4), Some(4)),
            (json!("much"), None),
            (json!("0"), None),
        ];
        for (quantity, cores) in table {
            assert_eq!(whole_cores(&quantity), cores, "{quantity}");
        }
    }

    fn told(container: Value) -> Value {
        let mut template = json!({ "spec": { "containers": [{ "name": "sidecar", "env": [] }, container] } });
        tell(&mut template, Component::Worker);
        assert_eq!(
            template["spec"]["containers"][0]["env"],
            json!([]),
            "others are left alone"
        );
        template["spec"]["containers"][1]["env"].clone()
    }

    #[test]
    fn a_limit_or_a_word_of_ones_own_says_it_already() {
        let requests = json!({ "requests": { "cpu": "2" } });
        let plain = told(json!({ "name": "worker", "env": [], "resources": requests }));
        assert_eq!(plain, json!([{ "name": THREADS, "value": "2" }]));
        let limited = json!({ "requests": { "cpu": "2" }, "limits": { "cpu": "4" } });
        assert_eq!(
            told(json!({ "name": "worker", "env": [], "resources": limited })),
            json!([])
        );
        let own = json!([{ "name": THREADS, "value": "7" }]);
        assert_eq!(
            told(json!({ "name": "worker", "env": own, "resources": requests })),
            own
        );
        assert_eq!(told(json!({ "name": "worker", "env": [] })), json!([]));
    }
}
