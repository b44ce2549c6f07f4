//! TLS and logins, which are told in the same way for every server.

use serde_json::{Map, Value, json};

use super::{Settings, TRUST};
use crate::validate::{Login, Trust, Word};

impl Settings {
    /// The `tls` of `server`'s section, and its files.
    pub(super) fn trust(&mut self, server: &str, trust: &Trust) -> Value {
        let mut tls = Map::from_iter([("enabled".to_owned(), true.into())]);
        if let Some(ca) = &trust.ca {
            tls.insert("caFile".to_owned(), self.file(&ca.name, &ca.key, server, "ca.crt"));
        }
        if let Some(identity) = &trust.identity {
            let certificate = self.file(&identity.secret, identity.certificate, server, "tls.crt");
            tls.insert("certificateFile".to_owned(), certificate);
            tls.insert(
                "keyFile".to_owned(),
                self.file(&identity.secret, identity.key, server, "tls.key"),
            );
        }
        Value::Object(tls)
    }

    /// The variables of a login whose names begin with `prefix`.
    pub(super) fn login(&mut self, prefix: &str, login: &Login) {
        self.variable(&format!("{prefix}_USERNAME"), &login.username);
        self.variable(&format!("{prefix}_PASSWORD"), &Word::Secret(login.password.clone()));
    }

    /// Mounts one key of a Secret and says where.
    fn file(&mut self, secret: &str, key: &str, server: &str, name: &str) -> Value {
        let path = format!("{server}/{name}");
        self.files
            .push(json!({ "secret": { "name": secret, "items": [{ "key": key, "path": path }] } }));
        format!("{TRUST}/{path}").into()
    }
}
