//! What gateways and workers carry: open sockets and lag, asked of the pods themselves, now and then.
//!
//! The status shows them rounded. And where a gateway may be taken away, by a scaler or because a fixed number falls, the one with the
//! fewest sockets is made the cheapest to take: Kubernetes would take the newest one, however many sockets that has.

mod costs;
mod page;
mod scrape;

use std::time::Duration;

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt as _,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;
use talkline_metrics::catalog;
use tokio::time::Instant;

use crate::{
    build::{Component, DEPLOYMENT, INSTANCE, SELECTOR},
    controller::Context,
    validate::{Scaling, ValidatedCluster},
};

/// How old what is known must be before it is asked for anew.
const KEPT: Duration = Duration::from_secs(60);
/// Pods asked at once, of one ChatCluster.
const AT_ONCE: usize = 8;

/// What is known of one ChatCluster.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    /// Open sockets, over all gateways that answered; none where none did.
    pub(crate) sockets: Option<i64>,
    /// Records that wait to be stored, over all workers that answered.
    pub(crate) lag: Option<i64>,
    /// Whether other pods became ready since they were asked: it must not be long until the next time.
    pub(crate) is_behind: bool,
    asked: Option<Instant>,
    /// Gateways and workers that were ready then.
    ready: [i64; 2],
}

/// A pod that answered.
struct Answer {
    pod: Pod,
    value: i64,
}

impl Load {
    /// Whether it says something else.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        (self.sockets, self.lag) != (other.sockets, other.lag)
    }

    /// The same, asked for anew if it is old. A pod that does not answer is left out; nobody fails because of it.
    pub(crate) async fn renewed(self, context: &Context, cluster: &ValidatedCluster) -> Self {
        let ready = [Component::Gateway, Component::Worker].map(|component| ready(context, cluster, component));
        if ready == [0, 0] {
            return Self::default();
        }
        if self.asked.is_some_and(|asked| asked.elapsed() < KEPT) {
            let is_behind = ready != self.ready;
            return Self { is_behind, ..self };
        }
        let (gateways, workers) = tokio::join!(
            ask(context, cluster, Component::Gateway),
            ask(context, cluster, Component::Worker),
        );
        if cluster.gateway.scaling != Scaling::Fixed {
            set_costs(context, cluster, &gateways).await;
        }
        Self {
            sockets: total(&gateways),
            lag: total(&workers),
            is_behind: false,
            asked: Some(Instant::now()),
            ready,
        }
    }
}

/// The sum, rounded to two digits; none where nobody answered.
fn total(answers: &[Answer]) -> Option<i64> {
    (!answers.is_empty()).then(|| rounded(answers.iter().map(|answer| answer.value).sum()))
}

/// Two digits: what moves all the time shall not be written all the time.
fn rounded(number: i64) -> i64 {
    let digits = number.max(1).ilog10();
    let step = 10_i64.pow(digits.saturating_sub(1));
    (number + step / 2) / step * step
}

/// Makes the gateways with the fewest sockets the cheapest, now.
pub(crate) async fn order_gateways(context: &Context, cluster: &ValidatedCluster) {
    let gateways = ask(context, cluster, Component::Gateway).await;
    set_costs(context, cluster, &gateways).await;
}

/// How many of a role's pods are ready, as far as its Deployment's status was heard.
fn ready(context: &Context, cluster: &ValidatedCluster, component: Component) -> i64 {
    let name = cluster.child(component.name());
    let found = context.children.find(&DEPLOYMENT, &cluster.namespace, &name);
    found
        .and_then(|found| found.data["status"]["readyReplicas"].as_i64())
        .unwrap_or(0)
}

/// The pods of a role; none where the API server does not list them.
pub(crate) async fn pods(context: &Context, cluster: &ValidatedCluster, component: Component) -> Option<Vec<Pod>> {
    let api: Api<Pod> = Api::namespaced(context.shared.client.clone(), &cluster.namespace);
    let [_, _, part] = SELECTOR;
    let ours = ListParams::default().labels(&format!("{INSTANCE}={},{part}={}", cluster.name, component.name()));
    match api.list(&ours).await {
        Ok(pods) => Some(pods.items),
        Err(error) => {
            tracing::debug!(%error, namespace = cluster.namespace, name = cluster.name, "the pods cannot be listed");
            None
        }
    }
}

/// Asks the ready pods of a role.
async fn ask(context: &Context, cluster: &ValidatedCluster, component: Component) -> Vec<Answer> {
    let pods = pods(context, cluster, component).await.unwrap_or_default();
    let measure = match component {
        Component::Gateway => catalog::gateway::SOCKETS_OPEN.name,
        Component::Worker => catalog::kafka::LAG.name,
    };
    let asked = pods.into_iter().filter(is_ready).map(|pod| async move {
        let address = pod.status.as_ref()?.pod_ip.clone()?;
        let page = scrape::page(&address).await?;
        Some(Answer {
            pod,
            value: page::sum(&page, measure),
        })
    });
    stream::iter(asked)
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// Whether a pod is ready and stays.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    pod.metadata.deletion_timestamp.is_none() && ready.any(|condition| condition.status == "True")
}

/// Makes the gateways with the fewest sockets the cheapest, if they are not.
async fn set_costs(context: &Context, cluster: &ValidatedCluster, gateways: &[Answer]) {
    let api: Api<Pod> = Api::namespaced(context.shared.client.clone(), &cluster.namespace);
    let known: Vec<(i64, Option<i64>)> = gateways
        .iter()
        .map(|gateway| (gateway.value, costs::of(gateway.pod.annotations())))
        .collect();
    for (gateway, cost) in gateways.iter().zip(costs::changes(&known)) {
        let Some(cost) = cost else {
            continue;
        };
        let patch = json!({ "metadata": { "annotations": { costs::ANNOTATION: cost.to_string() } } });
        let name = gateway.pod.name_any();
        if let Err(error) = api
            .patch_metadata(&name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
        {
            // It went meanwhile, most likely. Costs are a wish.
            tracing::debug!(%error, namespace = cluster.namespace, name, "a pod's deletion cost was not taken");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_kept() {
        let table = [
            (0, 0),
            (7, 7),
            (42, 42),
            (99, 99),
            (104, 100),
            (1_250, 1_300),
            (98_765, 99_000),
            (999, 1_000),
        ];
        for (number, expected) in table {
            assert_eq!(rounded(number), expected, "{number}");
        }
    }
}
