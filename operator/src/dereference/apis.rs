//! Which optional APIs are served. They are asked for again and again, since their operators come and go without us.

use std::time::Duration;

use http::Request;
use kube::Client;
use serde_json::Value;
use tokio::sync::watch;

use crate::validate::{Apis, RouteFields};

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(30);
/// Where the API server lists the descriptions of its APIs, and Gateway API's among them.
const DESCRIPTIONS: &str = "/openapi/v3";
const GATEWAY_API: &str = "apis/gateway.networking.k8s.io/v1";
/// A field that only Gateway API's experimental channel has, and one of the timeouts that came with 1.2. An apply with a field that is
/// not described is refused.
const PERSISTENCE: &str = "\"sessionPersistence\"";
const TIMEOUTS: &str = "\"backendRequest\"";

/// Looks once, and then follows as long as somebody listens.
///
/// # Errors
/// The API server does not answer the first time.
pub(crate) async fn follow(client: Client) -> Result<(watch::Receiver<Apis>, impl Future<Output = ()>), kube::Error> {
    let mut look = Look::new(client);
    let (sender, receiver) = watch::channel(look.served().await?);
    let following = async move {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !sender.is_closed() {
            ticks.tick().await;
            match look.served().await {
                Ok(apis) => {
                    let changed = sender.send_if_modified(|known| std::mem::replace(known, apis) != apis);
                    if changed {
                        tracing::info!(?apis, "the optional APIs have changed");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the API server does not say what it serves; what was known holds")
                }
            }
        }
    };
    Ok((receiver, following))
}

/// Asks what is served, and remembers the description that it has read: it is large, and its address changes with it.
struct Look {
    client: Client,
    /// The address of Gateway API's description, and what its routes can say.
    routes: Option<(String, RouteFields)>,
}

impl Look {
    fn new(client: Client) -> Self {
        Self { client, routes: None }
    }

    async fn served(&mut self) -> Result<Apis, kube::Error> {
        let groups = self.client.list_api_groups().await?;
        let serves = |group: &str, version: &str| {
            let found = groups.groups.iter().find(|found| found.name == group);
            found.is_some_and(|found| found.versions.iter().any(|served| served.version == version))
        };
        let gateway_api = serves("gateway.networking.k8s.io", "v1");
        let routes = if gateway_api {
            self.route_fields().await?
        } else {
            RouteFields::default()
        };
        Ok(Apis {
            keda: serves("keda.sh", "v1alpha1"),
            gateway_api,
            routes,
            prometheus: serves("monitoring.coreos.com", "v1"),
            strimzi: serves("kafka.strimzi.io", "v1"),
        })
    }

    /// Which of the fields Gateway API's routes have.
    async fn route_fields(&mut self) -> Result<RouteFields, kube::Error> {
        let Some(address) = address(&self.text(DESCRIPTIONS).await?) else {
            return Ok(RouteFields::default());
        };
        if let Some((known, fields)) = &self.routes
            && *known == address
        {
            return Ok(*fields);
        }
        let description = self.text(&address).await?;
        let fields = RouteFields {
            persistence: description.contains(PERSISTENCE),
            timeouts: description.contains(TIMEOUTS),
        };
        self.routes = Some((address, fields));
        Ok(fields)
    }

    async fn text(&self, path: &str) -> Result<String, kube::Error> {
        let request = Request::get(path).body(Vec::new()).map_err(kube::Error::HttpError)?;
        self.client.request_text(request).await
    }
}

/// Where Gateway API is described, by the list of descriptions.
fn address(list: &str) -> Option<String> {
    let list: Value = serde_json::from_str(list).ok()?;
    Some(list["paths"][GATEWAY_API]["serverRelativeURL"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_found_in_the_list() {
        let list = r#"{"paths": {"apis/gateway.networking.k8s.io/v1": {"serverRelativeURL": "/openapi/v3/apis/g/v1?hash=A"}}}"#;
        assert_eq!(address(list).as_deref(), Some("/openapi/v3/apis/g/v1?hash=A"));
        assert_eq!(address(r#"{"paths": {}}"#), None);
        assert_eq!(address("<html>"), None);
    }
}
