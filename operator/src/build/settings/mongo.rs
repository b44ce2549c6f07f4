//! The store.

use serde_json::{Map, json};
use talkline_crds::spec::{HistoryReads, MongoSpec};

use super::Settings;
use crate::validate::{Mongo, Word};

pub(super) fn tell(settings: &mut Settings, mongo: &Mongo, spec: &MongoSpec) {
    let mut section = Map::from_iter([
        ("database".to_owned(), json!(spec.database)),
        ("historyReads".to_owned(), json!(reads(spec.history_reads))),
        ("maxPoolSize".to_owned(), json!(spec.max_pool_size)),
    ]);
    match &mongo.url {
        Word::Plain(url) => drop(section.insert("url".to_owned(), json!(url))),
        secret => settings.variable("TALKLINE_MONGO_URL", secret),
    }
    if let Some(login) = &mongo.login {
        settings.login("TALKLINE_MONGO", login);
    }
    if let Some(trust) = &mongo.trust {
        section.insert("tls".to_owned(), settings.trust("mongo", trust));
    }
    settings.section("mongo", section);
}

fn reads(reads: HistoryReads) -> &'static str {
    match reads {
        HistoryReads::Primary => "Primary",
        HistoryReads::SecondaryPreferred => "SecondaryPreferred",
    }
}
