//! The topics: made where they are missing, refused where they contradict the configuration.

use std::time::Duration;

use rdkafka::{
    admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication},
    metadata::Metadata,
    types::RDKafkaErrorCode,
};
use talkline_core::{Error, ErrorKind, Result, offset::Partition};

use super::{Config, context::Context, error};

const OPERATION: &str = "log.connect";
/// How long dead letters wait for an operator.
const DEAD_LETTERS_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The topics' names.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What users ask for.
    pub(super) commands: String,
    /// What became of it.
    events: String,
    /// Whom to notify.
    notices: String,
    /// What could not be understood.
    pub(super) dead: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        let name = |topic| format!("{prefix}chat.{topic}");
        Self {
            commands: name("send"),
            events: name("receive"),
            notices: name("notify"),
            dead: name("dead"),
        }
    }

    fn all(&self) -> [&str; 4] {
        [&self.commands, &self.events, &self.notices, &self.dead]
    }
}

/// What `found` lacks has to be made by somebody else.
pub(super) fn require(names: &Names, found: &Metadata) -> Result<()> {
    match missing(names, found).as_slice() {
        [] => Ok(()),
        missing => {
            let what = format!(
                "these topics are missing, and have to be made beforehand: {}",
                missing.join(", ")
            );
            Err(Error::new(ErrorKind::Invalid, OPERATION, what))
        }
    }
}

fn missing<'a>(names: &'a Names, found: &Metadata) -> Vec<&'a str> {
    let there = |name: &str| found.topics().iter().any(|topic| topic.name() == name);
    names.all().into_iter().filter(|name| !there(name)).collect()
}

/// Makes what `found` lacks. Somebody else may do so at the same time.
pub(super) async fn make(
    admin: &AdminClient<Context>,
    config: &Config,
    names: &Names,
    found: &Metadata,
    timeout: Duration,
) -> Result<()> {
    let missing = missing(names, found);
    let settings = Settings::new(config);
    if missing.is_empty() {
        return Ok(());
    }
    let new = missing.iter().map(|name| settings.topic(name, *name == names.dead));
    let options = AdminOptions::new()
        .request_timeout(Some(timeout))
        .operation_timeout(Some(timeout));
    let made = admin.create_topics(&new.collect::<Vec<_>>(), &options).await;
    for result in made.map_err(|cause| error::to_core(OPERATION, &cause))? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                let what = format!("topic {name} cannot be made: {code}");
                return Err(Error::new(ErrorKind::Invalid, OPERATION, what));
            }
        }
    }
    tracing::info!(topics = ?missing, "topics made");
    Ok(())
}

/// What a new topic is given, as Kafka writes it.
struct Settings {
    partitions: i32,
    replication: i32,
    min_in_sync: String,
    retention: String,
    dead_letters_kept: String,
}

impl Settings {
    fn new(config: &Config) -> Self {
        Self {
            // −1 is the broker's own default.
            partitions: config.partitions.map_or(-1, |count| count as i32),
            replication: config.replication.into(),
            min_in_sync: config.min_in_sync.to_string(),
            retention: config.retention.as_millis().to_string(),
            dead_letters_kept: DEAD_LETTERS_KEPT.as_millis().to_string(),
        }
    }

    fn topic<'a>(&'a self, name: &'a str, dead: bool) -> NewTopic<'a> {
        let (partitions, retention, cleanup) = match dead {
            true => (1, &self.dead_letters_kept, "compact,delete"),
            false => (self.partitions, &self.retention, "delete"),
        };
        NewTopic::new(name, partitions, TopicReplication::Fixed(self.replication))
            .set("min.insync.replicas", &self.min_in_sync)
            .set("retention.ms", retention)
            .set("cleanup.policy", cleanup)
            .set("unclean.leader.election.enable", "false")
    }
}

/// How many partitions the commands' topic has, once each has a leader; none before.
pub(super) fn partitions(metadata: &Metadata, names: &Names) -> Option<Partition> {
    let mut topics = metadata.topics().iter();
    let topic = topics.find(|topic| topic.name() == names.commands)?;
    let led = topic.error().is_none() && topic.partitions().iter().all(|partition| partition.leader() >= 0);
    let count = topic.partitions().len();
    (led && count > 0).then_some(count as Partition)
}

/// Whether the commands' topic has the partitions that are configured.
pub(super) fn check_partitions(config: &Config, names: &Names, partitions: Partition) -> Result<()> {
    let Some(wanted) = config.partitions.filter(|wanted| *wanted != partitions) else {
        return Ok(());
    };
    let why = "their number is frozen, since it says where a conversation's records are";
    let commands = &names.commands;
    let what = format!("topic {commands} has {partitions} partitions and not {wanted}: {why}");
    Err(Error::new(ErrorKind::Invalid, OPERATION, what))
}

/// Whether the commands' topic keeps what is promised.
pub(super) async fn check_settings(
    admin: &AdminClient<Context>,
    config: &Config,
    names: &Names,
    timeout: Duration,
) -> Result<()> {
    let options = AdminOptions::new().request_timeout(Some(timeout));
    let topic = [ResourceSpecifier::Topic(&names.commands)];
    let described = admin.describe_configs(&topic, &options).await;
    let described = described.map_err(|cause| error::to_core(OPERATION, &cause))?;
    for resource in described {
        let topic = resource.map_err(|code| Error::new(ErrorKind::Unavailable, OPERATION, code))?;
        if let Some(what) = contradiction(config, &topic) {
            let what = format!("topic {}: {what}", names.commands);
            return Err(Error::new(ErrorKind::Invalid, OPERATION, what));
        }
    }
    Ok(())
}

/// The setting of a topic with which acknowledged records could be lost.
fn contradiction(config: &Config, topic: &ConfigResource) -> Option<String> {
    let value = |name| Some((name, topic.get(name)?.value.as_deref()?));
    let wrong = |(name, found): (&str, &str), wanted: &str| Some(format!("{name} is {found} and must be {wanted}"));
    let in_sync = value("min.insync.replicas")?;
    if in_sync.1.parse::<u16>().is_ok_and(|found| found < config.min_in_sync) {
        return wrong(in_sync, &format!("at least {}", config.min_in_sync));
    }
    let fixed = [
        ("cleanup.policy", "delete"),
        ("unclean.leader.election.enable", "false"),
    ];
    fixed.into_iter().find_map(|(name, wanted)| {
        let found = value(name)?;
        (found.1 != wanted).then(|| wrong(found, wanted)).flatten()
    })
}
