//! A Redis that somebody looks after from outside: looked at, set right, and cleared of what is ours.

use anyhow::Result;
use redis::AsyncCommands as _;
use talkline_cluster::{
    Credentials, Secret,
    provision::{Policy, Report},
    redis::{Config, provision, remove},
};
use talkline_core::ErrorKind;

use crate::stage::Stage;

const EVICTION: &str = "maxmemory-policy";

#[tokio::test]
async fn a_policy_that_forgets_gateways_is_said_or_mended() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let (config, mut raw) = (stage.config()?, stage.raw().await?);
    for fine in ["noeviction", "volatile-ttl"] {
        set(&mut raw, fine).await?;
        assert_eq!(provision(&config, Policy::Mend).await?, Report::default(), "{fine}");
    }
    set(&mut raw, "allkeys-lru").await?;
    let said = provision(&config, Policy::Make).await?;
    assert!(said.drift[0].contains("allkeys-lru"), "{said:?}");
    assert_eq!(provision(&config, Policy::Mend).await?.done.len(), 1);
    assert_eq!(provision(&config, Policy::Observe).await?, Report::default());
    Ok(())
}

async fn set(raw: &mut redis::aio::MultiplexedConnection, policy: &str) -> Result<()> {
    Ok(redis::cmd("CONFIG")
        .arg("SET")
        .arg(EVICTION)
        .arg(policy)
        .exec_async(raw)
        .await?)
}

#[tokio::test]
async fn what_is_removed_is_ours_on_one_node_and_on_many() -> Result<()> {
    for kind in ["1", "cluster"] {
        let Some(stage) = Stage::own(kind)? else { return Ok(()) };
        let config = stage.config()?;
        let others = Config {
            key_prefix: "others:".to_owned(),
            ..config.clone()
        };
        for config in [&config, &others] {
            fill(config).await?;
        }
        remove(&config).await?;
        assert_eq!(count(&config).await?, 0, "{kind}");
        assert_eq!(count(&others).await?, KEYS, "{kind}");
    }
    Ok(())
}

/// More than one page of a scan.
const KEYS: usize = 3_000;

/// Puts keys wherever they belong.
async fn fill(config: &Config) -> Result<()> {
    let mut connections = connections(config).await?;
    for number in 0..KEYS {
        let key = format!("{}{number}", config.key_prefix);
        let mut written = false;
        for connection in &mut connections {
            written |= connection.set::<_, _, ()>(&key, 1).await.is_ok();
        }
        assert!(written, "{key}");
    }
    Ok(())
}

async fn count(config: &Config) -> Result<usize> {
    let mut found = 0;
    for connection in &mut connections(config).await? {
        let keys: Vec<String> = connection.keys(format!("{}*", config.key_prefix)).await?;
        found += keys.len();
    }
    Ok(found)
}

async fn connections(config: &Config) -> Result<Vec<redis::aio::MultiplexedConnection>> {
    let mut connections = Vec::new();
    for address in &config.addresses {
        let client = redis::Client::open(format!("redis://{address}"))?;
        connections.push(client.get_multiplexed_async_connection().await?);
    }
    Ok(connections)
}

#[tokio::test]
async fn what_an_acl_lacks_is_said_and_never_mended() -> Result<()> {
    let Some(stage) = Stage::own("secure")? else {
        return Ok(());
    };
    let mut config = stage.config()?;
    config.credentials = Some(Credentials {
        username: "narrow".to_owned(),
        password: Secret::new("sesame"),
    });
    let report = provision(&config, Policy::Mend).await?;
    let [refused] = report.refused.as_slice() else {
        anyhow::bail!("{report:?}");
    };
    assert!(
        refused.starts_with("narrow may not run EVALSHA, ZADD, SSUBSCRIBE at keys and channels"),
        "{refused}"
    );
    assert!(report.done.is_empty(), "{report:?}");
    Ok(())
}

#[tokio::test]
async fn who_may_not_is_told_and_who_may_is_let_in() -> Result<()> {
    let Some(stage) = Stage::own("secure")? else {
        return Ok(());
    };
    let config = stage.config()?;
    assert_eq!(provision(&config, Policy::Observe).await?, Report::default());
    let stranger = Config {
        key_prefix: "others:".to_owned(),
        ..config.clone()
    };
    let error = provision(&stranger, Policy::Observe).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let nobody = Config {
        credentials: Some(Credentials {
            username: "talkline".to_owned(),
            password: Secret::new("wrong-guess"),
        }),
        ..config
    };
    let error = provision(&nobody, Policy::Observe).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Invalid && !error.to_string().contains("wrong-guess"),
        "{error}"
    );
    Ok(())
}
