//! Store, accounts and search on MongoDB.
