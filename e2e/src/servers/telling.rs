//! What programs are told of servers, and of what is theirs there: topics, a database and keys that begin with one word.

use anyhow::Result;

use super::Servers;
use crate::Environment;

impl Servers {
    /// Of all of them.
    pub(crate) fn environment(&self, id: &str) -> Result<Environment> {
        let brokers = self.kafka()?;
        // What up.sh starts: three brokers keep three copies.
        let (copies, in_sync) = if brokers.contains(',') { ("3", "2") } else { ("1", "1") };
        let mut environment = self.redis_environment(id)?;
        environment.extend([
            ("TALKLINE_KAFKA_BROKERS", brokers.to_owned()),
            ("TALKLINE_KAFKA_TOPIC_PREFIX", format!("{id}.")),
            ("TALKLINE_KAFKA_REPLICATION_FACTOR", copies.to_owned()),
            ("TALKLINE_KAFKA_MIN_IN_SYNC_REPLICAS", in_sync.to_owned()),
            ("TALKLINE_MONGO_URL", self.mongo()?.to_owned()),
            ("TALKLINE_MONGO_DATABASE", id.to_owned()),
        ]);
        Ok(environment)
    }

    /// Of Redis alone.
    pub(crate) fn redis_environment(&self, id: &str) -> Result<Environment> {
        let urls = self.redis()?;
        let mode = if urls.contains(',') { "Cluster" } else { "Standalone" };
        let pairs = [
            ("TALKLINE_REDIS_URL", urls.to_owned()),
            ("TALKLINE_REDIS_MODE", mode.to_owned()),
            ("TALKLINE_REDIS_KEY_PREFIX", format!("{id}:")),
        ];
        Ok(pairs.into())
    }
}
