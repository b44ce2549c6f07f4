//! A cluster: gateways and workers, each a process of its own, over real servers.
//!
//! It shares the servers with others by names of its own: topics, database and keys begin with a word that is drawn.

mod member;

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Result, ensure};
use futures::future::try_join_all;
pub use member::{Environment, Member, Role};
use tempfile::TempDir;

use crate::{Api, Process, Servers, binary};

/// What all gateways and workers of tests have in common: no limits, cheap passwords, little patience.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cluster.yaml");

/// Nobody's secret: the example key of RFC 8037, appendix A.1.
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","talkline.dev/made":1735689600}]}"#;

/// Processes over servers; all are killed when it is dropped.
pub struct Cluster {
    /// Where clients connect.
    pub gateways: Vec<Member>,
    /// Who numbers and stores.
    pub workers: Vec<Member>,
    /// What everybody is told.
    environment: Environment,
    /// Keys and outputs.
    folder: TempDir,
    id: String,
}

impl Cluster {
    /// So many gateways and workers over these servers, once all of them are ready.
    ///
    /// # Errors
    /// When the programs are not built, or one does not get ready: with what it has logged.
    pub async fn start(servers: &Servers, gateways: usize, workers: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let id = format!("e2e-{:08x}", rand::random::<u32>());
        let mut cluster = Self {
            gateways: Vec::new(),
            workers: Vec::new(),
            environment: environment(servers, &id, folder.path())?,
            folder,
            id,
        };
        for role in [Role::Gateway; 8]
            .into_iter()
            .take(gateways)
            .chain([Role::Worker; 8].into_iter().take(workers))
        {
            cluster.add(role, &Environment::new())?;
        }
        cluster.ready().await?;
        Ok(cluster)
    }

    /// Starts one more, which is told something else where `differently` says so. Does not wait until it is ready.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn add(&mut self, role: Role, differently: &Environment) -> Result<()> {
        let members = match role {
            Role::Gateway => &mut self.gateways,
            Role::Worker => &mut self.workers,
        };
        let mut environment = self.environment.clone();
        environment.extend(differently.clone());
        let name = format!("{}-{}", role.command(), members.len() + 1);
        let mut member = Member::new(role, self.folder.path().join(name), environment)?;
        member.start()?;
        members.push(member);
        Ok(())
    }

    /// Waits until all that run are ready.
    ///
    /// # Errors
    /// When one is not by the deadline.
    pub async fn ready(&mut self) -> Result<()> {
        let members = self.gateways.iter_mut().chain(&mut self.workers);
        let running = members.filter(|member| member.is_started());
        try_join_all(running.map(Member::ready)).await?;
        Ok(())
    }

    /// What another command of `talkline` says that an operator gives it on these servers, once it has ended well.
    ///
    /// # Errors
    /// When it ends otherwise: with its complaint.
    pub async fn operate(&self, arguments: &[&str]) -> Result<String> {
        let mut command = binary::talkline()?;
        command.args(arguments).envs(&self.environment);
        let mut process = Process::start_owned(command)?;
        let status = process.ended().await?;
        ensure!(status.success(), "{arguments:?}: {status}: {}", process.stderr()?);
        process.stdout()
    }

    /// Where clients connect.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.gateways.iter().map(Member::public).collect()
    }

    /// A client of the REST routes of one gateway.
    ///
    /// # Errors
    /// When there can be no HTTP client here.
    pub fn api(&self, gateway: usize) -> Result<Api> {
        Api::new(self.gateways[gateway].public())
    }

    /// MongoDB's database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.id
    }

    /// The topic of commands.
    #[must_use]
    pub fn commands(&self) -> String {
        format!("{}.chat.send", self.id)
    }

    /// The workers' group.
    #[must_use]
    pub fn group(&self) -> String {
        format!("{}.workers", self.id)
    }

    /// The newest of what everybody has logged, for whoever has to find out what went wrong.
    #[must_use]
    pub fn logs(&self) -> String {
        let members = self.gateways.iter().chain(&self.workers);
        members.map(Member::log).collect()
    }
}

/// Where the servers are, and what sets this cluster apart on them.
fn environment(servers: &Servers, id: &str, folder: &Path) -> Result<Environment> {
    let keys = folder.join("signing-keys.json");
    fs::write(&keys, KEYS)?;
    let mut environment = servers.environment(id)?;
    environment.extend([
        ("TALKLINE_CONFIG", SETTINGS.to_owned()),
        ("TALKLINE_JWT_KEYS", keys.display().to_string()),
    ]);
    Ok(environment)
}
