//! Every key is read, from each place, into a place of its own; and what the ChatCluster says too has its bounds.

use serde_json::Value;

use super::{
    super::{
        key::Secrecy,
        raw::Raw,
        settings::Settings,
        table::{self, Spelling},
    },
    *,
};

/// A value for each key that is not its default. A key without a row fails the test.
const SAMPLES: &[(&str, &str)] = &[
    ("listen", "0.0.0.0:80"),
    ("reusePort", "true"),
    ("admin", "0.0.0.0:81"),
    ("name", "gateway-7"),
    ("jwtKeys", "/keys.json"),
    ("web", "/web"),
    ("data", "/data"),
    ("startSeconds", "7"),
    ("kafka.brokers", "a:1,b:2"),
    ("kafka.sasl.mechanism", "ScramSha512"),
    ("kafka.sasl.tokenEndpoint", "https://a/b"),
    ("kafka.topicPrefix", "chat."),
    ("kafka.partitions", "48"),
    ("kafka.replicationFactor", "2"),
    ("kafka.minInSyncReplicas", "1"),
    ("kafka.retentionHours", "7"),
    ("kafka.generation", "2"),
    ("kafka.compression", "Zstd"),
    ("kafka.lingerMillis", "7"),
    ("kafka.deliveryTimeoutSeconds", "7"),
    ("kafka.queueRecords", "777"),
    ("kafka.sessionTimeoutSeconds", "7"),
    ("mongo.url", "mongodb://a:1/"),
    ("mongo.database", "other"),
    ("mongo.historyReads", "SecondaryPreferred"),
    ("mongo.maxPoolSize", "7"),
    ("mongo.timeoutSeconds", "7"),
    ("redis.url", "rediss://a:1/"),
    ("redis.mode", "Cluster"),
    ("redis.sentinel.masterName", "m"),
    ("redis.keyPrefix", "chat:"),
    ("redis.timeoutMillis", "77"),
    ("redis.inboxSignals", "7777"),
    ("redis.presenceExpirySeconds", "7"),
    ("gateway.origins", "https://a,https://b"),
    ("gateway.trustedProxies", "10.0.0.0/8,192.168.0.0/16"),
    ("history.cached", "false"),
    ("history.memoryBytes", "7777"),
    ("auth.registration", "Closed"),
    ("auth.allowedEmailDomains", "example.org,example.com"),
    ("auth.password.hash.iterations", "3"),
    ("auth.tokens.issuer", "https://a"),
    ("auth.tokens.audience", "b"),
    ("limits.whenUnavailable.messages", "Closed"),
    ("limits.whenUnavailable.logins", "Open"),
    ("worker.rememberedConversations", "7"),
    ("logs.level", "Debug"),
    ("logs.format", "Text"),
    ("traces.otlpEndpoint", "http://collector:4318"),
];

fn sample(path: &str) -> String {
    let listed = SAMPLES
        .iter()
        .find(|(key, _)| *key == path)
        .map(|(_, value)| (*value).to_owned());
    let shared = |end: &str| match end {
        "username" => Some("ann"),
        "password" => Some("s3cret"),
        "enabled" => Some("true"),
        "caFile" | "certificateFile" | "keyFile" => Some("/file.pem"),
        _ => None,
    };
    let shared = || path.rsplit('.').next().and_then(shared).map(str::to_owned);
    // Of a bounded number that the ChatCluster says too, its least but one.
    let number = || bounds(path).map(|(least, _)| (least + 1).to_string());
    listed
        .or_else(shared)
        .or_else(number)
        .unwrap_or_else(|| panic!("{path} has no sample"))
}

/// Everything that holds, as shown.
fn shown(settings: &mut Settings) -> Vec<String> {
    table::keys()
        .iter()
        .map(|key| key.field.show(settings).to_string())
        .collect()
}

#[test]
fn each_has_a_place_of_its_own() {
    for (index, key) in table::keys().iter().enumerate() {
        let mut settings = Settings::default();
        let before = shown(&mut settings);
        key.field.set(&mut settings, &Raw::one(sample(&key.path))).unwrap();
        let after = shown(&mut settings);
        let changed: Vec<_> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
        assert_eq!(changed, [index], "{}", key.path);
        if key.secrecy != Secrecy::Secret {
            assert_eq!(after[index], sample(&key.path));
        }
    }
}

/// As YAML.
fn document(spelling: &Spelling, value: &str) -> String {
    let names: Vec<_> = spelling.path.split('.').collect();
    let lines = names
        .iter()
        .enumerate()
        .map(|(depth, name)| format!("{}{name}:", "  ".repeat(depth)));
    format!("{} {value:?}\n", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn each_is_read_from_each_place() {
    let folder = tempfile::tempdir().unwrap();
    for spelling in table::spellings() {
        let mut value = sample(&spelling.key.path);
        if spelling.path != spelling.key.path {
            let path = folder.path().join("value");
            std::fs::write(&path, value).unwrap();
            value = path.display().to_string();
        }
        let mut starts = vec![(
            "variable",
            Start::default().variable(spelling.variable.as_str(), value.as_str()),
        )];
        if spelling.is_open() {
            starts.push(("file", Start::file(&document(spelling, &value))));
            starts.push(("flag", Start::default().flag(spelling.path.as_str(), value.leak())));
        }
        for (place, start) in starts {
            let role = spelling.key.roles[0];
            // What else is missing or does not go together is another test's.
            let of_this = |line: &&String| line.contains(&spelling.variable) && !line.contains("is missing");
            match start.resolve_as(role) {
                Err(problems) => assert_eq!(problems.iter().find(of_this), None, "{place}"),
                Ok(effective) => assert_ne!(
                    effective.sources[spelling.index],
                    super::super::given::Source::Default,
                    "{place}: {}",
                    spelling.path
                ),
            }
        }
    }
}

/// Where the ChatCluster says the same.
fn in_cluster(path: &str) -> String {
    match path.split_once('.') {
        Some(("sockets" | "drain", _)) => format!("gateway.{path}"),
        Some(("logs" | "traces", _)) => format!("monitoring.{path}"),
        _ => path.to_owned(),
    }
}

/// The ChatCluster's bounds of a number.
fn bounds(path: &str) -> Option<(u64, u64)> {
    static SPEC: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
        let crd = serde_json::to_value(talkline_crds::Definition::ChatCluster.crd().unwrap()).unwrap();
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].clone()
    });
    let path = in_cluster(path);
    let schema = path
        .split('.')
        .try_fold(&*SPEC, |schema, name| schema.get("properties")?.get(name))?;
    let bound = |name: &str| schema.get(name)?.as_f64().map(|bound| bound as u64);
    Some((bound("minimum")?, bound("maximum")?))
}

#[test]
fn what_the_chat_cluster_says_too_has_its_bounds() {
    let mut same = 0;
    for key in table::keys() {
        if let Some((least, most)) = bounds(&key.path) {
            assert_eq!(
                key.field.form(),
                format!("a whole number from {least} to {most}"),
                "{}",
                key.path
            );
            same += 1;
        }
    }
    assert!(same > 25, "only {same} keys were found in the ChatCluster's schema");
}
