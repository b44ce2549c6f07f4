//! Whether the servers that ChatClusters name accept connections. One short try serves all who name an address, and its result is kept for
//! a while: a thousand ChatClusters on one Kafka are one connection a minute and not a thousand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    sync::OnceCell,
    time::{Instant, timeout},
};

/// How long a connection may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long a result is kept, at least; up to half as much again, so that the tries of many addresses spread.
const KEPT: Duration = Duration::from_secs(60);

/// What one try came to, for all who wait for it.
type Answer = Arc<OnceCell<Result<(), String>>>;

/// See the module.
#[derive(Default)]
pub(crate) struct Dependencies(Mutex<HashMap<String, (Instant, Answer)>>);

impl Dependencies {
    /// Whether one of the addresses of a server accepts a connection.
    ///
    /// # Errors
    /// What each of them said.
    pub(crate) async fn answers(&self, addresses: &[String]) -> Result<(), String> {
        let tries = futures::future::join_all(addresses.iter().map(|address| self.answer(address))).await;
        if tries.iter().any(Result::is_ok) {
            return Ok(());
        }
        let errors: Vec<String> = tries.into_iter().filter_map(Result::err).collect();
        Err(errors.join("; "))
    }

    async fn answer(&self, address: &str) -> Result<(), String> {
        let answer = self.kept(address);
        answer.get_or_init(|| attempt(address)).await.clone()
    }

    /// The result that is kept, or a new one to be had. What has run out goes, so that there are as many as addresses in use.
    fn kept(&self, address: &str) -> Answer {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (until, _)| *until > now);
        let entry = all.entry(address.to_owned()).or_insert_with(|| {
            let until = now + KEPT.mul_f64(rand::random_range(1.0..1.5));
            (until, Answer::default())
        });
        entry.1.clone()
    }
}

async fn attempt(address: &str) -> Result<(), String> {
    match timeout(DEADLINE, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("{address}: {error}")),
        Err(_) => Err(format!("{address}: no answer in {} s", DEADLINE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn one_of_several_is_enough_and_none_says_why() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap().to_string();
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = gone.local_addr().unwrap().to_string();
        drop(gone);
        let dependencies = Dependencies::default();
        assert_eq!(dependencies.answers(&[dead.clone(), alive]).await, Ok(()));
        let error = dependencies.answers(std::slice::from_ref(&dead)).await.unwrap_err();
        assert!(error.starts_with(&dead), "{error}");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_are_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = vec![listener.local_addr().unwrap().to_string()];
        let dependencies = Dependencies::default();
        let all = futures::future::join_all((0..100).map(|_| dependencies.answers(&address))).await;
        assert!(all.iter().all(Result::is_ok));
        drop(listener.accept().await.unwrap());
        let second = timeout(Duration::from_millis(100), listener.accept()).await;
        assert!(second.is_err(), "a second connection");
    }
}
