//! One MongoDB, as a replica set of one member: without one there are no majorities, no change streams and no transactions.

use serde_json::json;

use super::server::Server;
use crate::{
    build::Object,
    validate::{MONGO_PORT, Managed, REPLICA_SET, ValidatedCluster},
};

pub(super) fn build(cluster: &ValidatedCluster, managed: &Managed) -> [Object; 2] {
    let member = format!("{}:{MONGO_PORT}", managed.host);
    let set = format!("{{_id: '{REPLICA_SET}', members: [{{_id: 0, host: '{member}'}}]}}");
    // Beside the server, until it answers: `rs.initiate` of what is initiated fails and changes nothing.
    let initiate = format!(
        "until mongosh --quiet --eval \"try {{ rs.status().ok }} catch {{ rs.initiate({set}).ok }}\"; do sleep 1; done"
    );
    let server = Server {
        component: "mongo",
        managed,
        image: "mongo:6.0",
        user: 999,
        port: MONGO_PORT,
        data: "/data/db",
        run: json!({
            "command": ["mongod", "--replSet", REPLICA_SET, "--bind_ip_all", "--dbpath", "/data/db"],
            "env": [{ "name": "HOME", "value": "/tmp" }],
            "lifecycle": { "postStart": { "exec": { "command": ["sh", "-c", initiate] } } },
        }),
        ready: json!([
            "mongosh",
            "--quiet",
            "--eval",
            "quit(db.hello().isWritablePrimary ? 0 : 1)"
        ]),
        finds_itself: true,
        request: ("250m", "1Gi"),
    };
    server.objects(cluster)
}
