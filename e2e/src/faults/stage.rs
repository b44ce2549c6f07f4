//! What faults strike: servers and a cluster of one's own, brought back into shape after each.

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::time::sleep;

use super::{
    Fault, Outcome,
    links::{Kind, Links},
};
use crate::{Cluster, Load, Proxy, Role, Servers};

const GATEWAYS: usize = 2;
const WORKERS: usize = 2;

/// Everything that can break.
pub struct Stage {
    /// The servers.
    pub servers: Servers,
    /// Gateways and workers.
    pub cluster: Cluster,
    /// The network of a member that was added for the present fault.
    links: Option<Links>,
    /// The server that it struck.
    pub(super) struck: Option<String>,
    /// Of the servers' data.
    _folder: TempDir,
}

impl Stage {
    /// Starts servers such as `kafka=1`, two gateways and two workers.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn set(servers: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let servers = Servers::start(folder.path(), servers)?;
        let cluster = Cluster::start(&servers, GATEWAYS, WORKERS).await;
        if cluster.is_err() {
            servers.stop()?;
        }
        Ok(Self {
            cluster: cluster?,
            servers,
            links: None,
            struck: None,
            _folder: folder,
        })
    }

    /// Lets people talk, lets the fault happen, and says what came of it.
    ///
    /// # Errors
    /// When the fault could not be made, or there is no verdict: with what everybody has logged.
    pub async fn strike(&mut self, fault: &'static Fault, load: Load) -> Result<Outcome> {
        let struck = self.scene(fault, load).await;
        struck.with_context(|| format!("{}\n{}", fault.name, self.cluster.logs()))
    }

    async fn scene(&mut self, fault: &'static Fault, load: Load) -> Result<Outcome> {
        (fault.prepare)(self).await?;
        self.cluster.ready().await?;
        let load = Load {
            duration: fault.lasts + load.duration,
            ..load
        };
        let mut run = load.start(&self.cluster.addresses())?;
        run.under_way().await?;
        (fault.strike)(self).await?;
        // Not to wait for anything: that is how long the fault lasts.
        sleep(fault.lasts).await;
        (fault.undo)(self).await?;
        let verdict = run.end().await?;
        self.tidy().await?;
        Ok(Outcome { fault, verdict })
    }

    /// As it was in the beginning: nobody more, and everybody ready.
    async fn tidy(&mut self) -> Result<()> {
        for (members, count) in [
            (&mut self.cluster.gateways, GATEWAYS),
            (&mut self.cluster.workers, WORKERS),
        ] {
            for mut added in members.drain(count..) {
                if added.is_started() {
                    added.leave().await?;
                }
            }
        }
        (self.links, self.struck) = (None, None);
        self.cluster.ready().await
    }

    /// Adds a member whose network can be lost.
    pub(super) async fn add_behind_links(&mut self, role: Role) -> Result<()> {
        let links = Links::lay(&self.servers).await?;
        self.cluster.add(role, &links.environment())?;
        self.links = Some(links);
        Ok(())
    }

    /// That member loses the network to these servers.
    pub(super) fn cut(&self, servers: Kind) -> Result<()> {
        self.links()?.of(servers).iter().for_each(Proxy::cut);
        Ok(())
    }

    /// It is back.
    pub(super) fn reconnect(&self, servers: Kind) -> Result<()> {
        self.links()?.of(servers).iter().for_each(Proxy::mend);
        Ok(())
    }

    fn links(&self) -> Result<&Links> {
        self.links.as_ref().context("there are no links")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Their data goes in any case.
        drop(self.servers.stop());
    }
}
