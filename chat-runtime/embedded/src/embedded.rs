//! Everything of one data folder, opened and closed together.

use std::{path::Path, sync::Arc};

use talkline_core::port::{Accounts, DeadLetters, FanOut, Limits, Log, Presence, Recent, Search, Store};

use crate::{
    Options,
    accounts::SqliteAccounts,
    database::{Database, OpenError},
    log::SqliteLog,
    memory::{MemoryFanOut, MemoryLimits, MemoryPresence, MemoryRecent},
    search::{SqliteSearch, Touched},
    store::SqliteStore,
};

/// The ports of one machine, over one data folder.
///
/// Dropped without [`close`](Embedded::close), it also writes what it has accepted, but nobody waits for that.
pub struct Embedded {
    database: Database,
    log: Arc<SqliteLog>,
    store: Arc<SqliteStore>,
    search: Arc<SqliteSearch>,
    accounts: Arc<SqliteAccounts>,
    fan_out: Arc<MemoryFanOut>,
    limits: Arc<MemoryLimits>,
    presence: Arc<MemoryPresence>,
    recent: Arc<MemoryRecent>,
}

impl Embedded {
    /// Opens the data folder `dir`, which is made if it is missing and belongs to one process at a time. The file in it
    /// is checked and, if an older program wrote it, migrated.
    ///
    /// # Errors
    /// See [`OpenError`]: each names the path and says what to do.
    pub async fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let database = Database::open(dir, &options).await?;
        let log = Arc::new(SqliteLog::open(database.clone()).await?);
        let touched = Arc::new(Touched::new());
        let store = Arc::new(SqliteStore::new(database.clone(), touched.clone()));
        let search = SqliteSearch::open(dir, &options, database.clone(), store.clone(), touched).await?;
        Ok(Self {
            store,
            search: Arc::new(search),
            accounts: Arc::new(SqliteAccounts::new(database.clone())),
            fan_out: Arc::new(MemoryFanOut::new(options.inbox)),
            limits: Arc::new(MemoryLimits::new()),
            presence: Arc::new(MemoryPresence::new(options.presence_expiry)),
            recent: Arc::new(MemoryRecent::new()),
            log,
            database,
        })
    }

    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    /// What could not be understood and was put aside.
    pub fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        self.log.clone()
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// The search.
    pub fn search(&self) -> Arc<dyn Search> {
        self.search.clone()
    }

    /// The accounts.
    pub fn accounts(&self) -> Arc<dyn Accounts> {
        self.accounts.clone()
    }

    /// The fan-out.
    pub fn fan_out(&self) -> Arc<dyn FanOut> {
        self.fan_out.clone()
    }

    /// The rate limits.
    pub fn limits(&self) -> Arc<dyn Limits> {
        self.limits.clone()
    }

    /// Who is there.
    pub fn presence(&self) -> Arc<dyn Presence> {
        self.presence.clone()
    }

    /// The newest messages of conversations that are read.
    pub fn recent(&self) -> Arc<dyn Recent> {
        self.recent.clone()
    }

    /// Writes what was accepted, moves the write-ahead log into the file and frees the folder. Whoever still holds a
    /// port gets errors of kind [`Closed`](talkline_core::ErrorKind::Closed) from then on.
    pub async fn close(self) {
        self.fan_out.close();
        self.search.close().await;
        self.database.close().await;
    }
}
