//! Passwords' hashes: Argon2id, computed off the async threads, few at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::{PasswordHash, Salt},
};
use talkline_core::{Error, ErrorKind};
use tokio::sync::Semaphore;

use crate::{
    config::Hashing,
    problem::{Code, Problem},
};

/// Hashes and compares passwords.
pub struct Passwords {
    argon2: Argon2<'static>,
    running: Semaphore,
    /// Running and waiting.
    admitted: Arc<AtomicUsize>,
    limit: usize,
    /// Compared with when there is no such account, so that the answer takes as long.
    nobody: tokio::sync::OnceCell<String>,
}

impl Passwords {
    /// With these costs and bounds.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when Argon2 cannot work with the costs.
    pub fn new(config: &Hashing) -> talkline_core::Result<Self> {
        let params = Params::new(config.memory_kib, config.passes, 1, None)
            .map_err(|cause| Error::new(ErrorKind::Invalid, "passwords.new", cause))?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            running: Semaphore::new(config.concurrency.max(1)),
            admitted: Arc::default(),
            limit: config.concurrency.max(1).saturating_add(config.queue),
            nobody: tokio::sync::OnceCell::new(),
        })
    }

    /// How many hashes run or wait.
    pub fn pending(&self) -> usize {
        self.admitted.load(Ordering::Relaxed)
    }

    /// The hash to store: a PHC string with its own salt.
    ///
    /// # Errors
    /// `OVERLOADED` when too many wait; `INTERNAL` when hashing fails.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let argon2 = self.argon2.clone();
        self.run(move || {
            let salt: [u8; Salt::RECOMMENDED_LENGTH] = rand::random();
            let hash: Result<PasswordHash, _> = argon2.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| {
            tracing::error!(%error, "a password cannot be hashed");
            Problem::new(Code::Internal)
        })
    }

    /// Whether this is the password of `stored`; without one it is not, after the same time.
    ///
    /// # Errors
    /// `OVERLOADED` when too many wait; `INTERNAL` when hashing fails.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Problem> {
        let exists = stored.is_some();
        let stored = match stored {
            Some(hash) => hash,
            None => self
                .nobody
                .get_or_try_init(|| self.hash("nobody".into()))
                .await?
                .clone(),
        };
        let argon2 = self.argon2.clone();
        let same = self
            .run(move || {
                let hash = PasswordHash::new(&stored);
                hash.is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(same && exists)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = Place::take(&self.admitted, self.limit).ok_or_else(|| Problem::new(Code::Overloaded))?;
        let _turn = self
            .running
            .acquire()
            .await
            .map_err(|_| Problem::new(Code::Unavailable))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "hashing a password failed");
            Problem::new(Code::Internal)
        })
    }
}

/// A place among those that run or wait, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(admitted: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let more = |count: usize| (count < limit).then_some(count + 1);
        let taken = admitted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.is_ok().then(|| Self(admitted.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap(queue: usize) -> Passwords {
        let config = Hashing {
            memory_kib: 8,
            passes: 1,
            concurrency: 1,
            queue,
        };
        Passwords::new(&config).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_passes() {
        let passwords = cheap(4);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse".into()).await.unwrap());
        assert!(
            passwords
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("wrong".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody".into(), None).await.unwrap());
        assert!(!passwords.verify("x".into(), Some("not a hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_so() {
        let passwords = cheap(1);
        let results = futures::future::join_all((0..8).map(|_| passwords.hash("secret".into()))).await;
        let refused = results.iter().filter_map(|result| result.as_ref().err());
        assert!(refused.clone().all(|problem| problem.code() == Code::Overloaded));
        assert_eq!(refused.count(), 6);
        assert_eq!(passwords.pending(), 0);
    }

    #[test]
    fn impossible_costs_are_refused() {
        let config = Hashing {
            memory_kib: 1,
            ..Hashing::default()
        };
        assert!(Passwords::new(&config).is_err());
    }
}
