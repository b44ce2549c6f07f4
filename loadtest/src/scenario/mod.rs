//! The named scenarios: each a file of `loadtest/scenarios/` with what it is about, its flags, and its mix. A file of one's own
//! in the same form is run by its path.

mod mix;

use std::{fs, path::Path};

use serde::Deserialize;

pub use mix::Mix;

macro_rules! scenarios {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../scenarios/", $name, ".yaml")))),+]
    };
}

/// Name and file of each, in the order of the list.
const FILES: [(&str, &str); 9] = scenarios![
    "chat",
    "mixed",
    "chat-day",
    "hot-room",
    "login-storm",
    "reconnect-storm",
    "history-scroll",
    "soak",
    "step-to-limit"
];

/// A scenario as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// As it was asked for: a name, or a path.
    pub name: String,
    /// What it is about, in a line.
    pub about: String,
    /// Its own defaults of the command line's flags; those given there win.
    pub flags: Vec<String>,
    /// What its arrivals are.
    pub mix: Mix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default)]
    flags: String,
    mix: Option<Mix>,
    /// The scenario that has the mix, if this file has none.
    like: Option<String>,
}

impl Scenario {
    /// The scenario of this name, or of the file at this path.
    ///
    /// # Errors
    /// When there is none, or its file is not as it should be.
    pub fn find(name: &str) -> Result<Self, String> {
        if let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) {
            return Self::read(name, text);
        }
        if !Path::new(name).exists() {
            let names = FILES.map(|(name, _)| name).join(", ");
            return Err(format!(
                "there is no scenario {name}, and no such file; there are {names}"
            ));
        }
        let text = fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
        Self::read(name, &text)
    }

    fn read(name: &str, text: &str) -> Result<Self, String> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        let mix = match (file.mix, file.like) {
            (Some(mix), None) => mix,
            (None, Some(like)) if like != name => Self::find(&like)?.mix,
            _ => return Err(format!("{name}: it needs either a mix, or like: another scenario")),
        };
        let flags = file.flags.split_whitespace().map(str::to_owned).collect();
        let (name, about) = (name.to_owned(), file.about);
        Ok(Self {
            name,
            about,
            flags,
            mix,
        })
    }

    /// All that have a name.
    pub fn all() -> impl Iterator<Item = Result<Self, String>> {
        FILES.iter().map(|(name, text)| Self::read(name, text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::measure::{Kind, Way};

    /// Routes that are left out of `mixed`, and why.
    const LEFT_OUT: [(&str, &str); 1] = [("PUT /messages/{id}", "another name of PATCH, which is in it")];

    #[test]
    fn mixed_has_every_kind() {
        let mix = Scenario::find("mixed").unwrap().mix;
        let missing: Vec<_> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.way() != Way::Measured && mix.share(*kind) == 0.0)
            .collect();
        assert_eq!(missing, []);
    }

    #[test]
    fn mixed_has_every_route_of_the_server() {
        let api: serde_json::Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        let paths = api["paths"].as_object().unwrap();
        let routes = paths.iter().flat_map(|(path, operations)| {
            let methods = operations
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| *key != "parameters");
            methods.map(move |method| format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1")))
        });
        // A kind's summary begins with its route, in backticks, perhaps with a query.
        let asked = Kind::ALL.map(|kind| kind.summary().trim_start_matches('`').split(['`', '?']).next());
        let asked: BTreeSet<_> = asked
            .into_iter()
            .flatten()
            .chain(LEFT_OUT.map(|(route, _)| route))
            .collect();
        let missing: Vec<_> = routes.filter(|route| !asked.contains(route.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_committed_file_is_a_scenario_and_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        assert_eq!(fs::read_dir(folder).unwrap().count(), FILES.len());
        for scenario in Scenario::all() {
            let scenario = scenario.unwrap();
            assert!(!scenario.about.is_empty(), "{scenario:?}");
        }
    }

    #[test]
    fn a_file_that_says_too_little_or_too_much_is_refused_with_its_name() {
        for text in [
            "about: x",
            "about: x\nmix: {send: 1}\nlike: chat",
            "about: x\nlike: me",
            "about: x\nmix: {send: 1}\nrate: 5",
            "about: x\nmix: {sent: 1}",
        ] {
            let why = Scenario::read("me", text).unwrap_err();
            assert!(why.starts_with("me: "), "{why}");
        }
        assert!(Scenario::find("nonesuch").unwrap_err().contains("chat-day"));
    }
}
