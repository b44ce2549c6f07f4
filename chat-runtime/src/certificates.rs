//! When the certificates end that this process was given: shown as a metric, so that somebody is told weeks before a server turns
//! it away.
//!
//! Files are read once, at the start, as the clients of the servers do: a renewed file is another start.

use std::{fs, path::Path};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use talkline_cluster::Tls;
use talkline_metrics::catalog::dependency::CERTIFICATE_EXPIRES;
use x509_cert::Certificate;

/// Ends of validity, by whom the certificates are for and whose they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expiries {
    ends: Family<Whose, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Whose {
    dependency: &'static str,
    kind: &'static str,
}

impl Expiries {
    /// Shown as soon as there is one.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        CERTIFICATE_EXPIRES.register(registry, new.ends.clone());
        new
    }

    /// Gives a value to what has labels, for who lists everything.
    pub(crate) fn fill(&self) {
        self.set("log", "own", Some(0));
    }

    /// Those with which a server is reached. Files that cannot be read are left to who needs them.
    pub(crate) fn of(&self, dependency: &'static str, tls: Option<&Tls>) {
        let Some(tls) = tls else { return };
        if let Some(identity) = &tls.identity {
            self.set(dependency, "own", ends(&identity.certificate).into_iter().min());
        }
        if let Some(authorities) = &tls.ca {
            self.set(dependency, "authorities", ends(authorities).into_iter().max());
        }
    }

    fn set(&self, dependency: &'static str, kind: &'static str, end: Option<i64>) {
        if let Some(end) = end {
            self.ends.get_or_create(&Whose { dependency, kind }).set(end);
        }
    }
}

/// The ends of all certificates in a file of PEM, in seconds since 1970.
fn ends(file: &Path) -> Vec<i64> {
    let certificates = fs::read(file)
        .ok()
        .and_then(|pem| Certificate::load_pem_chain(&pem).ok());
    let ends = certificates.unwrap_or_default().into_iter().map(|certificate| {
        let end = certificate.tbs_certificate.validity.not_after.to_unix_duration();
        i64::try_from(end.as_secs()).unwrap_or(i64::MAX)
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use talkline_cluster::Identity;
    use talkline_metrics::Exposition;

    use super::*;

    /// Two of them, of which the second ends first. Made by `openssl req -x509 -newkey ed25519 -nodes -days N`.
    const CHAIN: &str = include_str!("certificates/chain.pem");

    #[test]
    fn a_chain_ends_with_its_first_and_authorities_with_their_last() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chain.pem");
        fs::write(&file, CHAIN).unwrap();
        let mut registry = Registry::default();
        let expiries = Expiries::register(&mut registry);
        let identity = Identity {
            certificate: file.clone(),
            key: folder.path().join("none"),
        };
        let tls = Tls {
            ca: Some(file),
            identity: Some(identity),
        };
        expiries.of("store", Some(&tls));
        expiries.of("bus", Some(&Tls::default()));
        let page = String::from_utf8(Exposition::Text.write(&registry).unwrap()).unwrap();
        let name = CERTIFICATE_EXPIRES.name;
        assert!(
            page.contains(&format!("{name}{{dependency=\"store\",kind=\"own\"}} 1827220094\n")),
            "{page}"
        );
        assert!(
            page.contains(&format!(
                "{name}{{dependency=\"store\",kind=\"authorities\"}} 1858756094\n"
            )),
            "{page}"
        );
        assert!(!page.contains("bus"), "{page}");
    }
}
