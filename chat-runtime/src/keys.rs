//! The file of the keys that sign access tokens: read at the start, and again when somebody has changed it.

use std::{fs, path::PathBuf, time::Duration};

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use talkline_gateway::auth::Keyring;
use talkline_metrics::catalog::gateway::SIGNING_KEY_MADE;

use crate::failure::Failure;

/// How often the file is looked at.
pub(crate) const INTERVAL: Duration = Duration::from_secs(10);

/// The file, and what it said when it was last read. Contents and not times are compared: a mounted Secret is exchanged
/// under a link.
pub(crate) struct File {
    path: PathBuf,
    text: String,
}

impl File {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or there are no sound keys in it.
    pub(crate) fn open(path: PathBuf) -> Result<(Self, Keyring), Failure> {
        let text = fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, error))?;
        let keys =
            Keyring::parse(&text).map_err(|error| Failure::usage(format_args!("{}: {error}", path.display())))?;
        Ok((Self { path, text }, keys))
    }

    /// The keys, if the file says something else now. One that cannot be used is reported once, and changes nothing.
    pub(crate) fn changed(&mut self) -> Option<Keyring> {
        let read = fs::read_to_string(&self.path).map_err(|error| error.to_string());
        let text = match read {
            Ok(text) if text == self.text => return None,
            Ok(text) => text,
            Err(error) => {
                tracing::warn!(%error, "the file of the signing keys cannot be read; those that were read hold");
                return None;
            }
        };
        let keys = Keyring::parse(&text);
        self.text = text;
        match keys {
            Ok(keys) => {
                tracing::info!(?keys, "the signing keys were exchanged");
                Some(keys)
            }
            Err(error) => {
                tracing::error!(%error, "the new signing keys cannot be used; the old ones hold");
                None
            }
        }
    }
}

/// Shows how old the key is that signs.
pub(crate) struct Age(Gauge);

impl Age {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let made = Gauge::default();
        SIGNING_KEY_MADE.register(registry, made.clone());
        Self(made)
    }

    /// These are the keys from now on.
    pub(crate) fn of(&self, keys: &Keyring) {
        let made = keys.signer_made().and_then(|made| made.try_into().ok());
        self.0.set(made.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_and_a_bad_one_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(&path, Keyring::generate().unwrap()).unwrap();
        let (mut file, _) = File::open(path.clone()).unwrap();
        assert!(file.changed().is_none());
        fs::write(&path, Keyring::generate().unwrap()).unwrap();
        assert!(file.changed().is_some());
        assert!(file.changed().is_none());
        fs::write(&path, "half a fi").unwrap();
        assert!(file.changed().is_none());
        fs::remove_file(&path).unwrap();
        assert!(file.changed().is_none());
        fs::write(&path, Keyring::generate().unwrap()).unwrap();
        assert!(file.changed().is_some());
    }

    #[test]
    fn a_start_without_sound_keys_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        assert!(File::open(path.clone()).is_err());
        fs::write(&path, "{}").unwrap();
        assert!(File::open(path).is_err());
    }
}
