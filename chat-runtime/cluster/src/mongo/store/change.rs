//! Changes from and to documents.

use mongodb::bson::{self, RawBsonRef, RawDocument, RawDocumentBuf, raw::cstr};
use talkline_core::conversation::Change;

use crate::mongo::{
    error::Failure,
    value::{self, field, integer, raw_binary},
};

/// A document of a change.
pub(super) fn write(change: &Change) -> Result<RawDocumentBuf, Failure> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(change.id.as_bytes()));
    document.append(cstr!("conversationId"), raw_binary(change.conversation.as_bytes()));
    document.append(cstr!("changeSeq"), integer(change.change_seq));
    document.append(cstr!("o"), integer(change.offset.get()));
    document.append(cstr!("b"), bson::serialize_to_raw_document_buf(change)?);
    Ok(document)
}

/// A change from its document.
pub(super) fn read(document: &RawDocument) -> Result<Change, Failure> {
    body(field(document, "b")?)
}

/// A change from the field that holds it.
pub(super) fn body(value: RawBsonRef<'_>) -> Result<Change, Failure> {
    let body = value::document(value)?;
    bson::deserialize_from_slice(body.as_bytes()).map_err(|_| Failure::Corrupt("a stored change cannot be understood"))
}

#[cfg(test)]
mod tests {
    use talkline_core::{
        conversation::{ChangeKind, Kind, Member, Role},
        id::{CommandId, ConversationId, MessageId, UserId},
        offset::Offset,
        time::Timestamp,
    };

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let (ann, conversation) = (UserId::from_bytes([1; 16]), ConversationId::from_bytes([7; 16]));
        let message = MessageId::new(conversation, ann, "1");
        let member = Member {
            role: Role::Admin,
            since: Offset::new(3, 1 << 40),
            history_from: 1,
            changes_after: 0,
        };
        let (emoji, text) = ("a.b$c".to_owned(), "$x\0".to_owned());
        for kind in [
            ChangeKind::Created {
                kind_of: Kind::Group,
                name: None,
                open_history: true,
                members: vec![(ann, member)],
            },
            ChangeKind::Edited { message, text },
            ChangeKind::Deleted { message },
            ChangeKind::Reacted {
                message,
                emoji,
                on: true,
            },
            ChangeKind::Renamed { name: "new".to_owned() },
            ChangeKind::Members {
                joined: vec![(ann, member)],
                left: vec![ann],
            },
        ] {
            let change = Change {
                id: CommandId::from_bytes([9; 16]),
                conversation,
                change_seq: 12,
                offset: Offset::MAX,
                actor: ann,
                at: Timestamp::from_millis(1_700_000_000_007),
                message_seq: Some(3),
                kind,
            };
            assert_eq!(read(&write(&change).unwrap()).unwrap(), change);
        }
    }
}
