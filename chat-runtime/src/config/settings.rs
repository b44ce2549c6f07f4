//! Everything that can be set, in its types. What the ChatCluster says too is kept in its own types, with its defaults, so
//! that one conversion serves both.

use std::num::NonZeroUsize;

use talkline_crds::{ChatCluster, ChatClusterSpec};
use talkline_gateway::config::History;

use super::section::{Kafka, Mongo, Process, Redis, Traces};

/// The settings of one process.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The process itself: name, addresses, files.
    pub(crate) process: Process,
    /// What the ChatCluster says of gateways and workers.
    pub(crate) spec: ChatClusterSpec,
    /// Conversations whose state a worker keeps at hand, per partition.
    pub(crate) states: NonZeroUsize,
    /// The log.
    pub(crate) kafka: Kafka,
    /// The store.
    pub(crate) mongo: Mongo,
    /// Cache, directory and bus.
    pub(crate) redis: Redis,
    /// Traces; when all is read, they stand in the ChatCluster's part.
    pub(super) traces: Traces,
    /// What gateways remember of the newest messages.
    pub(crate) history: History,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            process: Process::default(),
            spec: ChatClusterSpec::default(),
            states: talkline_worker::Config::default().states,
            kafka: Kafka::default(),
            mongo: Mongo::default(),
            redis: Redis::default(),
            traces: Traces::default(),
            history: History::default(),
        }
    }
}

impl Settings {
    /// What the ChatCluster's own rules have against its part of the settings, such as a drain that is too short for so many
    /// sockets.
    pub(super) fn broken_rules(&self) -> Vec<String> {
        let mut spec = self.spec.clone();
        // What an autoscaler aims at is no setting of a gateway's.
        let sockets = &mut spec.gateway.sockets;
        sockets.target_per_replica = sockets.target_per_replica.min(sockets.max_per_replica);
        let cluster = ChatCluster::new("settings", spec);
        let checked = serde_json::to_string(&cluster)
            .map_err(|error| vec![error.to_string()])
            .and_then(|text| {
                let told = |problem: &talkline_crds::Problem| {
                    let field = problem.field.trim_start_matches("spec.").trim_start_matches("gateway.");
                    format!("{field}: {}", problem.message)
                };
                talkline_crds::load(&text).map_err(|error| error.problems().iter().map(told).collect())
            });
        checked.err().unwrap_or_default()
    }
}
