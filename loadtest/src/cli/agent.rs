//! `talkline-loadtest agent`.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use clap::Args;
use talkline_loadtest::{agent, source::Sources};
use tokio::net::TcpListener;

use super::{listen, runtime};

/// An agent. Whoever reaches its port can make it send load: do not put it where strangers do.
#[derive(Debug, Args)]
pub(super) struct Agent {
    /// Where to wait for a controller
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Threads of the harness
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    /// Addresses of this machine that the sockets come from, FIRST-LAST, whatever the controller says
    #[arg(long, value_name = "RANGE")]
    source: Option<Sources>,
    /// Listens there for Prometheus, at /metrics
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
}

impl Agent {
    pub(super) fn execute(self) -> Result<ExitCode, String> {
        runtime(self.workers)?.block_on(async {
            let listener = TcpListener::bind(self.listen).await;
            let listener = listener.map_err(|error| format!("--listen {}: {error}", self.listen))?;
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            // Nobody to read it is no reason to stop.
            drop(writeln!(io::stderr(), "waiting for controllers on {address}"));
            let agent = agent::Agent {
                source: self.source,
                endpoint: listen(self.metrics).await?,
            };
            agent::serve(listener, agent).await.map_err(|error| error.to_string())?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
