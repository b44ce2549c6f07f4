//! A group and what is done in it, as the documents that a worker would write.

use talkline_core::{
    conversation::{Command, Docs, Facts, Fold, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::Range,
    time::Timestamp,
};

pub(crate) const ANN: UserId = UserId::from_bytes([1; 16]);
pub(crate) const BOB: UserId = UserId::from_bytes([2; 16]);
pub(crate) const EVE: UserId = UserId::from_bytes([3; 16]);

/// Everything that is visible.
pub(crate) const ALL: Range = Range::Before {
    from: 1,
    before: u64::MAX,
};

/// A group of Ann and Bob.
pub(crate) struct Group {
    pub(crate) id: ConversationId,
    fold: Fold,
    next: u64,
}

impl Group {
    pub(crate) fn new(name: &str) -> Self {
        let id = ConversationId::group(ANN, name.as_bytes());
        let mut group = Self {
            id,
            fold: Fold::new(Facts::default(), []),
            next: 1,
        };
        let change = group.change();
        let create = Command::Create {
            change,
            kind: Kind::Group,
            name: None,
            members: vec![BOB],
            open_history: false,
        };
        group.push(ANN, create);
        group
    }

    pub(crate) fn send(&mut self, actor: UserId, text: &str) -> MessageId {
        let client_message_id = self.next.to_string();
        let message = MessageId::new(self.id, actor, &client_message_id);
        let content = Content {
            text: Some(text.to_owned()),
            ..Content::default()
        };
        let send = Command::Send {
            message,
            client_message_id,
            content,
        };
        self.push(actor, send);
        message
    }

    pub(crate) fn add(&mut self, add: &[UserId]) {
        let command = Command::Members {
            change: self.change(),
            add: add.to_vec(),
            remove: Vec::new(),
            promote: Vec::new(),
            demote: Vec::new(),
        };
        self.push(ANN, command);
    }

    pub(crate) fn change(&self) -> CommandId {
        CommandId::new(self.id, ANN, &self.next.to_be_bytes())
    }

    pub(crate) fn push(&mut self, actor: UserId, command: Command) {
        let record = Record {
            conversation: self.id,
            actor,
            at: Timestamp::from_millis(1_000 * self.next as i64),
            reply_to: None,
            command,
        };
        self.fold.push(Offset::new(0, self.next), &record);
        self.next += 1;
    }

    pub(crate) fn docs(self) -> Docs {
        self.fold.finish().docs
    }
}
