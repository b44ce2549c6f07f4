//! The process: its name, its addresses, the files that it needs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use crate::config::{
    field::{SECONDS, parsed, path, switch, text_if_any, time},
    key::Key,
    role::Role,
};

const ADDRESS: &str = "an address and a port, as 127.0.0.1:8080";

/// The process itself.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) name: Option<String>,
    pub(crate) listen: SocketAddr,
    pub(crate) reuse_port: bool,
    pub(crate) admin: SocketAddr,
    pub(crate) web: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) jwt_keys: Option<PathBuf>,
    pub(crate) start: Duration,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            name: None,
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            reuse_port: false,
            admin: (Ipv4Addr::LOCALHOST, 9090).into(),
            web: None,
            data: None,
            jwt_keys: None,
            start: Duration::from_secs(60),
        }
    }
}

pub(super) fn keys() -> Vec<Key> {
    vec![
        Key::new(
            "listen",
            "Where clients connect.",
            parsed(ADDRESS, |s| &mut s.process.listen),
        )
        .of(Role::SERVING),
        Key::new(
            "reusePort",
            "Whether several gateways of one machine may listen at the same address; the system spreads connections over them. \
             Clients that poll need a proxy that keeps them with one gateway.",
            switch(|s| &mut s.process.reuse_port),
        )
        .of(&[Role::Gateway]),
        Key::new(
            "admin",
            "Where health and metrics are asked for (/livez, /readyz, /metrics); never for clients.",
            parsed(ADDRESS, |s| &mut s.process.admin),
        ),
        Key::new(
            "name",
            "The process's name, unique in its cluster: answers find a gateway by it. Without it one is drawn.",
            text_if_any("1 to 128 letters, digits, dots, hyphens or underscores", is_name, |s| {
                &mut s.process.name
            }),
        )
        .of(Role::CLUSTER),
        Key::new(
            "jwtKeys",
            "The file of the keys that sign access tokens (a JWK Set of Ed25519 keys); the same for all gateways.",
            path(|s| &mut s.process.jwt_keys),
        )
        .of(&[Role::Gateway]),
        Key::new(
            "web",
            "The folder of the built web client; without it, the page says how to get it.",
            path(|s| &mut s.process.web),
        )
        .of(Role::SERVING),
        Key::new(
            "data",
            "Where the data lies; without it, in the user's data folder, under talkline/NAME.",
            path(|s| &mut s.process.data),
        )
        .of(&[Role::Up]),
        Key::new(
            "startSeconds",
            "Seconds that the start waits for servers that do not answer; meanwhile the process is alive and not ready.",
            time(SECONDS, 0..=3_600, |s| &mut s.process.start),
        ),
    ]
}

fn is_name(text: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (1..=128).contains(&text.len()) && text.chars().all(letter)
}
