//! What a load test is aimed at: gateways by their URLs, or a ChatCluster that is ready.

use kube::{Api, Client, core::DeserializeGuard};
use talkline_crds::{ChatCluster, loadtest::Target};

use crate::build::HTTP_PORT;

/// What is under load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// The gateways of the ChatCluster of this name, in the load test's own namespace.
    Cluster(String),
    /// Gateways, wherever they are.
    Urls(Vec<String>),
}

/// Why there is nothing to aim at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// There is no such ChatCluster.
    Missing(String),
    /// Nobody can chat there.
    NotReady(String),
}

impl Resolved {
    /// As it is named, whether or not it is there.
    pub(crate) fn named(target: &Target) -> Self {
        match &target.chat_cluster {
            Some(name) => Self::Cluster(name.clone()),
            None => Self::Urls(target.urls.clone().unwrap_or_default()),
        }
    }

    /// The URLs. Of a ChatCluster it is that of the headless Service, of which the harness takes any address for each socket: so they spread
    /// over all gateways and follow those that are replaced, while the Service for clients keeps each agent at one gateway. Its short name is
    /// the first that a resolver tries.
    pub(crate) fn urls(&self) -> Vec<String> {
        match self {
            Self::Cluster(name) => vec![format!("http://{name}-gateway-headless:{HTTP_PORT}")],
            Self::Urls(urls) => urls.clone(),
        }
    }
}

/// Looks it up.
///
/// # Errors
/// The API server does not answer; and within, why there is nothing to aim at.
pub(crate) async fn resolve(
    client: &Client,
    namespace: &str,
    target: &Target,
) -> Result<Result<Resolved, Unresolved>, kube::Error> {
    let named = Resolved::named(target);
    let Resolved::Cluster(name) = &named else {
        return Ok(Ok(named));
    };
    let api: Api<DeserializeGuard<ChatCluster>> = Api::namespaced(client.clone(), namespace);
    let Some(found) = api.get_opt(name).await? else {
        let message = format!("there is no ChatCluster {name} in {namespace}");
        return Ok(Err(Unresolved::Missing(message)));
    };
    let is_ready = found.0.is_ok_and(|cluster| is_ready(&cluster));
    let why = format!("ChatCluster {name} is not ready");
    Ok(match is_ready {
        true => Ok(named),
        false => Err(Unresolved::NotReady(why)),
    })
}

fn is_ready(cluster: &ChatCluster) -> bool {
    let conditions = cluster.status.iter().flat_map(|status| &status.conditions);
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    ready.any(|condition| condition.status == "True")
}
