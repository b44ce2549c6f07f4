//! A group and what is done in it, as the documents that a worker would write.

use crate::{
    conversation::{Command, Docs, Facts, Fold, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::{Range, Store},
    time::Timestamp,
};

/// The group's creator and admin.
pub(super) const ANN: UserId = UserId::from_bytes([1; 16]);
/// A member from the start.
pub(super) const BOB: UserId = UserId::from_bytes([2; 16]);
/// Somebody who comes later, or never.
pub(super) const EVE: UserId = UserId::from_bytes([3; 16]);
/// Everything that is visible, from the newest on.
pub(super) const ALL: Range = Range::Before {
    from: 1,
    before: u64::MAX,
};

/// A group of Ann and Bob, and what is done in it, as documents.
pub(super) struct Group {
    pub(super) id: ConversationId,
    pub(super) fold: Fold,
    pub(super) next: u64,
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        let id = ConversationId::group(ANN, name.as_bytes());
        let mut group = Self {
            id,
            fold: Fold::new(Facts::default(), []),
            next: 10,
        };
        let change = CommandId::new(id, ANN, b"create");
        let name = Some(name.to_owned());
        group.push(
            ANN,
            Command::Create {
                change,
                kind: Kind::Group,
                name,
                members: vec![BOB],
                open_history: false,
            },
        );
        group
    }

    pub(super) fn push(&mut self, actor: UserId, command: Command) {
        let at = Timestamp::from_millis(1_000 + self.next as i64);
        let record = Record {
            conversation: self.id,
            actor,
            at,
            reply_to: None,
            command,
        };
        self.fold.push(Offset::new(0, self.next), &record);
        self.next += 1;
    }

    pub(super) fn send(&mut self, actor: UserId, name: &str) -> MessageId {
        let message = MessageId::new(self.id, actor, name);
        let content = Content {
            text: Some(format!("text {name}")),
            ..Content::default()
        };
        self.push(
            actor,
            Command::Send {
                message,
                client_message_id: name.to_owned(),
                content,
            },
        );
        message
    }

    pub(super) fn change(&self, request: &str) -> CommandId {
        CommandId::new(self.id, ANN, request.as_bytes())
    }

    pub(super) fn edit(&mut self, message: MessageId, text: &str) {
        self.push(
            ANN,
            Command::Edit {
                change: self.change(text),
                message,
                text: text.to_owned(),
            },
        );
    }

    pub(super) fn expire(&mut self, through: u64) {
        let at = Timestamp::from_millis(1_000 + self.next as i64);
        self.fold
            .push(Offset::new(0, self.next), &Record::expire(self.id, through, at));
        self.next += 1;
    }

    pub(super) fn members(&mut self, add: &[UserId], remove: &[UserId]) {
        let change = self.change(&format!("{add:?}{remove:?}{}", self.next));
        let (add, remove) = (add.to_vec(), remove.to_vec());
        self.push(
            ANN,
            Command::Members {
                change,
                add,
                remove,
                promote: Vec::new(),
                demote: Vec::new(),
            },
        );
    }

    pub(super) fn docs(self) -> Docs {
        self.fold.finish().docs
    }
}

pub(super) async fn write(store: &dyn Store, docs: &Docs) {
    assert_eq!(store.write(docs).await.unwrap(), [], "no conflicts");
}

pub(super) async fn seqs(store: &dyn Store, id: ConversationId, range: Range, limit: usize) -> (Vec<u64>, bool) {
    let page = store.page(id, range, limit).await.unwrap();
    (page.messages.iter().map(|message| message.seq).collect(), page.has_more)
}
