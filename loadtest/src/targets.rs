//! The gateways of the server under load, and who goes where: each socket has one at a time, requests take turns.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::target::{Error, Target};

/// One or more gateways of one server.
#[derive(Debug)]
pub struct Targets {
    /// Never empty.
    gateways: Vec<Target>,
    requests: AtomicUsize,
}

impl Targets {
    /// Reads the URLs of one or more gateways.
    ///
    /// # Errors
    /// When one is not as [`Target::parse`] wants it, or there is none.
    pub fn parse(urls: &[String]) -> Result<Self, Error> {
        if urls.is_empty() {
            return Err(Error::Missing);
        }
        let gateways = urls.iter().map(|url| Target::parse(url)).collect::<Result<_, _>>()?;
        let requests = AtomicUsize::new(0);
        Ok(Self { gateways, requests })
    }

    /// Connects to each once, to fail early and in one line.
    ///
    /// # Errors
    /// When one of them accepts no connection.
    pub async fn probe(&self) -> Result<(), Error> {
        for gateway in &self.gateways {
            gateway.probe().await?;
        }
        Ok(())
    }

    /// The gateway of that turn: neighbouring turns go to different ones, where there are several.
    #[must_use]
    pub fn of(&self, turn: usize) -> &Target {
        &self.gateways[turn % self.gateways.len()]
    }

    /// The gateway of the next request, so that a repeated one goes elsewhere.
    pub fn next(&self) -> &Target {
        self.of(self.requests.fetch_add(1, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round_and_a_repeated_request_goes_elsewhere() {
        let urls = ["http://a:1", "http://b:1"].map(str::to_owned);
        let targets = Targets::parse(&urls).unwrap();
        let hosts: Vec<_> = (0..3).map(|turn| targets.of(turn).host()).collect();
        assert_eq!(hosts, ["a", "b", "a"]);
        assert_ne!(targets.next().host(), targets.next().host());
        assert!(Targets::parse(&[]).is_err());
    }
}
