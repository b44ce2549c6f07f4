//! Bad input on every route is answered by the contract's problem and changes nothing.
//!
//! The routes are those of the API's description; each has a row in [`table`], and one without a row fails the test.

mod scene;
mod table;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use self::{
    scene::Scene,
    table::{Row, rows},
};
use crate::stage::{Answer, Stage};

/// `METHOD /path` of every operation that is described.
fn described() -> BTreeSet<String> {
    let document = serde_json::to_value(talkline_gateway::rest::document()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    routes
}

#[test]
fn every_route_has_a_row() {
    let rows: BTreeSet<String> = rows()
        .iter()
        .map(|row| format!("{} /api/v1{}", row.method, row.path))
        .collect();
    assert_eq!(rows, described());
}

/// Checks the form of a problem and its code.
fn refused(row: &Row, what: &str, answer: &Answer, status: u16, code: &str) {
    let Row { method, path, .. } = row;
    let what = format!("{method} {path}, {what}: {:?}", answer.body);
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{what}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    assert!(answer.body["traceId"].is_string(), "{what}");
}

#[tokio::test]
async fn who_is_not_logged_in_is_refused() {
    let scene = Scene::open().await;
    for row in rows().iter().filter(|row| !row.open) {
        let body = row.body.map(|body| body(&scene));
        for token in [None, Some("not.a.token"), Some(scene.ended.as_str())] {
            let answer = scene
                .stage
                .call(row.method.clone(), &row.url(&scene), token, body.clone())
                .await;
            refused(row, "without a good token", &answer, 401, "UNAUTHENTICATED");
        }
        scene.assert_unchanged().await;
    }
    scene.close().await;
}

#[tokio::test]
async fn another_method_is_refused() {
    let scene = Scene::open().await;
    let described = described();
    for row in rows() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if described.contains(&format!("{method} /api/v1{}", row.path)) {
                continue;
            }
            let answer = scene.ask(&method, &row.url(&scene), None).await;
            refused(&row, method.as_str(), &answer, 405, "METHOD_NOT_ALLOWED");
        }
    }
    scene.assert_unchanged().await;
    scene.close().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let scene = Scene::open().await;
    for row in rows().iter().filter(|row| row.body.is_some()) {
        let send = async |content_type: &str, text: &str| {
            let request = scene
                .stage
                .request(row.method.clone(), &format!("/api/v1{}", row.url(&scene)));
            let request = request
                .bearer_auth(&scene.ann.token)
                .header("content-type", content_type);
            Stage::send(request.body(text.to_owned())).await
        };
        for text in ["", "{", "[]x", "null", "7", "\"text\"", "\u{0}"] {
            refused(row, text, &send("application/json", text).await, 400, "MALFORMED_BODY");
        }
        for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            refused(
                row,
                content_type,
                &send(content_type, "{}").await,
                415,
                "UNSUPPORTED_MEDIA_TYPE",
            );
        }
        let good = row.body.map(|body| body(&scene)).unwrap();
        for field in good.as_object().unwrap().keys() {
            let mut bad = good.clone();
            bad[field] = json!({"unexpected": [true]});
            let answer = scene.ask(&row.method, &row.url(&scene), Some(bad)).await;
            refused(row, field, &answer, 400, "MALFORMED_BODY");
            let named = answer.body["errors"][0]["field"].as_str().unwrap_or_default();
            assert!(named.starts_with(field.as_str()), "{field}: {named}");
        }
        scene.assert_unchanged().await;
    }
    scene.close().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let scene = Scene::open().await;
    for row in rows() {
        let body = json!({"text": "x".repeat(70_000)});
        let answer = scene.ask(&row.method, &row.url(&scene), Some(body)).await;
        refused(&row, "70 kB", &answer, 413, "PAYLOAD_TOO_LARGE");
    }
    scene.assert_unchanged().await;
    scene.close().await;
}

#[tokio::test]
async fn values_outside_their_bounds_are_refused() {
    let scene = Scene::open().await;
    for row in rows() {
        for (change, code, field) in row.bad {
            let mut body = row.body.map(|body| body(&scene)).unwrap();
            let change: Value = serde_json::from_str(&change.replace("LONG", &"x".repeat(6000))).unwrap();
            body.as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            let answer = scene.ask(&row.method, &row.url(&scene), Some(body)).await;
            let status = answer.status.as_u16();
            assert!(
                (400..500).contains(&status) && status != 401,
                "{} {}",
                row.path,
                answer.body
            );
            refused(&row, &change.to_string(), &answer, status, code);
            if !field.is_empty() {
                assert_eq!(
                    answer.body["errors"][0]["field"], *field,
                    "{} {}",
                    row.path, answer.body
                );
            }
            scene.assert_unchanged().await;
        }
        for query in row.queries {
            let answer = scene
                .ask(&row.method, &format!("{}?{query}", row.url(&scene)), None)
                .await;
            refused(&row, query, &answer, 400, "INVALID_PARAMETER");
        }
    }
    scene.close().await;
}

#[tokio::test]
async fn ids_that_are_none_are_refused() {
    let scene = Scene::open().await;
    for row in rows().iter().filter(|row| row.path.contains('{')) {
        let body = row.body.map(|body| body(&scene));
        for id in ["x", "%00", "%FF", "%C3%A9", "..%2F..%2Fme", &"A".repeat(300)] {
            let path = row.with_id(id);
            let answer = scene.ask(&row.method, &path, body.clone()).await;
            refused(row, id, &answer, 400, "INVALID_PARAMETER");
        }
    }
    scene.assert_unchanged().await;
    scene.close().await;
}

#[tokio::test]
async fn who_is_not_in_the_conversation_is_refused() {
    let scene = Scene::open().await;
    for row in rows() {
        let Some(code) = row.outsider else { continue };
        let body = row.body.map(|body| body(&scene));
        let answer = scene
            .stage
            .call(
                row.method.clone(),
                &row.url(&scene),
                Some(&scene.eve.token),
                body.clone(),
            )
            .await;
        let status = answer.status.as_u16();
        assert!(status == 403 || status == 404, "{} {}", row.path, answer.body);
        refused(&row, "by an outsider", &answer, status, code);
        // With a key, the worker decides: it must come to the same.
        let request = scene
            .stage
            .request(row.method.clone(), &format!("/api/v1{}", row.url(&scene)));
        let request = request
            .bearer_auth(&scene.eve.token)
            .header("idempotency-key", "outsider");
        let keyed = Stage::send(match &body {
            Some(body) => request.json(body),
            None => request,
        })
        .await;
        refused(&row, "by an outsider with a key", &keyed, status, code);
        scene.assert_unchanged().await;
    }
    scene.close().await;
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let scene = Scene::open().await;
    let document = serde_json::to_value(talkline_gateway::rest::document()).unwrap();
    let takes_key = |row: &Row| {
        let operation = &document["paths"][format!("/api/v1{}", row.path)][row.method.as_str().to_lowercase()];
        operation["parameters"].to_string().contains("Idempotency-Key")
    };
    let rows = rows();
    let keyed: Vec<&Row> = rows.iter().filter(|row| takes_key(row)).collect();
    assert!(!keyed.is_empty());
    for row in keyed {
        let send = async |keys: &[&str]| {
            let mut request = scene
                .stage
                .request(row.method.clone(), &format!("/api/v1{}", row.url(&scene)));
            for key in keys {
                request = request.header("idempotency-key", *key);
            }
            let request = request.bearer_auth(&scene.ann.token);
            Stage::send(match row.body {
                Some(body) => request.json(&body(&scene)),
                None => request,
            })
            .await
        };
        refused(row, "without characters", &send(&[""]).await, 422, "INVALID");
        refused(row, "too long", &send(&[&"k".repeat(200)]).await, 422, "INVALID");
        refused(row, "not ASCII", &send(&["schlüssel"]).await, 400, "INVALID_PARAMETER");
        refused(row, "two", &send(&["one", "two"]).await, 400, "INVALID_PARAMETER");
    }
    scene.assert_unchanged().await;
    scene.close().await;
}
