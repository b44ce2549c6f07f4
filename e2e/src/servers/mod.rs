//! Real servers for tests: a set that all share, or one of a test's own that it may break.

mod asking;
mod breaking;
mod telling;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::tool;

pub use asking::{flush_redis, kafka_forget, kafka_lag, kafka_leader, kafka_put, mongo_primary, step_down};
pub use breaking::Server;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/servers");

/// The addresses of running servers.
#[derive(Clone, Debug)]
pub struct Servers {
    folder: PathBuf,
    addresses: HashMap<String, String>,
    /// What the script was asked for, if the set is a test's own.
    own: Vec<String>,
}

impl Servers {
    /// The set that this test run shares: started by `make test`, or by `e2e/servers/up.sh DIR`, and named by
    /// `TALKLINE_SERVERS=DIR`. None where there is none, after saying that `tests` did not run. A test keeps to a topic
    /// prefix, a database and a key prefix of its own.
    ///
    /// # Errors
    /// When servers must be there (`CI` is set) and are not, or nobody can be told.
    pub fn shared(tests: &str) -> Result<Option<Self>> {
        match std::env::var_os("TALKLINE_SERVERS") {
            Some(folder) => Self::read(Path::new(&folder)).map(Some),
            None => {
                let what = "real servers (e2e/servers/up.sh DIR, then TALKLINE_SERVERS=DIR; make test does that)";
                tool::lacking(tests, what)?;
                Ok(None)
            }
        }
    }

    /// A set of one's own in `folder`, of members such as `kafka=3`. Started again, it starts the members that were killed.
    /// [Stop](Servers::stop) it.
    ///
    /// # Errors
    /// When one does not start: its log is in `folder`.
    pub fn start(folder: &Path, members: &[&str]) -> Result<Self> {
        script("up.sh", folder, members)?;
        Ok(Self {
            own: members.iter().map(|member| (*member).to_owned()).collect(),
            ..Self::read(folder)?
        })
    }

    /// Stops what runs in the folder. The data stays.
    ///
    /// # Errors
    /// When that fails.
    pub fn stop(&self) -> Result<()> {
        script("down.sh", &self.folder, &[])
    }

    /// Kafka's brokers, as `host:port,…`.
    ///
    /// # Errors
    /// When there are none in this set.
    pub fn kafka(&self) -> Result<&str> {
        self.address("TALKLINE_KAFKA_BROKERS")
    }

    /// The listener of a broker started as `kafka=secure`, and the authority that signed its certificate.
    ///
    /// # Errors
    /// When there is none in this set.
    pub fn kafka_secure(&self) -> Result<(&str, &Path)> {
        Ok((
            self.address("TALKLINE_KAFKA_SECURE")?,
            Path::new(self.address("TALKLINE_KAFKA_CA")?),
        ))
    }

    /// MongoDB's connection string.
    ///
    /// # Errors
    /// When it is not in this set.
    pub fn mongo(&self) -> Result<&str> {
        self.address("TALKLINE_MONGO_URL")
    }

    /// The connection string of a server started as `mongo=secure`, and the authority that signed its certificate.
    ///
    /// # Errors
    /// When there is none in this set.
    pub fn mongo_secure(&self) -> Result<(&str, &Path)> {
        Ok((
            self.address("TALKLINE_MONGO_SECURE")?,
            Path::new(self.address("TALKLINE_MONGO_CA")?),
        ))
    }

    /// The connection strings of the configuration server and of the shard of a set started as `mongo=sharded`, which has no router.
    ///
    /// # Errors
    /// When there are none in this set.
    pub fn mongo_sharded(&self) -> Result<(&str, &str)> {
        Ok((
            self.address("TALKLINE_MONGO_CONFIG")?,
            self.address("TALKLINE_MONGO_SHARD")?,
        ))
    }

    /// Redis' URLs, `redis://host:port,…`.
    ///
    /// # Errors
    /// When it is not in this set.
    pub fn redis(&self) -> Result<&str> {
        self.address("TALKLINE_REDIS_URL")
    }

    /// The process of a member such as `kafka-1`.
    ///
    /// # Errors
    /// When it was never started.
    pub fn pid(&self, member: &str) -> Result<u32> {
        let file = self.folder.join(member).with_extension("pid");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.split_whitespace().next().context("an empty pid file")?.parse()?)
    }

    fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("addresses");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let addresses = text.lines().filter_map(|line| line.split_once('='));
        let unquoted = addresses.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()));
        Ok(Self {
            folder: folder.to_owned(),
            addresses: unquoted.collect(),
            own: Vec::new(),
        })
    }

    /// A port that a set's member has under a name of the script's, such as `kafka-1-proxied`.
    ///
    /// # Errors
    /// When it has none.
    pub fn port(&self, name: &str) -> Result<u16> {
        let file = self.folder.join("ports");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let mut ports = text.lines().filter_map(|line| line.split_once(' '));
        let port = ports.find(|(port, _)| *port == name);
        let (_, port) = port.with_context(|| format!("{name} is not in {}", file.display()))?;
        Ok(port.parse()?)
    }

    fn address(&self, name: &str) -> Result<&str> {
        let address = self.addresses.get(name).map(String::as_str);
        address.with_context(|| format!("{name} is not in {}", self.folder.display()))
    }
}

fn script(name: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(Path::new(SCRIPTS).join(name))
        .arg(folder)
        .args(arguments)
        .output()?;
    ensure!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
