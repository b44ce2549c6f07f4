//! How a server is reached, in one form for all of them: whom to trust, who we are. What is secret is a reference.

use talkline_crds::spec::{Credentials, SecretKey, Tls};

/// A text that stands here, or in a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Here.
    Plain(String),
    /// In a Secret.
    Secret(SecretKey),
}

/// A user name and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// The user's name.
    pub(crate) username: Word,
    /// The password.
    pub(crate) password: SecretKey,
}

/// TLS to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The authorities; none for those of the image.
    pub(crate) ca: Option<SecretKey>,
    /// The certificate that this side shows.
    pub(crate) identity: Option<Identity>,
}

/// A certificate and its key, in one Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The Secret's name.
    pub(crate) secret: String,
    /// The key of the certificate within it.
    pub(crate) certificate: &'static str,
    /// The key of the private key within it.
    pub(crate) key: &'static str,
}

/// Something secret that pods need at their start: a Secret, and which of its keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Credential {
    /// The Secret's name.
    pub(crate) secret: String,
    /// The key within it.
    pub(crate) key: String,
}

impl From<&Credentials> for Login {
    fn from(credentials: &Credentials) -> Self {
        Self {
            username: Word::Secret(credentials.username.clone()),
            password: credentials.password.clone(),
        }
    }
}

impl From<&Tls> for Trust {
    fn from(tls: &Tls) -> Self {
        Self {
            ca: tls.ca.clone(),
            identity: tls.client_secret.as_ref().map(|secret| Identity {
                secret: secret.clone(),
                certificate: "tls.crt",
                key: "tls.key",
            }),
        }
    }
}

impl From<&SecretKey> for Credential {
    fn from(key: &SecretKey) -> Self {
        Self {
            secret: key.name.clone(),
            key: key.key.clone(),
        }
    }
}

impl Login {
    /// What of it is secret.
    pub(crate) fn credentials(&self) -> Vec<Credential> {
        let mut credentials = vec![Credential::from(&self.password)];
        if let Word::Secret(username) = &self.username {
            credentials.push(username.into());
        }
        credentials
    }
}

impl Trust {
    /// What of it is in Secrets.
    pub(crate) fn credentials(&self) -> Vec<Credential> {
        let mut credentials: Vec<Credential> = self.ca.iter().map(Credential::from).collect();
        if let Some(identity) = &self.identity {
            credentials.extend([identity.certificate, identity.key].map(|key| Credential {
                secret: identity.secret.clone(),
                key: key.to_owned(),
            }));
        }
        credentials
    }
}
