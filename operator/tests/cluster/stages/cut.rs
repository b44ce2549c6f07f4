//! Connections to the API server that end, all at once, while it lives.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use talkline_e2e::{ANY_PORT, Proxy};
use tokio::runtime::Runtime;

use super::{GATEWAY, Stage};
use crate::operator::{Operator, get};

/// How often they end: often enough for a pause that only ever grows to be seen.
const CUTS: u32 = 3;

impl Stage<'_> {
    /// Every watch is lost again and again, and what changed meanwhile is seen nevertheless. The process stays the same, and the leader.
    pub(crate) fn watches_that_are_cut_are_taken_up_again(&self, operator: Operator) -> Result<Operator> {
        ensure!(operator.stop()?.success());
        let (runtime, server) = (Runtime::new()?, self.server()?);
        let mut proxy = runtime.block_on(Proxy::start(ANY_PORT, server))?;
        let address = proxy.address();
        let mut operator = Operator::start_through(self.0, "cut", address)?;
        operator.until("it leads", |operator| operator.leads())?;
        operator.until("it has looked", |_| self.is_observed())?;
        for cut in 0..CUTS {
            drop(proxy);
            self.0
                .kubectl(&["--namespace=team", "delete", "service/chat-gateway"], "")?;
            self.annotate(GATEWAY, &format!("example.com/cut={cut}"))?;
            proxy = runtime.block_on(Proxy::start(address, server))?;
            operator.until("what was removed meanwhile is back", |_| {
                Ok(get(self.0, "service/chat-gateway").is_ok())
            })?;
        }
        ensure!(operator.leads()?, "it has lost the Lease");
        ensure!(operator.stop()?.success());
        let mut operator = Operator::start(self.0, "uncut")?;
        operator.until("it leads", |operator| operator.leads())?;
        Ok(operator)
    }

    /// Where the API server listens.
    fn server(&self) -> Result<SocketAddr> {
        let url = "--output=jsonpath={.clusters[0].cluster.server}";
        let url = self.0.kubectl(&["config", "view", url], "")?;
        let address = url.strip_prefix("https://").with_context(|| url.clone())?;
        Ok(address.parse()?)
    }
}
