//! The capacity planner: from the stated load and measured unit costs to replicas, partitions, shards, resources and money.
//!
//! It is pure, so `talkline-operator plan` says the same as the operator does. It sizes and never limits. What it cannot know, such as
//! how evenly conversations spread over partitions, is covered by `capacity.headroomPercent` and by [`UTILISATION`].

mod costs;
#[cfg(test)]
mod guide;
mod load;
mod money;

use talkline_crds::{ChatClusterSpec, spec::Autoscaling};

use load::Load;

pub(crate) use costs::Edition;
pub(crate) use money::Cost;

/// How much of its CPU a pod, or a server, uses under the stated load, in percent. It is what the autoscalers aim at by default.
const UTILISATION: u64 = 60;

/// The most CPU that a gateway is given before another one is added, in nanoseconds a second: two cores.
const GATEWAY_CORES: u64 = 2 * CORE;

/// The most CPU that a worker is given before another one is added: one core.
const WORKER_CORES: u64 = CORE;

/// The most CPU of a shard's primary that the plan counts on: eight cores.
const SHARD_CORES: u64 = 8 * CORE;

/// Nanoseconds of CPU in a second of one core.
const CORE: u64 = 1_000_000_000;

/// Two of each role, so that one may go while the other carries on.
const FEWEST: u64 = 2;

/// Partitions for each worker of the plan. They cannot change later, so there is room for four times the workers.
const PARTITIONS_PER_WORKER: u64 = 4;

/// Partitions of the smallest plan.
const FEWEST_PARTITIONS: u64 = 12;

/// Partitions at most, as the ChatCluster's schema has it.
const MOST_PARTITIONS: u64 = 10_000;

/// What a load needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The gateways.
    pub(crate) gateway: Size,
    /// The workers.
    pub(crate) worker: Size,
    /// Partitions of the commands' topic.
    pub(crate) partitions: u32,
    /// Shards of the store.
    pub(crate) shards: u32,
    /// CPU that the load takes in the servers that are not ours to size, in thousandths of a core.
    pub(crate) servers: Servers,
    /// What gateways and workers cost; none without prices.
    pub(crate) cost: Option<Cost>,
}

/// A role's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// How many.
    pub(crate) replicas: u32,
    /// CPU that each is promised, in thousandths of a core.
    pub(crate) cpu_millis: u64,
    /// Memory that each is promised, in MiB.
    pub(crate) memory_mib: u64,
    /// Memory that each may not exceed, in MiB.
    pub(crate) memory_limit_mib: u64,
}

/// CPU of the servers under the stated load, in thousandths of a core, copies excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Servers {
    /// Kafka's brokers together.
    pub(crate) kafka_millis: u64,
    /// MongoDB's primaries together.
    pub(crate) mongo_millis: u64,
    /// Redis' nodes together.
    pub(crate) redis_millis: u64,
}

/// Sizes a ChatCluster by a table of unit costs.
pub(crate) fn plan(spec: &ChatClusterSpec, edition: Edition) -> Plan {
    let costs = edition.costs();
    let load = Load::of(&spec.capacity, costs);
    let gateway = gateways(&load, spec);
    let worker = workers(&load, spec);
    let mongo = load.cpu(costs.message.mongo);
    let millis = |cpu: u64| cpu.div_ceil(CORE / 1_000);
    Plan {
        gateway,
        worker,
        partitions: partitions(&worker, spec),
        shards: narrow(needed(mongo, SHARD_CORES).max(1)),
        servers: Servers {
            kafka_millis: millis(load.cpu(costs.message.kafka)),
            mongo_millis: millis(mongo),
            redis_millis: millis(load.cpu(costs.message.redis)),
        },
        cost: spec
            .capacity
            .prices
            .as_ref()
            .map(|prices| Cost::of(prices, &[gateway, worker])),
    }
}

/// More gateways mean more signals for each message, so their number is found step by step; it only rises, and not beyond the fan-out's.
fn gateways(load: &Load, spec: &ChatClusterSpec) -> Size {
    let sockets = &spec.gateway.sockets;
    let mut count = load
        .connections
        .div_ceil(u64::from(sockets.target_per_replica))
        .max(FEWEST);
    loop {
        let more = needed(load.gateway_cpu(count), GATEWAY_CORES);
        if more <= count {
            break;
        }
        count = more;
    }
    let replicas = stated(spec.gateway.replicas, spec.gateway.autoscaling.as_ref(), count);
    let held = load
        .connections
        .div_ceil(replicas)
        .min(u64::from(sockets.max_per_replica));
    let memory = |sockets: u64| costs::GATEWAY_BASE + sockets * load.costs.socket.value;
    Size {
        replicas: narrow(replicas),
        cpu_millis: share(load.gateway_cpu(replicas), replicas),
        memory_mib: mib(memory(held)),
        // Half as much again for what waits for slow sockets.
        memory_limit_mib: mib(memory(sockets.max_per_replica.into()) * 3 / 2),
    }
}

fn workers(load: &Load, spec: &ChatClusterSpec) -> Size {
    let cpu = load.cpu(load.costs.message.worker);
    let count = needed(cpu, WORKER_CORES).max(FEWEST);
    let replicas = stated(spec.worker.replicas, spec.worker.autoscaling.as_ref(), count);
    Size {
        replicas: narrow(replicas),
        cpu_millis: share(cpu, replicas),
        memory_mib: mib(costs::WORKER_BASE),
        memory_limit_mib: mib(costs::WORKER_BASE * 2),
    }
}

/// As many as were asked for; under autoscaling what the load needs, within the bounds.
fn stated(fixed: Option<u32>, autoscaling: Option<&Autoscaling>, count: u64) -> u64 {
    match (fixed, autoscaling) {
        (Some(fixed), _) => u64::from(fixed),
        // The schema keeps the bounds in order; a count below both is the lower one either way.
        (None, Some(bounds)) => count
            .min(u64::from(bounds.max_replicas))
            .max(u64::from(bounds.min_replicas)),
        (None, None) => count,
    }
}

/// Partitions as stated, or with room for more workers than there are or may be.
fn partitions(worker: &Size, spec: &ChatClusterSpec) -> u32 {
    let most = spec.worker.autoscaling.as_ref().map_or(0, |bounds| bounds.max_replicas);
    let room = (u64::from(worker.replicas) * PARTITIONS_PER_WORKER).max(u64::from(most));
    let planned = room.clamp(FEWEST_PARTITIONS, MOST_PARTITIONS);
    spec.kafka.partitions.unwrap_or(narrow(planned))
}

/// How many it takes when each may use [`UTILISATION`] of `most`.
fn needed(cpu: u64, most: u64) -> u64 {
    cpu.div_ceil(most / 100 * UTILISATION)
}

/// What each of `replicas` is promised, in thousandths of a core: a multiple of 50, of which it uses [`UTILISATION`].
fn share(cpu: u64, replicas: u64) -> u64 {
    let millis = (cpu * 100).div_ceil(UTILISATION * replicas * (CORE / 1_000));
    millis.next_multiple_of(50).max(100)
}

/// Whole MiB, in steps of 32.
fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20).next_multiple_of(32)
}

/// The schema's bounds keep every count far below this; what they let through is capped and not wrapped.
fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
