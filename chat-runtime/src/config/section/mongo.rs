//! The store: where MongoDB is, and how it is asked.

use talkline_cluster::{
    Secret,
    mongo::{self, HistoryReads},
};

use super::{credentials, credentials::Login, tls, tls::Files, url};
use crate::config::{
    field::{SECONDS, Typed, choice, number, text, time},
    key::Key,
    raw::Raw,
    settings::Settings,
};

const READS: &[(&str, HistoryReads)] = &[
    ("Primary", HistoryReads::Primary),
    ("SecondaryPreferred", HistoryReads::SecondaryPreferred),
];
const FORM: &str = "a mongodb:// or mongodb+srv:// URL";

/// MongoDB as it is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mongo {
    url: Option<Secret>,
    config: mongo::Config,
    tls: Files,
    login: Login,
}

pub(super) fn keys() -> Vec<Key> {
    let mut keys = vec![
        Key::new(
            "mongo.url",
            "The connection string.",
            Typed::new(FORM, |s: &mut Settings| &mut s.mongo.url, read, show),
        )
        .url(),
    ];
    keys.extend(credentials::keys("mongo", |s| &mut s.mongo.login));
    keys.extend(tls::keys("mongo", |s| &mut s.mongo.tls));
    keys.extend([
        Key::new(
            "mongo.database",
            "The database: one a cluster.",
            text("1 to 63 letters, digits, hyphens or underscores", is_database, |s| {
                &mut s.mongo.config.database
            }),
        ),
        Key::new(
            "mongo.historyReads",
            "Which members answer for history; one's own writes are always read back.",
            choice(READS, |s| &mut s.mongo.config.history_reads),
        ),
        Key::new(
            "mongo.maxPoolSize",
            "Connections at most.",
            number(1..=1_000, |s| &mut s.mongo.config.max_pool_size),
        ),
        Key::new(
            "mongo.timeoutSeconds",
            "Seconds that a call may take.",
            time(SECONDS, 1..=120, |s| &mut s.mongo.config.timeout),
        ),
    ]);
    keys
}

impl Mongo {
    /// What the adapter wants; nothing where there is no URL. The partitions are the log's to say.
    ///
    /// # Errors
    /// What does not go together.
    pub(in crate::config) fn config(&self) -> Result<Option<mongo::Config>, String> {
        let Some(url) = self.url.clone() else {
            return Ok(None);
        };
        Ok(Some(mongo::Config {
            url,
            credentials: self.login.credentials("mongo")?,
            tls: self.tls.tls("mongo")?,
            ..self.config.clone()
        }))
    }
}

fn read(text: &str) -> Result<Option<Secret>, String> {
    let scheme = ["mongodb://", "mongodb+srv://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    let good = scheme && !url::split(text).1.is_empty();
    // The text is not repeated: there may be a password in it.
    good.then(|| Some(Secret::new(text)))
        .ok_or_else(|| format!("this is not {FORM}"))
}

fn show(url: &Option<Secret>) -> Raw {
    url.as_ref()
        .map_or(Raw::Absent, |url| Raw::one(url::redacted(url.reveal())))
}

fn is_database(text: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    (1..=63).contains(&text.len()) && text.chars().all(letter)
}
