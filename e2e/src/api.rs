//! REST as a client speaks it. Every call has a deadline.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{Account, DEADLINE};

/// Messages that one request for history asks for: as many as it may.
const PAGE: usize = 200;

/// One server's REST routes.
#[derive(Clone)]
pub struct Api {
    client: Client,
    address: SocketAddr,
}

/// What a route answered.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Api {
    /// The server at `address`.
    ///
    /// # Errors
    /// When there can be no HTTP client here.
    pub fn new(address: SocketAddr) -> Result<Self> {
        let client = Client::builder().timeout(DEADLINE).no_proxy().build()?;
        Ok(Self { client, address })
    }

    /// GET `path`; with an access token, if there is one.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Reply> {
        self.exchange(self.client.get(self.url(path)), token).await
    }

    /// POST a body of JSON to `path`; with an access token, if there is one.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Reply> {
        self.exchange(self.client.post(self.url(path)).json(body), token).await
    }

    /// Makes `NAME@example.org` a user.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn register(&self, name: &str) -> Result<Account> {
        let body = json!({ "email": format!("{name}@example.org"), "password": password(name), "name": name });
        let reply = self.post("/api/v1/auth/register", None, &body).await?;
        Account::of(&reply.expect(201)?)
    }

    /// Logs in who was [registered](Self::register) under this name.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn log_in(&self, name: &str) -> Result<Account> {
        self.log_in_with(&format!("{name}@example.org"), &password(name)).await
    }

    /// Logs in with an address and a password.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn log_in_with(&self, email: &str, password: &str) -> Result<Account> {
        let body = json!({ "email": email, "password": password });
        let reply = self.post("/api/v1/auth/login", None, &body).await?;
        Account::of(&reply.expect(200)?)
    }

    /// Opens the direct conversation of two users; its id.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn converse(&self, one: &Account, other: &Account) -> Result<String> {
        let body = json!({ "type": "direct", "members": [other.id] });
        let reply = self.post("/api/v1/conversations", Some(&one.access), &body).await?;
        Ok(text(&reply.expect(201)?.json()?, "id")?.to_owned())
    }

    /// All messages of a conversation, oldest first.
    ///
    /// # Errors
    /// When that is refused, or a page claims to go on and does not.
    pub async fn history(&self, token: &str, conversation: &str) -> Result<Vec<Value>> {
        let mut messages = Vec::new();
        loop {
            let after = messages.last().map_or(Ok(0), |message| number(message, "seq"))?;
            let path = format!("/api/v1/messages/conversation/{conversation}?afterSeq={after}&limit={PAGE}");
            let page = self.get(&path, Some(token)).await?.expect(200)?.json()?;
            let found = page["messages"].as_array().context("no messages")?;
            messages.extend_from_slice(found);
            match page["hasMore"].as_bool().context("no hasMore")? {
                true => ensure!(!found.is_empty(), "hasMore, and nothing came"),
                false => return Ok(messages),
            }
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn exchange(&self, request: RequestBuilder, token: Option<&str>) -> Result<Reply> {
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await?;
        Ok(Reply {
            status: response.status().as_u16(),
            body: response.text().await?,
        })
    }
}

impl Reply {
    /// This answer, if it has that status.
    ///
    /// # Errors
    /// When it has another one.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{status} was expected: {self:?}");
        Ok(self)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("JSON was expected: {self:?}"))
    }
}

/// A field that must be text.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .with_context(|| format!("no text {field} in {value}"))
}

/// A field that must be a whole number.
fn number(value: &Value, field: &str) -> Result<u64> {
    value[field]
        .as_u64()
        .with_context(|| format!("no number {field} in {value}"))
}

/// Everybody's password follows from the name, so that nobody has to keep it.
fn password(name: &str) -> String {
    format!("the password of {name}")
}
