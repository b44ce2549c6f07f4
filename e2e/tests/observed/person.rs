//! What the load does not do: somebody scrolls, and searches.

use anyhow::Result;
use talkline_e2e::{Cluster, eventually};

/// Reads the newest messages and older ones at both gateways, until a search has found one.
pub(crate) async fn reads_and_searches(cluster: &Cluster) -> Result<()> {
    let api = cluster.api(0)?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    for index in 0..60 {
        let message = serde_json::json!({
            "conversationId": conversation,
            "clientMessageId": format!("m-{index}"),
            "text": "a needle",
        });
        api.post("/api/v1/chat/send", Some(&ann.access), &message)
            .await?
            .expect(202)?;
    }
    let history = format!("/api/v1/messages/conversation/{conversation}");
    for gateway in [0, 1] {
        for page in ["limit=20", "limit=20&beforeSeq=5"] {
            let read = format!("{history}?{page}");
            cluster.api(gateway)?.get(&read, Some(&ann.access)).await?.expect(200)?;
        }
    }
    eventually("a message is found", async || {
        let found = api
            .get("/api/v1/search/messages?q=needle", Some(&ann.access))
            .await?
            .expect(200)?;
        Ok(found.body.contains("a needle").then_some(()))
    })
    .await
}
