//! Cache, directory and bus: where Redis is.

use std::str::FromStr;

use percent_encoding::percent_decode_str;
use talkline_cluster::{
    Credentials, Secret, Tls,
    redis::{self, Mode, Sentinel},
};

use super::{credentials, credentials::Login, tls, tls::Files, url};
use crate::config::{
    field::{MILLIS, SECONDS, Typed, choice, number, text, text_if_any, time},
    key::Key,
    raw::Raw,
    settings::Settings,
};

const MODES: &[(&str, ModeName)] = &[
    ("Standalone", ModeName::Standalone),
    ("Sentinel", ModeName::Sentinel),
    ("Cluster", ModeName::Cluster),
];
const FORM: &str =
    "redis:// or rediss://, perhaps a user and a password, host:port (several with commas), perhaps /DATABASE";

/// Redis as it is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redis {
    url: Option<Url>,
    config: redis::Config,
    mode: ModeName,
    login: Login,
    tls: Files,
    master_name: Option<String>,
    sentinel: Login,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ModeName {
    #[default]
    Standalone,
    Sentinel,
    Cluster,
}

/// What is in a URL.
#[derive(Clone, Debug)]
struct Url {
    text: Secret,
    tls: bool,
    credentials: Option<Credentials>,
    addresses: Vec<String>,
    database: u8,
}

pub(super) fn keys() -> Vec<Key> {
    let mut keys = vec![
        Key::new(
            "redis.url",
            "The server, the sentinels, or some nodes of the cluster.",
            Typed::new(
                FORM,
                |s: &mut Settings| &mut s.redis.url,
                |text| text.parse().map(Some),
                show,
            ),
        )
        .url(),
        Key::new(
            "redis.mode",
            "What stands behind the addresses.",
            choice(MODES, |s| &mut s.redis.mode),
        ),
    ];
    keys.extend(credentials::keys("redis", |s| &mut s.redis.login));
    keys.extend(tls::keys("redis", |s| &mut s.redis.tls));
    keys.push(Key::new(
        "redis.sentinel.masterName",
        "The name under which the sentinels know the primary.",
        text_if_any("a name", |text| !text.is_empty(), |s| &mut s.redis.master_name),
    ));
    keys.extend(credentials::keys("redis.sentinel", |s| &mut s.redis.sentinel));
    keys.extend(behaviour());
    keys
}

fn behaviour() -> [Key; 4] {
    [
        Key::new(
            "redis.keyPrefix",
            "Put before every key and channel.",
            text(
                "up to 128 letters, digits, colons, dots, hyphens or underscores",
                is_prefix,
                |s| &mut s.redis.config.key_prefix,
            ),
        ),
        Key::new(
            "redis.timeoutMillis",
            "Milliseconds after which a command counts as failed.",
            time(MILLIS, 10..=10_000, |s| &mut s.redis.config.timeout),
        ),
        Key::new(
            "redis.inboxSignals",
            "Signals that wait in a subscriber's inbox at most; past it, it loses some and is told so.",
            number(1_024..=10_000_000, |s| &mut s.redis.config.inbox),
        ),
        Key::new(
            "redis.presenceExpirySeconds",
            "Seconds that a gateway may be silent before its sockets count as gone.",
            time(SECONDS, 5..=600, |s| &mut s.redis.config.presence_expiry),
        ),
    ]
}

impl Redis {
    /// What the adapter wants; nothing where there is no URL.
    ///
    /// # Errors
    /// What does not go together.
    pub(in crate::config) fn config(&self) -> Result<Option<redis::Config>, String> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        if self.mode == ModeName::Cluster && url.database != 0 {
            return Err("redis.url: a Redis Cluster has only database 0".to_owned());
        }
        let tls = self.tls.tls("redis")?;
        Ok(Some(redis::Config {
            mode: self.mode(url.addresses.len())?,
            addresses: url.addresses.clone(),
            database: url.database,
            credentials: self.login.credentials("redis")?.or_else(|| url.credentials.clone()),
            tls: tls.or_else(|| url.tls.then(Tls::default)),
            ..self.config.clone()
        }))
    }

    fn mode(&self, addresses: usize) -> Result<Mode, String> {
        let credentials = self.sentinel.credentials("redis.sentinel")?;
        match (self.mode, &self.master_name) {
            (ModeName::Sentinel, Some(name)) => Ok(Mode::Sentinel(Sentinel {
                master_name: name.clone(),
                credentials,
            })),
            (ModeName::Sentinel, None) => Err("redis.mode Sentinel needs redis.sentinel.masterName".to_owned()),
            (_, Some(_)) => Err("redis.sentinel goes with redis.mode Sentinel only".to_owned()),
            (_, None) if credentials.is_some() => Err("redis.sentinel goes with redis.mode Sentinel only".to_owned()),
            (ModeName::Standalone, None) if addresses > 1 => {
                Err("redis.url has several addresses: set redis.mode to Cluster or Sentinel".to_owned())
            }
            (ModeName::Standalone, None) => Ok(Mode::Standalone),
            (ModeName::Cluster, None) => Ok(Mode::Cluster),
        }
    }
}

impl FromStr for Url {
    type Err = String;

    /// One URL with several hosts, or several URLs of one host, which share everything else.
    fn from_str(text: &str) -> Result<Self, String> {
        // The text is not repeated: there may be a password in it.
        let wrong = || format!("this is not {FORM}");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let tls = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return Err(wrong()),
        };
        let rest = rest.replace(&format!(",{scheme}://"), ",");
        let (who, hosts) = url::split(&rest);
        let path = rest[rest.rfind(hosts).unwrap_or_default() + hosts.len()..].trim_start_matches('/');
        let database = if path.is_empty() { Ok(0) } else { path.parse() };
        if who.is_some_and(|who| who.contains('@')) {
            return Err(wrong());
        }
        let addresses: Vec<String> = hosts.split(',').map(str::to_owned).collect();
        if !addresses.iter().all(|address| url::is_host_and_port(address)) {
            return Err(wrong());
        }
        Ok(Self {
            text: Secret::new(text),
            tls,
            credentials: who.map(credentials_of).transpose()?.flatten(),
            addresses,
            database: database.map_err(|_| wrong())?,
        })
    }
}

/// `user:password`; without a user it is the server's `default`.
fn credentials_of(who: &str) -> Result<Option<Credentials>, String> {
    let (user, password) = who
        .split_once(':')
        .ok_or("there is a user and no password: user:password@, or redis.username and its password")?;
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let username = if user.is_empty() { "default" } else { user };
    Ok((!password.is_empty()).then(|| Credentials {
        username: decode(username),
        password: Secret::new(decode(password)),
    }))
}

fn show(url: &Option<Url>) -> Raw {
    let shown = |url: &Url| match url.text.reveal().contains(',') {
        true => Raw::one(format!(
            "{}://{}/",
            if url.tls { "rediss" } else { "redis" },
            url.addresses.join(",")
        )),
        false => Raw::one(url::redacted(url.text.reveal())),
    };
    url.as_ref().map_or(Raw::Absent, shown)
}

fn is_prefix(text: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || ":._-".contains(letter);
    text.len() <= 128 && text.chars().all(letter)
}
