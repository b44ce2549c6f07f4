//! The log whose letters are looked at: that of a cluster, or the one in the data folder of `up`.

use std::{path::Path, sync::Arc};

use talkline_core::port::DeadLetters;
use talkline_embedded::{Embedded, OpenError, Options};

use crate::{cluster::Cluster, config::Effective, failure::Failure, patience::Patience, up::Folder};

/// A log that is open.
pub(super) enum Opened {
    /// Kafka.
    Servers(Cluster, Arc<dyn DeadLetters>),
    /// A file that no `up` has meanwhile.
    Folder(Embedded),
}

impl Opened {
    /// The log that these settings name.
    pub(super) async fn of(effective: Effective) -> Result<Self, Failure> {
        let process = effective.settings.process;
        match effective.servers.kafka {
            Some(kafka) => {
                let (cluster, letters) = Cluster::dead_letters(kafka, Patience::of(process.start)).await?;
                Ok(Self::Servers(cluster, letters))
            }
            None => Self::folder(Folder::existing(process.data, "chat")?.path()).await,
        }
    }

    async fn folder(path: &Path) -> Result<Self, Failure> {
        let opened = Embedded::open(path, Options::default()).await;
        opened.map(Self::Folder).map_err(|error| match error {
            OpenError::Locked { .. } => {
                Failure::usage(format_args!("{error}: stop the `talkline up` that has it first"))
            }
            error => Failure::usage(error),
        })
    }

    pub(super) fn letters(&self) -> Arc<dyn DeadLetters> {
        match self {
            Self::Servers(_, letters) => Arc::clone(letters),
            Self::Folder(embedded) => embedded.dead_letters(),
        }
    }

    pub(super) async fn close(self) {
        match self {
            Self::Servers(cluster, _) => cluster.close().await,
            Self::Folder(embedded) => embedded.close().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use talkline_core::{
        id::ConversationId,
        offset::Offset,
        port::{Log, LogRecord},
    };

    use super::*;

    async fn bury(log: &dyn Log) {
        let payload = Bytes::from_static(b"\xff");
        let key = ConversationId::from_bytes([1; 16]);
        let (partition, offset) = log.append(key, payload.clone(), None).await.unwrap();
        let record = LogRecord {
            offset,
            payload,
            trace: None,
        };
        log.bury(partition, &record, "not understood").await.unwrap();
    }

    #[tokio::test]
    async fn the_letters_of_a_folder_are_there_when_up_has_ended() {
        let root = tempfile::tempdir().unwrap();
        let up = Embedded::open(root.path(), Options::default()).await.unwrap();
        bury(&*up.log()).await;
        let refused = format!("{:?}", Opened::folder(root.path()).await.err());
        assert!(
            refused.contains("stop the `talkline up` that has it first"),
            "{refused}"
        );
        up.close().await;

        let opened = Opened::folder(root.path()).await.ok().unwrap();
        let list = async || opened.letters().list((0, Offset::ZERO), 10).await.unwrap();
        let found = list().await;
        assert_eq!(found.len(), 1);
        opened.letters().replay(&found[0]).await.unwrap();
        assert_eq!(list().await, []);
        opened.close().await;
    }
}
