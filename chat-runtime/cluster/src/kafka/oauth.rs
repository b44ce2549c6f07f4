//! Tokens for OAUTHBEARER, by the client credentials grant (RFC 6749, 4.4).
//!
//! librdkafka asks for one when it starts and again when four fifths of its life are over, from the thread that polls
//! the client; so a token is kept no longer than that here.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rdkafka::client::OAuthToken;
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::Credentials;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Where the answer does not say how long the token lives: the RFC only recommends that it does.
const LIFE: u64 = 300;

/// Asks the token endpoint.
pub(super) struct Tokens {
    endpoint: String,
    credentials: Credentials,
    client: reqwest::Client,
    runtime: Handle,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

impl Tokens {
    /// Asks `endpoint` with the client's id and secret. Called inside a runtime, which carries the requests.
    pub(super) fn new(endpoint: &str, credentials: &Credentials) -> Result<Self, reqwest::Error> {
        Ok(Self {
            endpoint: endpoint.to_owned(),
            credentials: credentials.clone(),
            client: reqwest::Client::builder().timeout(TIMEOUT).build()?,
            runtime: Handle::current(),
        })
    }

    /// A new token. Blocks: it is for librdkafka's callbacks, which run on threads of their own.
    pub(super) fn fetch(&self) -> Result<OAuthToken, Box<dyn Error>> {
        let answer = self.runtime.block_on(self.ask())?;
        let life = Duration::from_secs(answer.expires_in.unwrap_or(LIFE));
        let end = SystemTime::now().duration_since(UNIX_EPOCH)? + life;
        Ok(OAuthToken {
            token: answer.access_token,
            principal_name: self.credentials.username.clone(),
            lifetime_ms: end.as_millis().try_into()?,
        })
    }

    async fn ask(&self) -> Result<Answer, reqwest::Error> {
        let request = self
            .client
            .post(&self.endpoint)
            .basic_auth(&self.credentials.username, Some(self.credentials.password.reveal()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        request.send().await?.error_for_status()?.json().await
    }
}
