//! One Redis. It writes what it knows to its volume, so that a restart does not sign everybody's presence off.

use serde_json::json;

use super::server::Server;
use crate::{
    build::Object,
    validate::{Managed, REDIS_PORT, ValidatedCluster},
};

pub(super) fn build(cluster: &ValidatedCluster, managed: &Managed) -> [Object; 2] {
    let command = [
        "redis-server",
        "--dir",
        "/data",
        "--appendonly",
        "yes",
        "--save",
        "",
        "--protected-mode",
        "no",
    ];
    let server = Server {
        component: "redis",
        managed,
        image: "redis:7.4",
        user: 999,
        port: REDIS_PORT,
        data: "/data",
        run: json!({ "command": command }),
        ready: json!(["redis-cli", "ping"]),
        finds_itself: false,
        request: ("100m", "256Mi"),
    };
    server.objects(cluster)
}
