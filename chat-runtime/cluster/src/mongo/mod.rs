//! Store, accounts and search on MongoDB 6, a replica set or a sharded cluster.
//!
//! Operators give a connection string; collections and indexes make themselves (`layout` says what they hold, and by
//! which field to shard them). Nothing here needs transactions.

mod accounts;
mod belonging;
mod bulk;
mod config;
mod connection;
mod error;
mod expiry;
mod layout;
mod message;
mod metrics;
mod provision;
mod schema;
mod search;
mod settings;
mod sharding;
mod store;
mod value;

use std::sync::Arc;

use talkline_core::{
    Result,
    port::{Accounts, Search, Store},
};

pub use config::{Config, HistoryReads};
pub use metrics::Metrics;
pub use provision::{provision, remove};

use crate::LogIdentity;
use accounts::MongoAccounts;
use connection::Connection;
use search::MongoSearch;
use store::MongoStore;

/// The ports on one database.
pub struct Mongo {
    connection: Connection,
    store: Arc<MongoStore>,
    accounts: Arc<MongoAccounts>,
    search: Arc<MongoSearch>,
}

impl Mongo {
    /// Connects, and brings collections and indexes up to date.
    ///
    /// # Errors
    /// [`Unavailable`](talkline_core::ErrorKind::Unavailable) while no primary answers,
    /// [`Invalid`](talkline_core::ErrorKind::Invalid) for settings or credentials that cannot work, and
    /// [`SchemaTooNew`](talkline_core::ErrorKind::SchemaTooNew) where a newer program was.
    pub async fn connect(config: &Config, metrics: Metrics) -> Result<Self> {
        let connection = Connection::open(config, metrics).await?;
        schema::migrate(&connection).await?;
        Ok(Self {
            store: Arc::new(MongoStore::new(connection.clone(), config)),
            accounts: Arc::new(MongoAccounts::new(connection.clone())),
            search: Arc::new(MongoSearch::new(connection.clone(), config.index)),
            connection,
        })
    }

    /// Refuses a database that was filled from another log than `log`; from now on it belongs to that one.
    ///
    /// # Errors
    /// [`Conflict`](talkline_core::ErrorKind::Conflict) where it belongs to another one.
    pub async fn belongs_to(&self, log: &LogIdentity) -> Result<()> {
        belonging::claim(&self.connection, log).await
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// The accounts.
    pub fn accounts(&self) -> Arc<dyn Accounts> {
        self.accounts.clone()
    }

    /// The search.
    pub fn search(&self) -> Arc<dyn Search> {
        self.search.clone()
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// When it does not, within the timeout of a call.
    pub async fn ping(&self) -> Result<()> {
        self.connection.ping().await
    }

    /// Closes all connections. Whoever still holds a port gets errors.
    pub async fn close(self) {
        self.search.close().await;
        self.connection.close().await;
    }
}
