//! Handing `replicas` over to a scaler.
//!
//! Whoever was the only one to apply a field and leaves it out of the next apply removes it, and a Deployment without `replicas` has one
//! pod. So before that apply a second manager of ours takes the value over as it is, and keeps it until the scaler writes another one.

use kube::{
    Api,
    api::{DynamicObject, Patch},
};
use serde_json::{Value, json};

use super::as_operator;
use crate::{
    build::{DEPLOYMENT, OPERATOR, Object, REPLICAS},
    validate::ValidatedCluster,
};

/// The manager that holds `replicas` while nobody applies them.
const HOLDER: &str = "talkline-operator-replicas";

/// Makes sure that applying `object` changes no number of pods. A Deployment that is not there yet is made with the planned number first,
/// or it would begin with one pod.
pub(super) async fn hand_over(
    api: &Api<DynamicObject>,
    cluster: &ValidatedCluster,
    object: &Object,
) -> Result<(), kube::Error> {
    if object.kind != &DEPLOYMENT || object.value.pointer(REPLICAS).is_some() {
        return Ok(());
    }
    let live = match api.get_opt(&object.name).await? {
        Some(live) => live,
        None => {
            let mut first = object.value.clone();
            first["spec"]["replicas"] = json!(initial(cluster, object));
            api.patch(&object.name, &as_operator(OPERATOR), &Patch::Apply(&first))
                .await?
        }
    };
    let Some(replicas) = applied_by_us(&live).then(|| live.data.pointer(REPLICAS)).flatten() else {
        return Ok(());
    };
    let held = json!({
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.kind,
        "metadata": { "name": object.name },
        "spec": { "replicas": replicas },
    });
    api.patch(&object.name, &as_operator(HOLDER), &Patch::Apply(&held))
        .await
        .map(drop)
}

fn initial(cluster: &ValidatedCluster, object: &Object) -> u32 {
    let is_worker = object.name == cluster.child("worker");
    if is_worker {
        cluster.worker.replicas
    } else {
        cluster.gateway.replicas
    }
}

/// Whether our own apply is what set `replicas`.
fn applied_by_us(live: &DynamicObject) -> bool {
    let entries = live.metadata.managed_fields.iter().flatten();
    let mut ours = entries.filter(|entry| {
        entry.manager.as_deref() == Some(OPERATOR)
            && entry.operation.as_deref() == Some("Apply")
            && entry.subresource.is_none()
    });
    ours.any(|entry| {
        let fields: Option<&Value> = entry.fields_v1.as_ref().map(|fields| &fields.0);
        fields.is_some_and(|fields| fields.pointer("/f:spec/f:replicas").is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(manager: &str, operation: &str, fields: Value) -> DynamicObject {
        let value = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "chat-gateway", "managedFields": [
                { "manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields },
            ] },
            "spec": { "replicas": 5 },
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn replicas_are_handed_over_only_where_they_are_ours() {
        let replicas = json!({ "f:spec": { "f:replicas": {} } });
        assert!(applied_by_us(&deployment(OPERATOR, "Apply", replicas.clone())));
        assert!(!applied_by_us(&deployment(HOLDER, "Apply", replicas.clone())));
        assert!(!applied_by_us(&deployment(
            "kube-controller-manager",
            "Update",
            replicas
        )));
        assert!(!applied_by_us(&deployment(
            OPERATOR,
            "Apply",
            json!({ "f:spec": { "f:template": {} } })
        )));
    }
}
