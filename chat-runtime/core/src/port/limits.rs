//! Rate limits, shared by all gateways.

use async_trait::async_trait;

use crate::{
    error::Result,
    limit::{Decision, Quota},
};

/// Counters by key.
///
/// Law: for one key and quota, the answers are those of [`crate::limit::SlidingWindow`] fed with the calls in some order
/// (a shared adapter may use another clock). Counters that have run out are forgotten: memory is bounded by the keys
/// in use.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Asks for one permit.
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision>;

    /// What [`take`](Limits::take) would answer.
    async fn peek(&self, key: &str, quota: Quota) -> Result<Decision>;
}
