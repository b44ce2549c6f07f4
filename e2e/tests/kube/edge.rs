//! The way in from outside through real controllers: Traefik for an Ingress, be it of its own class or of ingress-nginx's, whose Ingresses
//! it reads as well, and Envoy Gateway for an HTTPRoute. Who polls stays at a gateway of two, and nothing is lost while gateways go.
//! Minutes, and as many to build the controllers the first time, so it runs when it is asked for, as root:
//!
//! `cargo test --workspace --test kube -- --ignored --nocapture edge`

mod crowd;
mod door;

use anyhow::{Result, ensure};
use crowd::Crowd;
use door::Door;
use serde_json::{Value, json};

use crate::{LONG, nothing_is_lost_through, platform::Platform, record};

/// The pods' port for the platform.
const ADMIN: u16 = 9090;

#[tokio::test]
#[ignore = "takes minutes, and builds Traefik the first time"]
async fn edge_of_an_ingress() -> Result<()> {
    let Some(mut platform) = Platform::up("an Ingress on Kubernetes").await? else {
        return Ok(());
    };
    let traefik = platform.add("traefik.sh")?;
    let door = Door::to(&traefik).await?;

    open(&platform, &json!({ "host": door.host(), "className": "nginx" }))?;
    door.opens(true).await?;
    people_stay(&platform, &door).await?;
    close(&platform)?;
    door.closes().await?;

    open(&platform, &json!({ "host": door.host(), "className": "traefik" }))?;
    door.opens(true).await?;
    people_stay(&platform, &door).await?;
    rolled(&platform, &door).await?;
    nobody_who_polls_stays_without_a_cookie(&platform, &door).await?;
    platform.down().await
}

#[tokio::test]
#[ignore = "takes minutes, and builds Envoy Gateway the first time"]
async fn edge_of_a_gateway_api() -> Result<()> {
    let Some(mut platform) = Platform::up("Gateway API on Kubernetes").await? else {
        return Ok(());
    };
    let envoy = platform.add("envoy.sh")?;
    let door = Door::to(&envoy).await?;
    let route = json!({ "kind": "HttpRoute", "host": door.host(), "gatewayName": "edge", "gatewayNamespace": "edge" });
    open(&platform, &route)?;
    door.opens(true).await?;
    people_stay(&platform, &door).await?;
    rolled(&platform, &door).await?;
    who_polls_is_cut_without_a_word_about_time(&platform, &door).await?;
    a_refusal_is_said(&platform)?;
    platform.down().await
}

/// Without what the operator says of it, Envoy answers a quiet poll itself after 15 s.
async fn who_polls_is_cut_without_a_word_about_time(platform: &Platform, door: &Door) -> Result<()> {
    platform.patch(&json!({ "paused": true }))?;
    let path = r#"[{"op": "remove", "path": "/spec/rules/0/timeouts"}]"#;
    let route = "httproute/chat-gateway";
    platform.kubectl(&["wait", "--for=condition=Paused", "--timeout=60s", "chatcluster/chat"])?;
    platform.kubectl(&["patch", route, "--type=json", "--patch", path])?;
    let generation = platform.kubectl(&["get", route, "--output=jsonpath={.metadata.generation}"])?;
    let so = format!("--for=jsonpath={{.status.parents[0].conditions[0].observedGeneration}}={generation}");
    platform.kubectl(&["wait", &so, "--timeout=60s", route])?;
    let mut crowd = Crowd::gather(&door.url()).await?;
    crowd.does("connect").await?;
    ensure!(crowd.does("stay").await.is_err(), "Envoy waits for as long as anybody");
    platform.patch(&json!({ "paused": false }))
}

/// The Gateway's owner lets nobody in any more.
fn a_refusal_is_said(platform: &Platform) -> Result<()> {
    let alone = r#"[{"op": "replace", "path": "/spec/listeners/0/allowedRoutes/namespaces/from", "value": "Same"}]"#;
    platform.kubectl(&[
        "--namespace=edge",
        "patch",
        "gateway/edge",
        "--type=json",
        "--patch",
        alone,
    ])?;
    for (condition, reason) in [("Exposed", "NotAllowedByListeners"), ("Degraded", "NotExposed")] {
        let so = format!("--for=jsonpath={{.status.conditions[?(@.type==\"{condition}\")].reason}}={reason}");
        platform.kubectl(&["wait", &so, "--timeout=60s", "chatcluster/chat"])?;
    }
    Ok(())
}

/// Makes this the way in, and waits until its controller has taken it.
fn open(platform: &Platform, ingress: &Value) -> Result<()> {
    platform.patch(&json!({ "gateway": { "ingress": ingress } }))?;
    let exposed = ["wait", "--for=condition=Exposed", "--timeout=120s", "chatcluster/chat"];
    platform.kubectl(&exposed).map(drop)
}

fn close(platform: &Platform) -> Result<()> {
    platform.patch(&json!({ "gateway": { "ingress": null } }))
}

/// People on both gateways, half of whom poll, stay where they are while nobody speaks; and come back when their gateway goes.
async fn people_stay(platform: &Platform, door: &Door) -> Result<()> {
    let mut crowd = Crowd::gather(&door.url()).await?;
    crowd.does("connect").await?;
    let sockets = sockets(platform)?;
    ensure!(
        sockets.iter().all(|count| *count > 0) && sockets.iter().sum::<usize>() == crowd::PEOPLE,
        "{} people are so on the gateways: {sockets:?}",
        crowd::PEOPLE
    );
    crowd.does("talk").await?;
    crowd.does("stay").await?;
    platform.kubectl(&["delete", "pod", &platform.pod("gateway")?])?;
    crowd.does("talk").await?;
    crowd.does("check").await?;
    crowd.leaves().await?;
    platform.settled()
}

/// Without what the operator says of it, the controller sends everybody to and fro: that people stay is not luck.
async fn nobody_who_polls_stays_without_a_cookie(platform: &Platform, door: &Door) -> Result<()> {
    let sticky = "traefik.ingress.kubernetes.io/service.sticky.cookie";
    let none = json!({ sticky: "false", format!("{sticky}.name"): "" });
    platform.patch(&json!({ "gateway": { "service": { "annotations": none } } }))?;
    door.opens(false).await?;
    let mut crowd = Crowd::gather(&door.url()).await?;
    ensure!(
        crowd.does("connect").await.is_err(),
        "without a cookie everybody connects"
    );
    Ok(())
}

/// All gateways are replaced while people talk over WebSockets.
async fn rolled(platform: &Platform, door: &Door) -> Result<()> {
    let rolled = r#"{"spec": {"gateway": {"podTemplate": {"metadata": {"annotations": {"rolled": "once"}}}}}}"#;
    let patch = ["patch", "chatcluster/chat", "--type=merge", "--patch", rolled];
    let what = "gateways are rolled behind a controller";
    let verdict = nothing_is_lost_through(door.address(), platform, LONG, what, &patch).await?;
    record::moved_at_a_pace(&verdict)
}

/// The sockets of each gateway.
fn sockets(platform: &Platform) -> Result<Vec<usize>> {
    let selector = "--selector=app.kubernetes.io/component=gateway";
    let pods = platform.kubectl(&["get", "pods", selector, "--output=jsonpath={.items[*].metadata.name}"])?;
    let of = |pod: &str| -> Result<usize> {
        let path = format!("/api/v1/namespaces/talkline/pods/{pod}:{ADMIN}/proxy/metrics");
        let page = platform.kubectl(&["get", "--raw", &path])?;
        let lines = page
            .lines()
            .filter_map(|line| line.strip_prefix("talkline_gateway_sockets_open"));
        Ok(lines
            .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
            .sum())
    };
    pods.split(' ').map(of).collect()
}
