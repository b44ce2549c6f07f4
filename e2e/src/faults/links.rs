//! The network between one member of a cluster and the servers, where it can be lost.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;

use crate::{Environment, Proxy, Servers, ports, servers};

/// Which servers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Kafka,
    Mongo,
    Redis,
}

/// A way to each server.
pub(super) struct Links {
    kafka: Vec<Proxy>,
    mongo: [Proxy; 1],
    redis: [Proxy; 1],
}

impl Links {
    /// Ways to all brokers, to the present primary, and to Redis.
    pub(super) async fn lay(servers: &Servers) -> Result<Self> {
        let primary = servers.port(&servers::mongo_primary(servers).await?)?;
        let mut kafka = Vec::new();
        for number in 1..=servers.kafka()?.split(',').count() {
            // Brokers tell who comes this way to come this way again: see up.sh.
            let proxy = local(servers.port(&format!("kafka-{number}-proxy"))?);
            let broker = local(servers.port(&format!("kafka-{number}-proxied"))?);
            kafka.push(Proxy::start(proxy, broker).await?);
        }
        Ok(Self {
            kafka,
            mongo: [Proxy::start(ports::free()?, local(primary)).await?],
            redis: [Proxy::start(ports::free()?, local(servers.port("redis-1")?)).await?],
        })
    }

    /// The ways to one kind of server.
    pub(super) fn of(&self, kind: Kind) -> &[Proxy] {
        match kind {
            Kind::Kafka => &self.kafka,
            Kind::Mongo => &self.mongo,
            Kind::Redis => &self.redis,
        }
    }

    /// What a member that goes these ways is told.
    pub(super) fn environment(&self) -> Environment {
        let brokers: Vec<_> = self.kafka.iter().map(|proxy| proxy.address().to_string()).collect();
        let pairs = [
            ("TALKLINE_KAFKA_BROKERS", brokers.join(",")),
            // Directly: the set would tell it the ways around.
            (
                "TALKLINE_MONGO_URL",
                format!("mongodb://{}/?directConnection=true", self.mongo[0].address()),
            ),
            ("TALKLINE_REDIS_URL", format!("redis://{}", self.redis[0].address())),
        ];
        pairs.into()
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
