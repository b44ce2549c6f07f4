//! What a Redis must be like, looked at and set right for whoever looks after a chat.
//!
//! It must be of version 7 (sharded channels), let us at our keys and channels, and forget no key that has no end: the
//! directory of gateways has none. With `noeviction` a full one refuses writes, which chat lives with; what evicts keys
//! with an end (`volatile-*`) takes those that come again. `allkeys-*` alone is wrong.

use std::collections::HashMap;

use prometheus_client::registry::Registry;
use redis::{Cmd, Pipeline, ServerErrorKind, Value, cmd, from_redis_value};
use talkline_core::Result;
use tokio::time::timeout_at;

use super::{
    Config, Metrics, error,
    nodes::{Address, Nodes},
};
use crate::provision::{Policy, Report};

const OPERATION: &str = "redis.provision";
/// The version that sharded channels came with.
const OLDEST: u32 = 7;
const EVICTION: &str = "maxmemory-policy";
/// What is set where a policy is wrong: of the keys that have an end, those go that nobody has used for longest.
const BETTER: &str = "volatile-lru";
/// Milliseconds that the key by which rights are probed lives, if it cannot be removed.
const PROBED: u32 = 5_000;
/// What stands for that key in [`USED`].
const KEY: &str = "KEY";
/// What a connection that listens runs.
const LISTEN: &str = "SSUBSCRIBE";
/// Everything else that chat runs at its keys. The key is a string, so that what writes to other types fails and changes nothing.
const USED: [&str; 20] = [
    "EVAL return 1 KEY",
    "EVALSHA 0000000000000000000000000000000000000000 1 KEY",
    "GET KEY",
    "HDEL KEY a",
    "HEXISTS KEY a",
    "HGET KEY a",
    "HGETALL KEY",
    "HKEYS KEY",
    "HMGET KEY a",
    "HSET KEY a b",
    "HSETNX KEY a b",
    "PEXPIRE KEY 5000",
    "SMEMBERS KEY",
    "TIME",
    "ZADD KEY 1 a",
    "ZRANGEBYSCORE KEY 0 1",
    "ZREM KEY a",
    "ZSCORE KEY a",
    "UNLINK KEY",
    "DEL KEY",
];
/// Keys that are looked for, and removed, in one round trip.
const BATCH: usize = 1_000;

/// Looks at every node, and sets right what `policy` lets. All connections are closed when it returns.
///
/// # Errors
/// Of kind `Invalid` where a person has to act: a node refuses who we are, or lets us not at our keys. Otherwise one does not answer.
pub async fn provision(config: &Config, policy: Policy) -> Result<Report> {
    let nodes = open(config).await?;
    let mut report = Report::default();
    let questions = Pipeline::new()
        .add_command(cmd("INFO").arg("server").to_owned())
        .add_command(cmd("CONFIG").arg("GET").arg(EVICTION).to_owned())
        .to_owned();
    for (address, answers) in nodes.everywhere(OPERATION, &questions).await? {
        let mut answers = answers.into_iter();
        let (info, eviction) = (
            answers.next().unwrap_or(Value::Nil),
            answers.next().unwrap_or(Value::Nil),
        );
        version(&address, info, &mut report);
        evict(&nodes, &address, eviction, policy, &mut report).await?;
    }
    may(&nodes, config, &mut report).await?;
    Ok(report)
}

/// Removes every key under the prefix. Channels need none.
///
/// # Errors
/// As for [`provision`].
pub async fn remove(config: &Config) -> Result<()> {
    let nodes = open(config).await?;
    let pattern = format!("{}*", escaped(&config.key_prefix));
    let ask = |cursor: &str| {
        let mut scan = cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(BATCH);
        Pipeline::new().add_command(scan).to_owned()
    };
    for (address, first) in nodes.everywhere(OPERATION, &ask("0")).await? {
        let mut answers = first;
        loop {
            let (cursor, keys) = page(answers)?;
            unlink(&nodes, &address, keys).await?;
            if cursor == "0" {
                break;
            }
            answers = nodes.at(OPERATION, &address, &ask(&cursor)).await?;
        }
    }
    Ok(())
}

async fn open(config: &Config) -> Result<Nodes> {
    Nodes::connect(config, Metrics::register(&mut Registry::default())).await
}

fn version(address: &Address, info: Value, report: &mut Report) {
    let info: Option<String> = read(info);
    let line = info.as_deref().and_then(|info| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix("redis_version:"))
    });
    match line.and_then(|version| Some((version, version.split('.').next()?.parse::<u32>().ok()?))) {
        Some((_, major)) if major >= OLDEST => {}
        Some((version, _)) => report.refused.push(format!(
            "{address} is of version {version}, which has no sharded channels: {OLDEST} or newer is needed"
        )),
        None => report.unseen.push(format!("the version of {address}")),
    }
}

/// Clouds allow no `CONFIG`.
async fn evict(nodes: &Nodes, address: &Address, found: Value, policy: Policy, report: &mut Report) -> Result<()> {
    let settings: Option<HashMap<String, String>> = read(found);
    let Some(eviction) = settings.and_then(|mut settings| settings.remove(EVICTION)) else {
        report.unseen.push(format!("{EVICTION} of {address}"));
        return Ok(());
    };
    if !eviction.starts_with("allkeys-") {
        return Ok(());
    }
    if !policy.mends() {
        report.drift.push(format!(
            "{EVICTION} of {address} is {eviction}, so that it may forget which gateways there are: set it to {BETTER}"
        ));
        return Ok(());
    }
    let mut set = cmd("CONFIG");
    set.arg("SET").arg(EVICTION).arg(BETTER);
    let answers = nodes.at(OPERATION, address, Pipeline::new().add_command(set)).await?;
    succeeded(answers)?;
    report
        .done
        .push(format!("{EVICTION} of {address} was {eviction} and is {BETTER}"));
    Ok(())
}

/// Whether we are let at our keys and channels: by a key that goes by itself, and a word to nobody. Whoever is may still not be let run all
/// that chat runs there. That is never mended: nobody should be able to give rights to itself.
async fn may(nodes: &Nodes, config: &Config, report: &mut Report) -> Result<()> {
    let prefix = &config.key_prefix;
    let probe = format!("{prefix}probe");
    let mut set = cmd("SET");
    set.arg(&probe).arg("").arg("PX").arg(PROBED);
    let mut publish = cmd("SPUBLISH");
    publish.arg(&probe).arg("");
    let answers = nodes
        .batch(OPERATION, vec![(probe.as_str(), set), (probe.as_str(), publish)])
        .await?;
    succeeded(answers)?;
    let asked = USED.map(|line| {
        let mut command = Cmd::new();
        for word in line.split(' ') {
            command.arg(if word == KEY { &probe } else { word });
        }
        (probe.as_str(), command)
    });
    let mut answers = nodes.batch(OPERATION, asked.into()).await?;
    answers.push(listen(nodes, &probe).await?);
    let refused = USED
        .iter()
        .chain([&LISTEN])
        .zip(answers)
        .filter(|(_, answer)| is_refused(answer));
    let refused: Vec<&str> = refused.filter_map(|(line, _)| line.split(' ').next()).collect();
    if !refused.is_empty() {
        let user = config.credentials.as_ref().map_or("default", |user| &user.username);
        report.refused.push(format!(
            "{user} may not run {} at keys and channels that begin with {prefix}: its ACL must let it",
            refused.join(", ")
        ));
    }
    Ok(())
}

/// The answer to who wants to listen at a channel, on a connection as listeners have it.
async fn listen(nodes: &Nodes, channel: &str) -> Result<Value> {
    let node = nodes.node(channel);
    let node = node.ok_or_else(|| error::unavailable(OPERATION, "nobody serves our channels"))?;
    let mut connection = nodes.listen(&node, |_| Ok(())).await?;
    let asked = Pipeline::new().cmd(LISTEN).arg(channel).to_owned();
    let answers = timeout_at(nodes.deadline(), connection.send_packed_commands(&asked, 0, 1)).await;
    let answers = answers.map_err(|_| error::unavailable(OPERATION, "no answer in time"))?;
    let answers = answers.map_err(|cause| error::failed(OPERATION, &cause))?;
    Ok(answers.into_iter().next().unwrap_or(Value::Nil))
}

/// Whether it was refused by the ACL. Whatever else is wrong with it, it was let try.
fn is_refused(answer: &Value) -> bool {
    let error = answer.clone().extract_error().err();
    error.is_some_and(|error| error.kind() == redis::ErrorKind::Server(ServerErrorKind::NoPerm))
}

/// A page of keys, and where the next one begins.
fn page(answers: Vec<Value>) -> Result<(String, Vec<Vec<u8>>)> {
    let answer = answers.into_iter().next().unwrap_or(Value::Nil);
    let answer = answer.extract_error().and_then(|answer| Ok(from_redis_value(answer)?));
    answer.map_err(|cause| error::failed(OPERATION, &cause))
}

/// One by one: keys of a cluster's node are of many slots.
async fn unlink(nodes: &Nodes, address: &Address, keys: Vec<Vec<u8>>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut commands = Pipeline::with_capacity(keys.len());
    for key in keys {
        commands.cmd("UNLINK").arg(key);
    }
    succeeded(nodes.at(OPERATION, address, &commands).await?)
}

/// Whether every command did.
fn succeeded(answers: Vec<Value>) -> Result<()> {
    for answer in answers {
        answer
            .extract_error()
            .map_err(|cause| error::failed(OPERATION, &cause))?;
    }
    Ok(())
}

/// An answer; none where the command is not allowed, not known, or answered otherwise.
fn read<T: redis::FromRedisValue>(answer: Value) -> Option<T> {
    from_redis_value(answer.extract_error().ok()?).ok()
}

/// A prefix in which no character means another.
fn escaped(prefix: &str) -> String {
    let escape = |character| match character {
        '*' | '?' | '[' | ']' | '\\' | '^' => format!("\\{character}"),
        other => other.to_string(),
    };
    prefix.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_stands_for_itself() {
        assert_eq!(escaped("team:chat:"), "team:chat:");
        assert_eq!(escaped("a*[b]?"), "a\\*\\[b\\]\\?");
    }

    /// Whoever adds a command finds here that an ACL must be asked for it, too.
    #[test]
    fn every_command_that_chat_runs_is_asked_for() {
        // What no ACL of keys is about, and what is asked by itself.
        let others = [
            "ASKING", "CLUSTER", "CONFIG", "INFO", "PING", "SCAN", "SENTINEL", "SET", "SPUBLISH",
        ];
        let asked: Vec<&str> = USED.iter().filter_map(|line| line.split(' ').next()).collect();
        let mut folders = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src/redis").into()];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["cmd(\"", "redis.call('"] {
                    for rest in text.split(call).skip(1) {
                        let name: String = rest.chars().take_while(char::is_ascii_uppercase).collect();
                        found += 1;
                        let is_asked = asked.contains(&&*name) || others.contains(&&*name) || name.is_empty();
                        assert!(is_asked, "{name}: {}", path.display());
                    }
                }
            }
        }
        assert!(found > 30, "{found}");
    }

    #[test]
    fn an_older_server_cannot_be_had_and_a_silent_one_is_said() {
        let said = |info: &str| {
            let mut report = Report::default();
            version(
                &Address::parse("redis:6379").unwrap(),
                Value::BulkString(info.into()),
                &mut report,
            );
            report
        };
        assert_eq!(
            said("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"),
            Report::default()
        );
        assert!(said("redis_version:6.2.1\r\n").refused[0].contains("version 6.2.1"));
        assert_eq!(said("").unseen, ["the version of redis:6379"]);
    }
}
