//! Two people to try the chat with: made on the first start, if the YAML wants them, and the same ever after.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::distr::{Alphanumeric, SampleString as _};
use serde::{Deserialize, Serialize};
use talkline_core::{
    id::UserId,
    port::Accounts,
    time::Timestamp,
    user::{Email, Tier, User},
};
use talkline_crds::spec::AuthSpec;
use talkline_gateway::{auth::Passwords, config, web::Site};

use super::folder::Folder;
use crate::failure::Failure;

const PEOPLE: [(&str, &str); 2] = [
    ("ada@example.org", "Ada Lovelace"),
    ("grace@example.org", "Grace Hopper"),
];
const PASSWORD_LENGTH: usize = 12;

/// An account whose password the start prints and the login page offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DemoAccount {
    pub(super) email: String,
    pub(super) password: String,
    pub(super) name: String,
}

#[derive(Serialize, Deserialize)]
struct File {
    accounts: Vec<DemoAccount>,
}

/// The demo accounts, which exist afterwards; none, if the YAML wants none.
pub(super) async fn accounts(
    spec: &AuthSpec,
    folder: &Folder,
    accounts: &dyn Accounts,
    config: &config::Auth,
) -> Result<Vec<DemoAccount>, Failure> {
    if !spec.demo_accounts {
        return Ok(Vec::new());
    }
    let text = folder.kept("demo-accounts.json", || {
        serde_json::to_string_pretty(&File { accounts: draw() }).map_err(Failure::broken)
    })?;
    let file: File = serde_json::from_str(&text)
        .map_err(|error| Failure::unreadable(&folder.path().join("demo-accounts.json"), error))?;
    let passwords = Passwords::new(&config.hashing).map_err(Failure::usage)?;
    for account in &file.accounts {
        let email = Email::try_from(account.email.clone()).map_err(Failure::usage)?;
        if accounts.credentials(&email).await.map_err(Failure::broken)?.is_none() {
            let hash = passwords
                .hash(account.password.clone())
                .await
                .map_err(|p| Failure::broken(format_args!("{p:?}")))?;
            let user = User {
                id: UserId::from_bytes(rand::random()),
                email,
                name: account.name.clone(),
                tier: Tier::Standard,
                created_at: now(),
            };
            accounts.create(&user, &hash).await.map_err(Failure::broken)?;
        }
    }
    Ok(file.accounts)
}

/// Lets the login page offer them, as `/demo.json`.
pub(super) fn publish(site: Site, accounts: &[DemoAccount]) -> Result<Site, Failure> {
    if accounts.is_empty() {
        return Ok(site);
    }
    let content = serde_json::to_vec(&File {
        accounts: accounts.to_vec(),
    })
    .map_err(Failure::broken)?;
    Ok(site.with_file("demo.json", content))
}

fn draw() -> Vec<DemoAccount> {
    let password = || Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_LENGTH);
    let account = |(email, name): (&str, &str)| DemoAccount {
        email: email.into(),
        password: password(),
        name: name.into(),
    };
    PEOPLE.into_iter().map(account).collect()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since.as_millis() as i64)
}
