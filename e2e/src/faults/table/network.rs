//! What happens to the network between one gateway or worker, added for that, and one kind of server.

use super::{CALM, Fault, LONG};
use crate::{
    Role,
    faults::{Step, links::Kind},
};

const WORKER: Step = |stage| Box::pin(stage.add_behind_links(Role::Worker));
const GATEWAY: Step = |stage| Box::pin(stage.add_behind_links(Role::Gateway));

/// The network is lost, and found again.
const LOST: Fault = Fault {
    does: "nothing comes through in either direction, connections stay open",
    undone: "what was on its way arrives",
    lasts: LONG,
    ..CALM
};
const KAFKA: Fault = Fault {
    strike: |stage| Box::pin(async { stage.cut(Kind::Kafka) }),
    undo: |stage| Box::pin(async { stage.reconnect(Kind::Kafka) }),
    ..LOST
};
const MONGO: Fault = Fault {
    strike: |stage| Box::pin(async { stage.cut(Kind::Mongo) }),
    undo: |stage| Box::pin(async { stage.reconnect(Kind::Mongo) }),
    ..LOST
};
const REDIS: Fault = Fault {
    strike: |stage| Box::pin(async { stage.cut(Kind::Redis) }),
    undo: |stage| Box::pin(async { stage.reconnect(Kind::Redis) }),
    ..LOST
};

pub(super) static TABLE: &[Fault] = &[
    Fault {
        name: "a worker loses Kafka",
        prepare: WORKER,
        ..KAFKA
    },
    Fault {
        name: "a worker loses MongoDB",
        prepare: WORKER,
        ..MONGO
    },
    Fault {
        name: "a worker loses Redis",
        prepare: WORKER,
        ..REDIS
    },
    Fault {
        name: "a gateway loses Kafka",
        prepare: GATEWAY,
        ..KAFKA
    },
    Fault {
        name: "a gateway loses MongoDB",
        prepare: GATEWAY,
        ..MONGO
    },
    Fault {
        name: "a gateway loses Redis",
        prepare: GATEWAY,
        ..REDIS
    },
];
