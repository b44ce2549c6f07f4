//! The ports on one Redis, opened and closed together.

use std::sync::Arc;

use talkline_core::{
    Result,
    port::{FanOut, Limits, Presence, Recent},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Config, Metrics, fan_out::RedisFanOut, limits::RedisLimits, names::Names, nodes::Nodes, presence::RedisPresence,
    recent::RedisRecent,
};

/// Fan-out, limits, presence and newest messages.
///
/// [Close](Redis::close) it; dropped, it leaves its tasks running.
pub struct Redis {
    nodes: Arc<Nodes>,
    fan_out: Arc<RedisFanOut>,
    limits: Arc<RedisLimits>,
    presence: Arc<RedisPresence>,
    recent: Arc<RedisRecent>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Redis {
    /// Connects. Afterwards Redis may come and go: calls fail while it is away, and subscriptions come back by themselves.
    ///
    /// # Errors
    /// [`Invalid`](talkline_core::ErrorKind::Invalid) for settings that cannot work, a password among them;
    /// [`Unavailable`](talkline_core::ErrorKind::Unavailable) if no server answers for five seconds.
    pub async fn connect(config: &Config, metrics: Metrics) -> Result<Self> {
        let nodes = Arc::new(Nodes::connect(config, metrics.clone()).await?);
        let names = Names::new(&config.key_prefix);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (keeper, stopped) = (nodes.clone(), stop.clone());
        tasks.spawn(async move { stopped.run_until_cancelled(keeper.keep()).await });
        Ok(Self {
            fan_out: Arc::new(RedisFanOut::new(
                nodes.clone(),
                names.clone(),
                config.inbox,
                metrics.clone(),
                tasks.clone(),
                stop.clone(),
            )),
            limits: Arc::new(RedisLimits::new(nodes.clone(), names.clone())),
            recent: Arc::new(RedisRecent::new(nodes.clone(), names.clone())),
            presence: Arc::new(RedisPresence::new(
                nodes.clone(),
                names,
                config.presence_expiry,
                metrics,
            )),
            nodes,
            tasks,
            stop,
        })
    }

    /// The fan-out.
    pub fn fan_out(&self) -> Arc<dyn FanOut> {
        self.fan_out.clone()
    }

    /// The rate limits.
    pub fn limits(&self) -> Arc<dyn Limits> {
        self.limits.clone()
    }

    /// Who is there.
    pub fn presence(&self) -> Arc<dyn Presence> {
        self.presence.clone()
    }

    /// The newest messages of conversations that are read.
    pub fn recent(&self) -> Arc<dyn Recent> {
        self.recent.clone()
    }

    /// Whether every node answers, within the configured timeout.
    ///
    /// # Errors
    /// What the first one that does not answers instead.
    pub async fn ping(&self) -> Result<()> {
        self.nodes.ping().await
    }

    /// Ends all inboxes. Whoever still holds the fan-out cannot subscribe any more.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
