//! A group, what is said in it, and what somebody finds of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    conversation::{Command, Facts, Fold, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::{Hit, Scope, Search, SearchQuery, Store},
    time::Timestamp,
};

/// The group's creator, who may do everything in it.
pub(super) const ANN: UserId = UserId::from_bytes([1; 16]);
/// A member from the start.
pub(super) const BOB: UserId = UserId::from_bytes([2; 16]);

/// How long "eventually" may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A group of Ann and Bob.
pub(super) struct Room {
    pub(super) id: ConversationId,
    records: Vec<Record>,
}

impl Room {
    pub(super) fn new(name: &str) -> Self {
        let id = ConversationId::group(ANN, name.as_bytes());
        let mut room = Self {
            id,
            records: Vec::new(),
        };
        let command = Command::Create {
            change: room.change(),
            kind: Kind::Group,
            name: None,
            members: vec![BOB],
            open_history: false,
        };
        room.push(ANN, command);
        room
    }

    /// A message, accepted one second after whatever happened before it.
    pub(super) fn say(&mut self, sender: UserId, text: &str) -> MessageId {
        let client_message_id = self.records.len().to_string();
        let message = MessageId::new(self.id, sender, &client_message_id);
        let content = Content {
            text: Some(text.to_owned()),
            ..Content::default()
        };
        let command = Command::Send {
            message,
            client_message_id,
            content,
        };
        self.push(sender, command);
        message
    }

    pub(super) fn edit(&mut self, message: MessageId, text: &str) {
        let (change, text) = (self.change(), text.to_owned());
        self.push(ANN, Command::Edit { change, message, text });
    }

    pub(super) fn delete(&mut self, message: MessageId) {
        let change = self.change();
        self.push(ANN, Command::Delete { change, message });
    }

    /// The messages up to `through` expire.
    pub(super) fn expire(&mut self, through: u64) {
        self.records.push(Record::expire(self.id, through, self.now()));
    }

    /// When the next message will be accepted.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000 * self.records.len() as i64)
    }

    /// Writes everything so far; what was written before changes nothing.
    pub(super) async fn store(&self, store: &dyn Store) {
        let mut fold = Fold::new(Facts::default(), []);
        for (place, record) in self.records.iter().enumerate() {
            fold.push(Offset::new(0, 10 + place as u64), record);
        }
        assert_eq!(store.write(&fold.finish().docs).await.unwrap(), [], "no conflicts");
    }

    /// All of the room.
    pub(super) fn scope(&self) -> Scope {
        Scope {
            conversation: self.id,
            history_from: 1,
        }
    }

    /// This text, everywhere in the room.
    pub(super) fn query(&self, text: &str) -> SearchQuery {
        SearchQuery {
            text: text.to_owned(),
            scopes: vec![self.scope()],
            ..SearchQuery::default()
        }
    }

    fn change(&self) -> CommandId {
        CommandId::new(self.id, ANN, &self.records.len().to_be_bytes())
    }

    fn push(&mut self, actor: UserId, command: Command) {
        self.records.push(Record {
            conversation: self.id,
            actor,
            at: self.now(),
            reply_to: None,
            command,
        });
    }
}

/// The messages that are found, newest first.
pub(super) async fn found(search: &dyn Search, query: &SearchQuery) -> Vec<MessageId> {
    let hits = search.search(query, 100).await.unwrap().hits;
    hits.iter().map(|hit| hit.place.message).collect()
}

/// Waits until exactly these are found, and gives the hits.
pub(super) async fn finds(search: &dyn Search, query: &SearchQuery, expected: &[MessageId]) -> Vec<Hit> {
    let end = Instant::now() + PATIENCE;
    loop {
        let hits = search.search(query, 100).await.unwrap().hits;
        if hits.iter().map(|hit| hit.place.message).eq(expected.iter().copied()) {
            return hits;
        }
        assert!(Instant::now() < end, "{query:?} finds {hits:?} and not {expected:?}");
        sleep(Duration::from_millis(10)).await;
    }
}
