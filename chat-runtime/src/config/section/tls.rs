//! TLS to a server: the same keys for each of them.

use std::path::PathBuf;

use talkline_cluster::{Identity, Tls};

use crate::config::{
    field::{path, switch},
    key::Key,
    settings::Settings,
};

/// TLS as it is set: a file switches it on as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    enabled: bool,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// The keys of `section`, whose files `of` finds.
pub(super) fn keys(section: &str, of: fn(&mut Settings) -> &mut Files) -> Vec<Key> {
    let name = |name| format!("{section}.tls.{name}");
    vec![
        Key::new(
            name("enabled"),
            "Whether the connection is encrypted. A file below switches it on too.",
            switch(move |s| &mut of(s).enabled),
        ),
        Key::new(
            name("caFile"),
            "The authorities to trust, as PEM; without it, those of the system.",
            path(move |s| &mut of(s).ca),
        ),
        Key::new(
            name("certificateFile"),
            "The certificate that this side shows, as PEM.",
            path(move |s| &mut of(s).certificate),
        ),
        Key::new(
            name("keyFile"),
            "The certificate's private key, as PEM.",
            path(move |s| &mut of(s).key),
        ),
    ]
}

impl Files {
    /// TLS, if it is on.
    ///
    /// # Errors
    /// A certificate without its key, or the other way round.
    pub(super) fn tls(&self, section: &str) -> Result<Option<Tls>, String> {
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some(Identity {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            (None, None) => None,
            _ => {
                let (one, other) = (
                    format!("{section}.tls.certificateFile"),
                    format!("{section}.tls.keyFile"),
                );
                return Err(format!("{one} and {other} go together: one of them is missing"));
            }
        };
        let on = self.enabled || self.ca.is_some() || identity.is_some();
        Ok(on.then(|| Tls {
            ca: self.ca.clone(),
            identity,
        }))
    }
}
