//! The reference adapters keep the laws that they are the reference for.

use std::sync::Arc;

use talkline_core::{
    port::Store,
    suite::{
        self,
        memory::{MemoryRecent, MemoryStore},
    },
};

#[tokio::test]
async fn store() {
    suite::store::store(3, async || Arc::new(MemoryStore::new(3)) as Arc<dyn Store>).await;
}

#[tokio::test]
async fn recent() {
    suite::recent::recent(Arc::new(MemoryRecent::default()), suite::recent::Memberships::Kept, 200).await;
}
