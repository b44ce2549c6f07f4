//! Topics that somebody looks after from outside: made, set right, said, and left alone.

use std::time::Duration;

use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
};
use talkline_cluster::{
    Credentials, Secret,
    kafka::{Config, Mechanism, Provisioned, Sasl, provision, remove},
    provision::{Policy, Report},
};
use talkline_core::ErrorKind;
use talkline_e2e::eventually;

use super::world::{append, brokers, config, connect, key_of, within};

const TESTS: &str = "topics of the log on Kafka, looked after";
const RETENTION: &str = "retention.ms";

fn admin(config: &Config) -> AdminClient<DefaultClientContext> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", config.brokers.join(","));
    client.create().unwrap()
}

fn commands(config: &Config) -> String {
    format!("{}chat.send", config.topic_prefix)
}

/// What is set of a topic.
async fn setting(config: &Config, name: &str) -> String {
    let topic = commands(config);
    let (admin, topics) = (admin(config), [ResourceSpecifier::Topic(&topic)]);
    let mut described = admin.describe_configs(&topics, &AdminOptions::new()).await.unwrap();
    let resource = described.remove(0).unwrap();
    resource.get(name).unwrap().value.clone().unwrap()
}

async fn set(config: &Config, settings: &[(&str, &str)]) {
    let topic = commands(config);
    let mut wanted = AlterConfig::new(ResourceSpecifier::Topic(&topic));
    for (name, value) in settings {
        wanted = wanted.set(name, value);
    }
    admin(config)
        .alter_configs([&wanted], &AdminOptions::new())
        .await
        .unwrap();
}

async fn look(config: &Config, policy: Policy) -> Report {
    within("a look", provision(config, policy)).await.unwrap().report
}

/// Looks, changing nothing, until it comes to what is expected: a broker answers from its own copy of what the controller
/// knows, and that follows a moment later.
async fn shows(config: &Config, what: &str, so: impl Fn(&Provisioned) -> bool) {
    let shown = eventually(what, async || {
        let seen = provision(config, Policy::Observe).await?;
        Ok(so(&seen).then_some(()))
    });
    shown.await.unwrap();
}

/// Makes the topics, and waits until the broker shows them.
async fn make(config: &Config) -> Report {
    let report = look(config, Policy::Make).await;
    shows(config, "the topics", |seen| {
        seen.partitions.is_some() && seen.report == Report::default()
    })
    .await;
    report
}

/// What of several lines is about a setting.
fn about<'a>(lines: &'a [String], word: &str) -> Vec<&'a String> {
    lines.iter().filter(|line| line.contains(word)).collect()
}

#[tokio::test]
async fn what_is_missing_is_made_once_and_a_log_runs_on_it() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 3);
    let seen = within("a look", provision(&config, Policy::Observe)).await.unwrap();
    assert_eq!(seen.partitions, None);
    assert_eq!(seen.report.drift.len(), 4, "nothing is made: {:?}", seen.report);
    assert_eq!(make(&config).await.done.len(), 4);
    let again = within("a look", provision(&config, Policy::Mend)).await.unwrap();
    assert_eq!((again.partitions, &again.report), (Some(3), &Report::default()));
    let kafka = connect(&config).await;
    assert_eq!(kafka.identity().await.unwrap(), again.identity);
    append(&*kafka.log(), key_of(0, 3), 1).await;
    kafka.close().await.unwrap();
    within("an end", remove(&config)).await.unwrap();
    within("an end of nothing", remove(&config)).await.unwrap();
    shows(&config, "they are gone", |seen| seen.report.drift.len() == 4).await;
}

#[tokio::test]
async fn drift_is_said_or_mended_and_what_others_set_stays() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = Config {
        retention: Duration::from_secs(7_200),
        ..config(brokers, 1)
    };
    make(&config).await;
    let others = [
        (RETENTION, "1000"),
        ("cleanup.policy", "compact"),
        ("segment.bytes", "1234567"),
    ];
    set(&config, &others).await;
    let is_other = "retention.ms is 1000 and not 7200000";
    shows(&config, is_other, |seen| {
        !about(&seen.report.drift, is_other).is_empty()
    })
    .await;
    let said = look(&config, Policy::Make).await;
    assert_eq!(about(&said.drift, is_other).len(), 1, "{said:?}");
    assert_eq!(setting(&config, RETENTION).await, "1000");
    let mended = look(&config, Policy::Mend).await;
    assert_eq!(about(&mended.done, RETENTION).len(), 1, "{mended:?}");
    shows(&config, "no drift", |seen| seen.report == Report::default()).await;
    for (name, value) in [
        (RETENTION, "7200000"),
        ("cleanup.policy", "delete"),
        ("segment.bytes", "1234567"),
    ] {
        assert_eq!(setting(&config, name).await, value, "{name}");
    }
    assert_eq!(look(&config, Policy::Mend).await, Report::default());
    remove(&config).await.unwrap();
}

#[tokio::test]
async fn a_changed_partition_count_is_refused_and_nothing_is_made_beside_it() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 2);
    let topic = commands(&config);
    let new = NewTopic::new(&topic, 2, TopicReplication::Fixed(1));
    admin(&config)
        .create_topics([&new], &AdminOptions::new())
        .await
        .unwrap();
    let more = NewPartitions::new(&topic, 3);
    admin(&config)
        .create_partitions([&more], &AdminOptions::new())
        .await
        .unwrap();
    shows(&config, "the third partition", |seen| seen.partitions == Some(3)).await;
    let seen = within("a look", provision(&config, Policy::Mend)).await.unwrap();
    assert_eq!(seen.partitions, Some(3));
    assert_eq!(
        about(&seen.report.refused, "has 3 partitions and not 2").len(),
        1,
        "{seen:?}"
    );
    assert_eq!(about(&seen.report.drift, "is missing").len(), 3, "{seen:?}");
    remove(&config).await.unwrap();
}

#[tokio::test]
async fn no_topic_is_made_unwritable() {
    let Some(brokers) = brokers(TESTS) else { return };
    let made = config(brokers, 1);
    make(&made).await;
    let safer = Config {
        min_in_sync: 2,
        replication: 3,
        ..made.clone()
    };
    let report = look(&safer, Policy::Mend).await;
    assert_eq!(about(&report.refused, "fewer copies (1)").len(), 4, "{report:?}");
    assert_eq!(setting(&made, "min.insync.replicas").await, "1");
    let kafka = connect(&made).await;
    append(&*kafka.log(), key_of(0, 1), 1).await;
    kafka.close().await.unwrap();
    remove(&made).await.unwrap();
}

#[tokio::test]
async fn workers_in_the_group_keep_the_topics() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 1);
    let kafka = connect(&config).await;
    let mut assignments = kafka.log().join().await.unwrap();
    drop(within("a partition is given", assignments.next()).await.unwrap());
    let error = remove(&config).await.unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().contains("still in it"),
        "{error}"
    );
    assert_eq!(look(&config, Policy::Observe).await, Report::default());
    drop(assignments);
    kafka.close().await.unwrap();
    remove(&config).await.unwrap();
}

#[tokio::test]
async fn who_is_not_let_in_is_told_and_who_is_not_there_is_waited_for() {
    let Some(brokers) = brokers(TESTS) else { return };
    let stranger = Config {
        sasl: Some(Sasl {
            mechanism: Mechanism::Plain,
            credentials: Credentials {
                username: "nobody".to_owned(),
                password: Secret::new("wrong-guess"),
            },
        }),
        ..config(brokers, 1)
    };
    // The plain listener speaks no SASL.
    let error = provision(&stranger, Policy::Mend).await.unwrap_err();
    assert!(!error.to_string().contains("wrong-guess"), "{error}");
    let gone = config(vec!["127.0.0.1:1".to_owned()], 1);
    let error = provision(&gone, Policy::Mend).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
