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
/// How many copies must have a record before it is acknowledged, in Kafka's words.
pub(super) const MIN_IN_SYNC: &str = "min.insync.replicas";
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

/// The topic of what users ask for, under a prefix.
pub fn commands(prefix: &str) -> String {
    Names::new(prefix).commands
}

/// The group of the workers that read it.
pub fn workers(prefix: &str) -> String {
    format!("{prefix}workers")
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

    pub(super) fn all(&self) -> [&str; 4] {
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

/// Those that `found` lacks.
pub(super) fn missing<'a>(names: &'a Names, found: &Metadata) -> Vec<&'a str> {
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
    let wanted = topics(config);
    if missing.is_empty() {
        return Ok(());
    }
    let new = wanted.iter().filter(|topic| missing.contains(&topic.name.as_str()));
    let new = new.map(Topic::new_topic);
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

/// A topic as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its partitions; none are as many as the broker gives a topic.
    pub partitions: Option<u32>,
    /// Copies of each partition.
    pub replication: u16,
    /// Its settings by name, as Kafka writes them; all others are the broker's.
    pub settings: [(&'static str, String); 4],
}

/// All topics of a log.
pub fn topics(config: &Config) -> [Topic; 4] {
    let names = Names::new(&config.topic_prefix);
    names.all().map(|name| {
        let is_dead = name == names.dead;
        let (retention, cleanup) = match is_dead {
            true => (DEAD_LETTERS_KEPT, "compact,delete"),
            false => (config.retention, "delete"),
        };
        Topic {
            name: name.to_owned(),
            partitions: if is_dead { Some(1) } else { config.partitions },
            replication: config.replication,
            settings: [
                (MIN_IN_SYNC, config.min_in_sync.to_string()),
                ("retention.ms", retention.as_millis().to_string()),
                ("cleanup.policy", cleanup.to_owned()),
                ("unclean.leader.election.enable", "false".to_owned()),
            ],
        }
    })
}

impl Topic {
    fn new_topic(&self) -> NewTopic<'_> {
        // −1 is the broker's own default.
        let partitions = self.partitions.map_or(-1, |count| count as i32);
        let copies = TopicReplication::Fixed(self.replication.into());
        let new = NewTopic::new(&self.name, partitions, copies);
        let settings = self.settings.iter();
        settings.fold(new, |new, (name, value)| new.set(name, value))
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
    let in_sync = value(MIN_IN_SYNC)?;
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
