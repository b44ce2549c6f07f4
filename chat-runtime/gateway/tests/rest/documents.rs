//! The API's description, and the page of it.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::stage::Stage;

/// The committed description. `TALKLINE_UPDATE=1` writes it anew.
const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

#[test]
fn the_committed_description_is_the_codes() {
    let current = format!("{}\n", talkline_gateway::rest::document().to_pretty_json().unwrap());
    let path = Path::new(SNAPSHOT);
    if std::env::var_os("TALKLINE_UPDATE").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == current,
        "docs/openapi.json is not what the code says: TALKLINE_UPDATE=1 cargo test -p talkline-gateway --test rest"
    );
}

#[test]
fn every_operation_says_how_it_fails_and_who_may_ask() {
    let document: Value = serde_json::to_value(talkline_gateway::rest::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["components"]["responses"]["Problem"].is_object());
    assert_eq!(document["security"], serde_json::json!([{"bearer": []}]));
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert_eq!(
                operation["responses"]["default"]["$ref"], "#/components/responses/Problem",
                "{what}"
            );
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{what}");
            assert!(
                names.insert(operation["operationId"].to_string()),
                "{what}: its operationId is another's too"
            );
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let described = answer["$ref"].is_string() || answer["description"].is_string();
                assert!(described, "{what}, {status}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::to_value(talkline_gateway::rest::document()).unwrap();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
        match value {
            Value::Object(map) => open.extend(map.values()),
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
}

#[tokio::test]
async fn both_are_served_and_safe_to_open() {
    let stage = Stage::open().await;
    let get = async |path: &str| Stage::send(stage.request(Method::GET, path)).await;
    let json = get("/openapi.json").await;
    assert_eq!(
        json.body,
        serde_json::to_value(talkline_gateway::rest::document()).unwrap()
    );

    let page = get("/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; style-src 'self'")
    );
    let text = page.body.as_str().unwrap();
    assert!(text.contains("/api/v1/chat/send") && text.contains("id=\"RATE_LIMITED\""));
    assert_eq!(
        get("/docs/style.css").await.header("content-type"),
        "text/css; charset=utf-8"
    );
    stage.close().await;
}

#[tokio::test]
async fn a_problems_type_is_explained_on_the_page() {
    let stage = Stage::open().await;
    let problem = stage.call(Method::GET, "/me", None, None).await.body;
    let (page, anchor) = problem["type"].as_str().unwrap().split_once('#').unwrap();
    let page = Stage::send(stage.request(Method::GET, page)).await.body;
    assert!(page.as_str().unwrap().contains(&format!("id=\"{anchor}\"")));
    stage.close().await;
}
