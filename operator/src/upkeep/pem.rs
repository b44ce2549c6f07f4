//! Certificates of Secrets, as the files that clients want. They are there for one look, and nobody else's to read.

use std::{
    fmt,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
};

use talkline_cluster::{Identity, Tls};
use tempfile::TempDir;

/// What of a server's TLS is in Secrets.
#[derive(Clone, Default)]
pub(super) struct Pem {
    /// The authorities to trust; none for the system's.
    pub(super) ca: Option<Vec<u8>>,
    /// What we show: a certificate and its key.
    pub(super) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The files of one look; they go with it.
pub(super) struct Files {
    tls: Tls,
    _folder: TempDir,
}

impl Files {
    /// Writes what there is.
    pub(super) fn write(pem: &Pem) -> io::Result<Self> {
        let ours = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(ours).tempdir()?;
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).map(|()| path)
        };
        let ca = pem.ca.as_ref().map(|ca| file("ca.crt", ca)).transpose()?;
        let identity = match &pem.identity {
            None => None,
            Some((certificate, key)) => Some(Identity {
                certificate: file("tls.crt", certificate)?,
                key: file("tls.key", key)?,
            }),
        };
        Ok(Self {
            tls: Tls { ca, identity },
            _folder: folder,
        })
    }

    /// Where they are.
    pub(super) fn tls(&self) -> Tls {
        self.tls.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_ours_alone_and_go_with_the_look() {
        let pem = Pem {
            ca: None,
            identity: Some((b"certificate".to_vec(), b"key".to_vec())),
        };
        let files = Files::write(&pem).unwrap();
        assert_eq!(files.tls().ca, None, "the system's authorities count");
        let key = files.tls().identity.unwrap().key;
        assert_eq!(fs::read(&key).unwrap(), b"key");
        let mode = fs::metadata(key.parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
        drop(files);
        assert!(!key.exists());
    }
}
