//! Settings from the environment. Whatever begins with `TALKLINE_` must be known, or somebody believes that it does something.

use std::ffi::OsString;

use talkline_crds::nearest;

use super::{
    given::{Given, Source},
    key::PREFIX,
    raw::Raw,
    table::{Spelling, spellings},
};

/// The file of settings, instead of `--config`.
pub(super) const CONFIG: &str = "TALKLINE_CONFIG";

/// What the project's own tools call theirs.
const TOOLS: [&str; 12] = [
    "BIN",
    "CACHE",
    "HOST",
    "POWER_LOSS_DIR",
    "SCREENSHOTS",
    "SEED",
    "SEEDS",
    "SERVERS",
    "SKIPPED",
    "UPDATE",
    "URL",
    "WEB_OUT",
];

/// What the variables say; what is wrong with them goes to `problems`. An empty one says nothing.
pub(super) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Vec<String>,
) -> Vec<Given> {
    let mut given: Vec<Given> = Vec::new();
    let known: Vec<(String, OsString)> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| (name.starts_with(PREFIX) || standard(name).is_some()) && !value.is_empty())
        .collect();
    let (mut ours, mut standards): (Vec<_>, Vec<_>) = known.into_iter().partition(|(name, _)| name.starts_with(PREFIX));
    // In an order that does not change from start to start; and ours first, which go before everybody's.
    ours.sort();
    standards.sort();
    for (name, value) in ours.into_iter().chain(standards) {
        let Ok(value) = value.into_string() else {
            problems.push(format!("{name}: its value is not UTF-8"));
            continue;
        };
        let own = spellings().iter().find(|spelling| spelling.variable == name);
        match own.or_else(|| standard(&name)) {
            Some(spelling) if own.is_none() && given.iter().any(|given| given.spelling.index == spelling.index) => {}
            Some(spelling) => given.push(Given {
                spelling,
                raw: Raw::One(value),
                source: Source::Environment(name),
            }),
            None if is_not_ours(&name, &value) => {}
            None => problems.push(format!("{name}: unknown{}", hint(&name))),
        }
    }
    given
}

/// The key that a variable of everybody's says.
fn standard(name: &str) -> Option<&'static Spelling> {
    spellings().iter().find(|spelling| spelling.key.standard == Some(name))
}

/// Kubernetes tells every pod of each Service in its namespace, and one may be called `talkline`.
fn is_not_ours(name: &str, value: &str) -> bool {
    let service = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"]
        .iter()
        .any(|part| name.contains(part));
    let link = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    service || link || name == CONFIG || TOOLS.iter().any(|tool| name.strip_prefix(PREFIX) == Some(*tool))
}

/// Only the nearest: all names together would be a page. What all begin with brings none nearer.
fn hint(name: &str) -> String {
    let own = |name: &'static str| name.strip_prefix(PREFIX);
    let known = spellings().iter().filter_map(|spelling| own(&spelling.variable));
    let hint = nearest::hint(name.strip_prefix(PREFIX).unwrap_or(name), known);
    hint.replace("mean ", &format!("mean {PREFIX}"))
}
