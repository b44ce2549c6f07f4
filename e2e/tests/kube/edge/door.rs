//! A name and a port of this machine that lead to a controller. It serves by names, and no address is one.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::Result;
use reqwest::{Client, header::SET_COOKIE};
use talkline_e2e::{Proxy, again_and_again, in_time_of};

/// How long one answer may take.
const TRY: Duration = Duration::from_secs(1);
/// The operator looks for APIs every 30 s.
const NOTICED: Duration = Duration::from_secs(90);
/// What keeps somebody at a gateway.
const COOKIE: &str = "talkline=";

pub(super) struct Door {
    proxy: Proxy,
    client: Client,
}

impl Door {
    /// Opens one to the controller's address.
    pub(super) async fn to(controller: &str) -> Result<Self> {
        let server = format!("{controller}:80").parse()?;
        Ok(Self {
            proxy: Proxy::start((Ipv4Addr::LOCALHOST, 0).into(), server).await?,
            client: Client::builder().timeout(TRY).no_proxy().build()?,
        })
    }

    /// The name.
    pub(super) fn host(&self) -> &'static str {
        "localhost"
    }

    /// The name and the port.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host(), self.proxy.address().port())
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Waits until the chat is behind it, and answers come with a cookie or without one.
    pub(super) async fn opens(&self, is_sticky: bool) -> Result<()> {
        self.answers(200, is_sticky).await
    }

    /// Waits until nothing is behind it any more.
    pub(super) async fn closes(&self) -> Result<()> {
        self.answers(404, false).await
    }

    async fn answers(&self, status: u16, is_sticky: bool) -> Result<()> {
        let what = format!("{} answers with {status}, sticky: {is_sticky}", self.url());
        in_time_of(
            NOTICED,
            &what,
            again_and_again(async || Ok(self.is(status, is_sticky).await.then_some(()))),
        )
        .await
    }

    async fn is(&self, status: u16, is_sticky: bool) -> bool {
        let Ok(answer) = self.client.get(format!("{}/openapi.json", self.url())).send().await else {
            return false;
        };
        let mut cookies = answer.headers().get_all(SET_COOKIE).iter();
        let has_one = cookies.any(|cookie| cookie.to_str().is_ok_and(|cookie| cookie.starts_with(COOKIE)));
        answer.status() == status && has_one == is_sticky
    }
}
