//! The data folder: the database, the signing keys, the demo accounts' passwords.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use talkline_cluster::LogIdentity;
use talkline_gateway::auth::Keyring;

use crate::failure::Failure;

/// The file of log and store.
const DATABASE: &str = "talkline.db";

/// A folder that exists, for its owner only.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens `path`, or the user's data folder for the cluster `name`; makes it if it is missing.
    pub(super) fn open(path: Option<PathBuf>, name: &str) -> Result<Self, Failure> {
        let path = path.map_or_else(|| default_path(name), Ok)?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| unwritable(&path, &error))?;
        Ok(Self(
            fs::canonicalize(&path).map_err(|error| unwritable(&path, &error))?,
        ))
    }

    /// The one that `open` would open, if there is a chat in it.
    pub(crate) fn existing(path: Option<PathBuf>, name: &str) -> Result<Self, Failure> {
        let path = path.map_or_else(|| default_path(name), Ok)?;
        match path.join(DATABASE).try_exists() {
            Ok(true) => Ok(Self(path)),
            Ok(false) => Err(Failure::usage(format_args!(
                "there is no chat in {}: say with --data where it is, or with --kafka which brokers have its log",
                path.display()
            ))),
            Err(error) => Err(Failure::unreadable(&path, error)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The keys that sign tokens: made on the first start, and kept.
    pub(super) fn keys(&self) -> Result<Keyring, Failure> {
        let text = self.kept("signing-keys.json", || Keyring::generate().map_err(Failure::broken))?;
        Keyring::parse(&text)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", self.0.join("signing-keys.json").display())))
    }

    /// The log in the folder, as no other one is called.
    pub(super) fn log(&self) -> Result<LogIdentity, Failure> {
        let drawn = || Ok(format!("sqlite {:016x}", rand::random::<u64>()));
        Ok(LogIdentity {
            name: self.kept("name-of-the-log", drawn)?,
            generation: 0,
        })
    }

    /// Refuses a folder whose store was filled from another log.
    pub(super) fn belongs_to(&self, log: &str) -> Result<(), Failure> {
        // Older programs had one log only, and did not say so.
        let first = if self.0.join(DATABASE).exists() { "sqlite" } else { log };
        let kept = self.kept("log-of-the-store", || Ok(first.to_owned()))?;
        if kept == log {
            return Ok(());
        }
        Err(Failure::usage(format_args!(
            "the store in {} was filled from another log ({kept}, not {log}): choose another folder with --data",
            self.0.display()
        )))
    }

    /// A secret file's text; `make` gives it where there is none yet.
    pub(super) fn kept(&self, name: &str, make: impl FnOnce() -> Result<String, Failure>) -> Result<String, Failure> {
        let path = self.0.join(name);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read.map_err(|error| Failure::unreadable(&path, error)),
        }
        let text = make()?;
        write_whole(&path, &text).map_err(|error| unwritable(&path, &error))?;
        Ok(text)
    }
}

/// Half a key must never be found: written aside, synced, then renamed.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format_args!(
        "the data folder {} cannot be written: {error}; choose another with --data",
        path.display()
    ))
}

/// `$XDG_DATA_HOME/talkline/NAME`, by default below `~/.local/share`.
fn default_path(name: &str) -> Result<PathBuf, Failure> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")));
    let base = base.ok_or_else(|| Failure::usage("there is no HOME to keep data in: say where with --data"))?;
    Ok(base.join("talkline").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_and_is_private() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(Some(root.path().join("a/b")), "chat").unwrap();
        let kept = |text: &str| folder.kept("secret", || Ok(text.to_owned())).unwrap();
        assert_eq!((kept("first").as_str(), kept("second").as_str()), ("first", "first"));
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path().join("secret")), 0o600);
        assert_eq!(mode(folder.path().to_owned()), 0o700);
    }

    #[test]
    fn a_store_keeps_to_its_log() {
        let root = tempfile::tempdir().unwrap();
        let open = |name: &str| Folder::open(Some(root.path().join(name)), "chat").unwrap();
        assert!(open("new").belongs_to("kafka a.").is_ok());
        assert!(open("new").belongs_to("kafka a.").is_ok());
        assert!(open("new").belongs_to("kafka b.").is_err());
        assert!(open("new").belongs_to("sqlite").is_err());
        // One that an older program filled.
        fs::write(open("old").path().join(DATABASE), "").unwrap();
        assert!(open("old").belongs_to("kafka a.").is_err());
        assert!(open("old").belongs_to("sqlite").is_ok());
    }

    #[test]
    fn who_only_looks_makes_no_folder() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        assert!(Folder::existing(Some(path.clone()), "chat").is_err());
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        fs::write(path.join(DATABASE), "").unwrap();
        assert!(Folder::existing(Some(path), "chat").is_ok());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(Folder::open(Some(path.join("data")), "chat").is_err());
    }
}
