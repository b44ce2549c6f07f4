//! Cache, directory and bus.

use serde_json::{Map, json};
use talkline_crds::spec::{RedisMode, RedisSpec};

use super::Settings;
use crate::validate::Redis;

pub(super) fn tell(settings: &mut Settings, redis: &Redis, spec: &RedisSpec) {
    // The scheme stays plain: whether the connection is encrypted is said once, by `tls`.
    let url = format!("redis://{}/{}", redis.addresses.join(","), redis.database);
    let mut section = Map::from_iter([
        ("url".to_owned(), json!(url)),
        ("mode".to_owned(), json!(mode(redis.mode))),
        ("keyPrefix".to_owned(), json!(redis.key_prefix)),
        ("timeoutMillis".to_owned(), json!(spec.timeout_millis)),
    ]);
    if let Some(trust) = &redis.trust {
        section.insert("tls".to_owned(), settings.trust("redis", trust));
    }
    if let Some(login) = &redis.login {
        settings.login("TALKLINE_REDIS", login);
    }
    if let Some((master_name, login)) = &redis.sentinel {
        section.insert("sentinel".to_owned(), json!({ "masterName": master_name }));
        if let Some(login) = login {
            settings.login("TALKLINE_REDIS_SENTINEL", login);
        }
    }
    settings.section("redis", section);
}

fn mode(mode: RedisMode) -> &'static str {
    match mode {
        RedisMode::Standalone => "Standalone",
        RedisMode::Sentinel => "Sentinel",
        RedisMode::Cluster => "Cluster",
    }
}
