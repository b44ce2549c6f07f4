//! What must be looked up before a ChatCluster can be validated: the optional APIs, the Secrets that it names, Strimzi's Kafka, its signing
//! keys, and how many partitions its topic was made with.

mod apis;
mod keys;
mod secrets;
mod strimzi;

use std::fmt;

use kube::ResourceExt as _;
use talkline_crds::ChatCluster;

use crate::{
    build::{self, COSTS, Component, KeySet, PARTITIONS},
    controller::Context,
    plan::Edition,
    validate::{self, Facts, Invalid, Made, Untold, Word},
};

pub(crate) use apis::follow;
pub(crate) use keys::Read as KeysRead;
pub(crate) use secrets::Secrets;

/// What was found.
pub(crate) struct Found {
    /// For validation.
    pub(crate) facts: Facts,
    /// The signing keys as they shall be now, where they are ours.
    pub(crate) keys: Option<KeySet>,
    /// What pods take in at their start, for those who reach the servers themselves.
    pub(crate) secrets: Secrets,
    /// The Secret that Strimzi has not made yet.
    pub(crate) awaited: Option<String>,
}

/// Why nothing was.
pub(crate) enum Error {
    /// The ChatCluster is wrong, whatever there is.
    Invalid(Vec<Invalid>),
    /// Something cannot be looked up, or is missing.
    Failed(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(wrong) => {
                let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("; "))
            }
            Self::Failed(error) => f.write_str(error),
        }
    }
}

impl From<String> for Error {
    fn from(error: String) -> Self {
        Self::Failed(error)
    }
}

/// Looks up what `cluster` refers to; `read` are its keys as they were read before.
///
/// # Errors
/// It is wrong in itself; or a Secret or one of its keys, or Strimzi's Kafka or its listener is missing; or the API server does not answer.
pub(crate) async fn dereference(
    cluster: &ChatCluster,
    context: &Context,
    read: &mut Option<KeysRead>,
) -> Result<Found, Error> {
    let namespace = cluster.namespace().unwrap_or_default();
    let mut facts = Facts {
        apis: *context.shared.apis.borrow(),
        partitions: partitions(cluster, context),
        untold: untold(cluster, context),
        gateways: made(cluster, context, Component::Gateway),
        workers: made(cluster, context, Component::Worker),
        operator_namespace: Some(context.shared.namespace.clone()),
        ..Facts::default()
    };
    // Which Secrets are named is only known of a ChatCluster that is right so far.
    let mut valid = validate::validate(cluster, &facts).map_err(Error::Invalid)?;
    let client = &context.shared.client;
    if let Some(of_strimzi) = &valid.kafka.strimzi {
        facts.listener = Some(strimzi::listener(client, &namespace, &of_strimzi.spec).await?);
        if facts.partitions.is_none() {
            facts.partitions = strimzi::partitions(client, &valid).await?;
        }
        valid = validate::validate(cluster, &facts).map_err(Error::Invalid)?;
    }
    // Strimzi makes its user's Secret once there is the KafkaUser, which is ours to make first.
    let awaited = valid.kafka.strimzi.as_ref().map(|ours| ours.user.as_str());
    let credentials = valid.credentials();
    let secrets = secrets::read(client, &namespace, &credentials, awaited).await?;
    let awaited = awaited.filter(|name| secrets.lack(name, &credentials));
    let awaited = awaited.map(str::to_owned);
    facts.secrets_hash = secrets.hash();
    if let Word::Secret(url) = &valid.mongo.url {
        facts.mongo_ports = validate::ports(&secrets.hosts(url));
    }
    let keys = keys::next(context, &namespace, &valid.keys, read).await?;
    Ok(Found {
        facts,
        keys,
        secrets,
        awaited,
    })
}

/// The partitions that the configuration was made with, which is from before the topic was made. Should somebody have deleted it, the
/// status remembers.
fn partitions(cluster: &ChatCluster, context: &Context) -> Option<u32> {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let config = context
        .children
        .find(&build::CONFIG_MAP, &namespace, &format!("{name}-config"));
    let noted = config.and_then(|config| config.annotations().get(PARTITIONS)?.parse().ok());
    let remembered = || cluster.status.as_ref()?.plan.as_ref()?.partitions.try_into().ok();
    noted.or_else(remembered)
}

/// The pods of a role, if there are any. Those of an operator that noted no costs were sized by the first ones.
fn made(cluster: &ChatCluster, context: &Context, component: Component) -> Option<Made> {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let deployment = format!("{name}-{}", component.name());
    let found = context.children.find(&build::DEPLOYMENT, &namespace, &deployment)?;
    let noted = found.annotations().get(COSTS).map(|word| Edition::read(word));
    Some(Made {
        image: found.data["images"][component.name()].as_str()?.to_owned(),
        costs: noted.unwrap_or(Edition::First),
    })
}

/// The images of pods that run without a number of threads.
fn untold(cluster: &ChatCluster, context: &Context) -> Untold {
    let (namespace, name) = (cluster.namespace().unwrap_or_default(), cluster.name_any());
    let image = |component: Component| {
        let deployment = format!("{name}-{}", component.name());
        let found = context.children.find(&build::DEPLOYMENT, &namespace, &deployment)?;
        Some(
            found.data["untold"]
                .as_object()?
                .get(component.name())?
                .as_str()?
                .to_owned(),
        )
    };
    Untold {
        gateway: image(Component::Gateway),
        worker: image(Component::Worker),
    }
}
