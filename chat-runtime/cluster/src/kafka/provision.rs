//! The topics, looked at and set right for whoever looks after a chat: nobody appends or reads here.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use rdkafka::{
    admin::{
        AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, OwnedResourceSpecifier, ResourceSpecifier,
    },
    metadata::Metadata,
    types::RDKafkaErrorCode,
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::{
    Config, Metrics, client,
    context::Context,
    error, kafka,
    producer::Producer,
    topics::{self, MIN_IN_SYNC, Names, Topic, topics},
};
use crate::{
    LogIdentity,
    provision::{Policy, Report},
};

const OPERATION: &str = "log.provision";
/// How long brokers may take to be reached, and then for each request.
const DEADLINE: Duration = Duration::from_secs(10);

/// What is known of the log after a look.
#[derive(Clone, Debug)]
pub struct Provisioned {
    /// Which log it is.
    pub identity: LogIdentity,
    /// Partitions that the commands' topic had before the look; none where it was missing.
    pub partitions: Option<u32>,
    /// What the look came to.
    pub report: Report,
}

/// Brings the topics to what `config` says, as far as `policy` goes. All clients are closed when it returns.
///
/// # Errors
/// Of kind `Invalid` where a person has to act: brokers refuse who we are, or what was asked. Otherwise the brokers did not
/// answer within 10 seconds a request.
pub async fn provision(config: &Config, policy: Policy) -> Result<Provisioned> {
    let visit = Visit::new(config)?;
    let outcome = visit.provision(policy).await;
    visit.end().await;
    outcome
}

/// Removes the topics and the workers' group, with all that is in them. What is gone already is no error.
///
/// # Errors
/// As for [`provision`]; of kind `Unavailable` while workers are still in the group, and then nothing is removed.
pub async fn remove(config: &Config) -> Result<()> {
    let visit = Visit::new(config)?;
    let outcome = visit.remove().await;
    visit.end().await;
    outcome
}

/// How many partitions a topic has, and copies of the one that has fewest.
#[derive(Clone, Copy)]
struct Shape {
    partitions: usize,
    copies: usize,
}

/// A topic as it is.
struct Found {
    shape: Shape,
    /// Every setting that can be seen.
    settings: BTreeMap<String, String>,
    /// The names of those that were given to the topic itself.
    own: Vec<String>,
}

/// What is to be done about a topic.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    /// Settings that can be set right.
    changes: Vec<(&'static str, String)>,
    drift: Vec<String>,
    refused: Vec<String>,
}

/// The clients of one look.
struct Visit<'a> {
    config: &'a Config,
    names: Names,
    producer: Arc<Producer>,
    admin: Option<AdminClient<Context>>,
}

impl<'a> Visit<'a> {
    fn new(config: &'a Config) -> Result<Self> {
        let metrics = Metrics::register(&mut Registry::default());
        let context = Context::new(metrics, kafka::tokens(config)?);
        let settings = client::producer(config);
        let producer = Producer::new(&settings, context.clone(), config.queue, config.delivery_timeout)?;
        Ok(Self {
            config,
            names: Names::new(&config.topic_prefix),
            producer: Arc::new(producer),
            admin: kafka::admin(config, context)?,
        })
    }

    async fn provision(&self, policy: Policy) -> Result<Provisioned> {
        let found = kafka::reach(&self.producer, Instant::now() + DEADLINE).await?;
        let identity = kafka::identity(&self.producer, self.config, &self.names).await?;
        let mut report = Report::default();
        match &self.admin {
            Some(admin) => {
                self.make(admin, &found, policy, &mut report).await?;
                self.compare(admin, &found, policy, &mut report).await?;
            }
            None => {
                let missing = topics::missing(&self.names, &found);
                report.drift.extend(missing.iter().map(|name| absent(name)));
                let why = "the topics' settings, which this client cannot ask for with OAUTHBEARER";
                report.unseen.push(why.to_owned());
            }
        }
        Ok(Provisioned {
            identity,
            partitions: topics::partitions(&found, &self.names),
            report,
        })
    }

    async fn make(
        &self,
        admin: &AdminClient<Context>,
        found: &Metadata,
        policy: Policy,
        report: &mut Report,
    ) -> Result<()> {
        let missing = topics::missing(&self.names, found);
        // Beside a topic of another log, none is made.
        let is_another = topics::partitions(found, &self.names)
            .zip(self.config.partitions)
            .is_some_and(|(found, wanted)| found != wanted);
        if !policy.makes() || is_another {
            report.drift.extend(missing.iter().map(|name| absent(name)));
            return Ok(());
        }
        topics::make(admin, self.config, &self.names, found, DEADLINE).await?;
        report
            .done
            .extend(missing.iter().map(|name| format!("topic {name} was made")));
        Ok(())
    }

    /// Those that were there before.
    async fn compare(
        &self,
        admin: &AdminClient<Context>,
        found: &Metadata,
        policy: Policy,
        report: &mut Report,
    ) -> Result<()> {
        let wanted = topics(self.config);
        let there = wanted
            .iter()
            .filter_map(|wanted| Some((wanted, Shape::of(found, &wanted.name)?)));
        let there: Vec<_> = there.collect();
        let settings = describe(admin, there.iter().map(|(wanted, _)| wanted.name.as_str())).await?;
        for (wanted, shape) in there {
            let found = Found::of(shape, settings.get(&wanted.name));
            if found.settings.is_empty() {
                report.unseen.push(format!("the settings of topic {}", wanted.name));
            }
            let Verdict {
                changes,
                drift,
                refused,
            } = verdict(wanted, self.config.min_in_sync, &found);
            report.drift.extend(drift);
            report.refused.extend(refused);
            let differs = changes.iter().map(|(name, value)| {
                let now = found.settings.get(*name).map_or("", String::as_str);
                format!("topic {}: {name} is {now} and not {value}", wanted.name)
            });
            match policy.mends() && !changes.is_empty() {
                true => {
                    alter(admin, &wanted.name, &found, &changes).await?;
                    let set = |(name, value)| format!("topic {}: {name} was set to {value}", wanted.name);
                    report.done.extend(changes.into_iter().map(set));
                }
                false => report.drift.extend(differs),
            }
        }
        Ok(())
    }

    async fn remove(&self) -> Result<()> {
        let admin = self.admin.as_ref().ok_or_else(|| {
            let what = "with OAUTHBEARER topics have to be removed by hand";
            Error::new(ErrorKind::Invalid, OPERATION, what)
        })?;
        kafka::reach(&self.producer, Instant::now() + DEADLINE).await?;
        let group = topics::workers(&self.config.topic_prefix);
        let groups = admin.delete_groups(&[&group], &options()).await;
        for outcome in groups.map_err(|cause| error::to_core(OPERATION, &cause))? {
            allow(outcome, RDKafkaErrorCode::GroupIdNotFound)?;
        }
        let topics = admin.delete_topics(&self.names.all(), &options()).await;
        for outcome in topics.map_err(|cause| error::to_core(OPERATION, &cause))? {
            allow(outcome, RDKafkaErrorCode::UnknownTopicOrPartition)?;
        }
        Ok(())
    }

    /// Closes the clients, which blocks.
    async fn end(self) {
        let (producer, admin) = (self.producer, self.admin);
        // It only fails when the runtime is going, and everything with it.
        drop(tokio::task::spawn_blocking(move || drop((producer, admin))).await);
    }
}

impl Shape {
    /// None where there is no such topic.
    fn of(found: &Metadata, name: &str) -> Option<Self> {
        let topic = found.topics().iter().find(|topic| topic.name() == name)?;
        let copies = topic.partitions().iter().map(|partition| partition.replicas().len());
        Some(Self {
            partitions: topic.partitions().len(),
            copies: copies.min().unwrap_or(0),
        })
    }
}

impl Found {
    fn of(shape: Shape, described: Option<&ConfigResource>) -> Self {
        let entries = || described.iter().flat_map(|resource| &resource.entries);
        let given = entries().filter(|entry| entry.source == ConfigSource::DynamicTopic);
        Self {
            shape,
            settings: entries()
                .filter_map(|entry| Some((entry.name.clone(), entry.value.clone()?)))
                .collect(),
            own: given.map(|entry| entry.name.clone()).collect(),
        }
    }
}

/// What differs, and what may be done about it. Pure.
fn verdict(wanted: &Topic, min_in_sync: u16, found: &Found) -> Verdict {
    let (name, mut verdict) = (&wanted.name, Verdict::default());
    let Shape { partitions, copies } = found.shape;
    if let Some(wanted) = wanted.partitions.filter(|wanted| *wanted as usize != partitions) {
        verdict.refused.push(format!(
            "topic {name} has {partitions} partitions and not {wanted}: their number is frozen, since it says where a \
             conversation's records are"
        ));
    }
    let min_in_sync = usize::from(min_in_sync);
    let too_few = copies < min_in_sync;
    if too_few {
        verdict.refused.push(format!(
            "topic {name} has fewer copies ({copies}) than must have a record ({min_in_sync}): with that {MIN_IN_SYNC} nobody \
             could write, so it is left as it is; reassign the partitions to more brokers"
        ));
    } else if copies < usize::from(wanted.replication) {
        verdict.drift.push(format!(
            "topic {name} has {copies} copies of a partition and not {}: reassign the partitions to more brokers",
            wanted.replication
        ));
    }
    for (setting, value) in &wanted.settings {
        let is_other = found.settings.get(*setting).is_some_and(|now| !is_same(now, value));
        if is_other && !(too_few && *setting == MIN_IN_SYNC) {
            verdict.changes.push((setting, value.clone()));
        }
    }
    verdict
}

/// Whether two values say the same: in a list, whatever its order.
fn is_same(one: &str, other: &str) -> bool {
    let sorted = |value: &str| {
        let mut parts: Vec<String> = value.split(',').map(|part| part.trim().to_owned()).collect();
        parts.sort_unstable();
        parts
    };
    sorted(one) == sorted(other)
}

/// The settings of topics, by topic.
async fn describe<'a>(
    admin: &AdminClient<Context>,
    names: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, ConfigResource>> {
    let topics: Vec<_> = names.map(ResourceSpecifier::Topic).collect();
    if topics.is_empty() {
        return Ok(BTreeMap::new());
    }
    let described = admin.describe_configs(&topics, &options()).await;
    let described = described.map_err(|cause| error::to_core(OPERATION, &cause))?;
    let named = described.into_iter().filter_map(|resource| {
        let resource = resource.ok()?;
        match &resource.specifier {
            OwnedResourceSpecifier::Topic(name) => Some((name.clone(), resource)),
            _ => None,
        }
    });
    Ok(named.collect())
}

/// Changes settings of a topic. The request replaces all that were given to it, so those that stay are told again.
async fn alter(
    admin: &AdminClient<Context>,
    name: &str,
    found: &Found,
    changes: &[(&'static str, String)],
) -> Result<()> {
    let kept = found.own.iter().filter_map(|own| found.settings.get_key_value(own));
    let mut wanted = AlterConfig::new(ResourceSpecifier::Topic(name));
    for (name, value) in kept {
        wanted = wanted.set(name, value);
    }
    for (name, value) in changes {
        wanted = wanted.set(name, value);
    }
    let altered = admin.alter_configs([&wanted], &options()).await;
    for outcome in altered.map_err(|cause| error::to_core(OPERATION, &cause))? {
        outcome.map_err(|(_, code)| refused(name, code))?;
    }
    Ok(())
}

/// Passes what was done, or is `gone` already.
fn allow(outcome: Result<String, (String, RDKafkaErrorCode)>, gone: RDKafkaErrorCode) -> Result<()> {
    match outcome {
        Ok(_) => Ok(()),
        Err((_, code)) if code == gone => Ok(()),
        Err((name, code @ RDKafkaErrorCode::NonEmptyGroup)) => {
            let what = format!("group {name}: workers are still in it ({code})");
            Err(Error::new(ErrorKind::Unavailable, OPERATION, what))
        }
        Err((name, code)) => Err(refused(&name, code)),
    }
}

fn refused(name: &str, code: RDKafkaErrorCode) -> Error {
    Error::new(ErrorKind::Invalid, OPERATION, format!("{name}: {code}"))
}

fn absent(name: &str) -> String {
    format!("topic {name} is missing")
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(DEADLINE))
        .operation_timeout(Some(DEADLINE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            partitions: Some(4),
            replication: 3,
            min_in_sync: 2,
            ..Config::default()
        }
    }

    /// The commands' topic as it must be, but with so many partitions, copies, and these settings.
    fn judged(partitions: usize, copies: usize, changed: &[(&str, &str)]) -> Verdict {
        let [commands, ..] = topics(&config());
        let mut settings: BTreeMap<String, String> = commands
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        settings.extend(
            changed
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let found = Found {
            shape: Shape { partitions, copies },
            settings,
            own: Vec::new(),
        };
        verdict(&commands, config().min_in_sync, &found)
    }

    #[test]
    fn what_is_as_wanted_is_left_alone() {
        assert_eq!(judged(4, 3, &[]), Verdict::default());
        assert_eq!(judged(4, 5, &[]), Verdict::default(), "more copies do no harm");
    }

    #[test]
    fn settings_are_changed_and_partitions_never() {
        let verdict = judged(8, 3, &[("retention.ms", "1000"), ("cleanup.policy", "compact")]);
        let names: Vec<_> = verdict.changes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["retention.ms", "cleanup.policy"]);
        assert!(verdict.refused[0].contains("8 partitions and not 4"), "{verdict:?}");
    }

    #[test]
    fn fewer_copies_than_must_have_a_record_would_stop_the_writers() {
        let verdict = judged(4, 1, &[(MIN_IN_SYNC, "1")]);
        assert_eq!(verdict.changes, [], "it is not raised");
        assert!(verdict.refused[0].contains("fewer copies (1)"), "{verdict:?}");
        let verdict = judged(4, 2, &[(MIN_IN_SYNC, "1")]);
        assert_eq!(verdict.changes, [(MIN_IN_SYNC, "2".to_owned())]);
        assert!(
            verdict.drift[0].contains("2 copies of a partition and not 3"),
            "{verdict:?}"
        );
    }

    #[test]
    fn the_order_of_a_list_is_no_difference() {
        assert!(is_same("delete,compact", "compact, delete"));
        assert!(!is_same("delete", "compact,delete"));
    }
}
