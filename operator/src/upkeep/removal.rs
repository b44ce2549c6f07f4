//! What a ChatCluster has on servers of others, removed with it: its database first, since only its log can say whose that is, and the
//! topics last.

use talkline_cluster::{LogIdentity, kafka, mongo, provision::Policy, redis};

use super::{
    Access, Finding,
    look::{KAFKA, MONGO, REDIS, Street},
};

impl Street {
    /// Removes all of it; can be repeated.
    ///
    /// # Errors
    /// What is left, and why.
    pub(super) async fn remove(&self, access: &Access) -> Result<(), String> {
        let store = match access.mongo.is_others {
            true => self.remove_store(access).await,
            false => Ok(()),
        };
        let bus = match access.redis.is_others {
            true => self.remove_bus(access).await,
            false => Ok(()),
        };
        let log = match access.kafka.is_others && store.is_ok() {
            true => self.remove_log(access).await,
            false => Ok(()),
        };
        let left: Vec<String> = [("MongoDB", store), ("Redis", bus), ("Kafka", log)]
            .into_iter()
            .filter_map(|(name, outcome)| Some(format!("{name}: {}", why(outcome.err()?))))
            .collect();
        if left.is_empty() { Ok(()) } else { Err(left.join("; ")) }
    }

    /// Only who knows the log knows whether the database is the ChatCluster's.
    async fn remove_store(&self, access: &Access) -> Result<(), Finding> {
        let log = self.log(access).await?;
        let config = &access.mongo.config;
        let removed = self.visit("MongoDB", &access.mongo, MONGO, async |tls| {
            let config = mongo::Config { tls, ..config.clone() };
            let removed = mongo::remove(&config, &log).await;
            removed.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        removed.await
    }

    async fn log(&self, access: &Access) -> Result<LogIdentity, Finding> {
        let config = &access.kafka.config;
        let looked = self.visit("Kafka", &access.kafka, KAFKA, async |tls| {
            let config = kafka::Config { tls, ..config.clone() };
            let looked = kafka::provision(&config, Policy::Observe).await;
            looked.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        Ok(looked.await?.identity)
    }

    async fn remove_bus(&self, access: &Access) -> Result<(), Finding> {
        let config = &access.redis.config;
        let removed = self.visit("Redis", &access.redis, REDIS, async |tls| {
            let config = redis::Config { tls, ..config.clone() };
            let removed = redis::remove(&config).await;
            removed.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        removed.await
    }

    async fn remove_log(&self, access: &Access) -> Result<(), Finding> {
        let config = &access.kafka.config;
        let removed = self.visit("Kafka", &access.kafka, KAFKA, async |tls| {
            let config = kafka::Config { tls, ..config.clone() };
            let removed = kafka::remove(&config).await;
            removed.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        removed.await
    }
}

fn why(finding: Finding) -> String {
    match finding {
        Finding::Silent(error) | Finding::Refuses(error) => error,
        Finding::Seen { .. } => "it was only looked at".to_owned(),
    }
}
