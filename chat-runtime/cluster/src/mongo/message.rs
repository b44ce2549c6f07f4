//! Messages from and to documents. They are written and read field by field where they lie: most of a worker's and of a
//! reader's time here would otherwise go into copies.

use std::collections::HashSet;

use mongodb::bson::{DateTime, Document, RawBsonRef, RawDocument, RawDocumentBuf, doc, raw::CString, raw::cstr};
use talkline_core::{
    id::{AttachmentId, MessageId, UserId},
    message::{Attachment, Content, Message, Projection},
    offset::Offset,
    time::Timestamp,
};

use super::{
    error::Failure,
    value::{self, binaries, boolean, date, field, integer, number, raw_binary, text, time, user},
};

/// Base64 of a user's id, with which the name of a reaction's field begins.
const USER_TEXT: usize = 22;

/// A document of a message, as it was sent.
pub(super) fn write(message: &Message) -> Result<RawDocumentBuf, Failure> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(message.id.as_bytes()));
    document.append(cstr!("conversationId"), raw_binary(message.conversation().as_bytes()));
    document.append(cstr!("seq"), integer(message.seq));
    document.append(cstr!("o"), integer(message.offset.get()));
    document.append(cstr!("s"), raw_binary(message.sender.as_bytes()));
    document.append(cstr!("k"), message.client_message_id.as_str());
    document.append(cstr!("t"), date(message.created_at));
    write_content(&mut document, &message.content);
    write_projection(&mut document, &message.changes)?;
    Ok(document)
}

fn write_content(document: &mut RawDocumentBuf, content: &Content) {
    if let Some(text) = &content.text {
        document.append(cstr!("x"), text.as_str());
    }
    if let Some(attachment) = &content.attachment {
        document.append(cstr!("a"), write_attachment(attachment));
    }
    if let Some(target) = &content.reply_to {
        document.append(cstr!("r"), raw_binary(target.as_bytes()));
    }
    if let Some(source) = &content.forward_of {
        document.append(cstr!("f"), raw_binary(source.as_bytes()));
    }
}

fn write_attachment(attachment: &Attachment) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("i"), raw_binary(attachment.id.as_bytes()));
    document.append(cstr!("c"), attachment.content_type.as_str());
    if let Some(width) = attachment.width {
        document.append(cstr!("w"), i64::from(width));
    }
    if let Some(height) = attachment.height {
        document.append(cstr!("h"), i64::from(height));
    }
    document.append(cstr!("s"), integer(attachment.size));
    document
}

/// A message that a worker writes has none yet; one that is copied from another store may.
fn write_projection(document: &mut RawDocumentBuf, changes: &Projection) -> Result<(), Failure> {
    if changes.change_seq > 0 {
        document.append(cstr!("v"), integer(changes.change_seq));
    }
    if let Some(edited) = changes.edited {
        document.append(cstr!("e"), word(edited));
    }
    if let Some(deleted) = changes.deleted {
        document.append(cstr!("d"), word(deleted));
    }
    let mut reactions = RawDocumentBuf::new();
    for (emoji, users) in &changes.reactions {
        for (user, (offset, on)) in users {
            let name = CString::try_from(reaction_field(*user, emoji))?;
            let reaction = doc! { "o": integer(offset.get()), "on": *on, "e": emoji };
            reactions.append(&name, RawDocumentBuf::try_from(reaction)?);
        }
    }
    if !reactions.is_empty() {
        document.append(cstr!("w"), reactions);
    }
    Ok(())
}

fn word((offset, at): (Offset, Timestamp)) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("o"), integer(offset.get()));
    document.append(cstr!("t"), date(at));
    document
}

/// The name of the field in which a user's reaction stands: without the characters that mean something in a path.
pub(super) fn reaction_field(user: UserId, emoji: &str) -> String {
    let mut name = user.to_string();
    for character in emoji.chars() {
        match character {
            '%' => name.push_str("%25"),
            '.' => name.push_str("%2e"),
            '$' => name.push_str("%24"),
            '\0' => name.push_str("%00"),
            other => name.push(other),
        }
    }
    name
}

/// A message from its document.
pub(super) fn read(document: &RawDocument) -> Result<Message, Failure> {
    let mut message = Message {
        id: MessageId::from_bytes([0; 28]),
        seq: 0,
        offset: Offset::ZERO,
        sender: UserId::from_bytes([0; 16]),
        client_message_id: String::new(),
        created_at: Timestamp::default(),
        content: Content::default(),
        changes: Projection::default(),
    };
    for element in document {
        let (name, value) = element?;
        read_field(&mut message, name.as_str(), value)?;
    }
    Ok(message)
}

fn read_field(message: &mut Message, name: &str, value: RawBsonRef<'_>) -> Result<(), Failure> {
    let (content, changes) = (&mut message.content, &mut message.changes);
    match name {
        "_id" => message.id = id(value)?,
        "seq" => message.seq = number(value)?,
        "o" => message.offset = value::offset(value)?,
        "s" => message.sender = user(value)?,
        "k" => message.client_message_id = text(value)?.to_owned(),
        "t" => message.created_at = time(value)?,
        "x" => content.text = Some(text(value)?.to_owned()),
        "a" => content.attachment = Some(attachment(value::document(value)?)?),
        "r" => content.reply_to = Some(id(value)?),
        "f" => content.forward_of = Some(id(value)?),
        "v" => changes.change_seq = number(value)?,
        "e" => changes.edited = Some(read_word(value)?),
        "d" => changes.deleted = Some(read_word(value)?),
        "w" => reactions(changes, value::document(value)?)?,
        _ => {}
    }
    Ok(())
}

/// The filter for messages by their ids.
pub(super) fn filter<'m>(ids: impl IntoIterator<Item = &'m MessageId>) -> Document {
    let (mut messages, mut conversations) = (Vec::new(), HashSet::new());
    for id in ids {
        messages.push(&id.as_bytes()[..]);
        conversations.insert(id.conversation());
    }
    let conversations = binaries(conversations.iter().map(|id| &id.as_bytes()[..]));
    doc! { "_id": { "$in": binaries(messages) }, "conversationId": { "$in": conversations } }
}

/// What changes have made of a message, from a document of which only that was asked for.
pub(super) fn projected() -> Document {
    doc! { "seq": 1, "v": 1, "e": 1, "d": 1, "w": 1 }
}

pub(super) fn id(value: RawBsonRef<'_>) -> Result<MessageId, Failure> {
    MessageId::from_slice(value::bytes(value)?)
        .map_err(|_| Failure::Corrupt("a stored message's id has another length"))
}

/// The offset and time of an edit or a deletion.
pub(super) fn read_word(value: RawBsonRef<'_>) -> Result<(Offset, Timestamp), Failure> {
    let document = value::document(value)?;
    Ok((value::offset(field(document, "o")?)?, time(field(document, "t")?)?))
}

fn attachment(document: &RawDocument) -> Result<Attachment, Failure> {
    const STRANGE: Failure = Failure::Corrupt("a stored attachment cannot be understood");
    let pixels = |name| {
        let pixels = document.get(name)?.map(number).transpose()?;
        pixels
            .map(|pixels| u32::try_from(pixels).map_err(|_| STRANGE))
            .transpose()
    };
    Ok(Attachment {
        id: AttachmentId::from_slice(value::bytes(field(document, "i")?)?).map_err(|_| STRANGE)?,
        content_type: text(field(document, "c")?)?.to_owned(),
        width: pixels("w")?,
        height: pixels("h")?,
        size: number(field(document, "s")?)?,
    })
}

fn reactions(changes: &mut Projection, document: &RawDocument) -> Result<(), Failure> {
    const STRANGE: Failure = Failure::Corrupt("a stored reaction is of nobody");
    for element in document {
        let (name, value) = element?;
        let who = name
            .as_str()
            .get(..USER_TEXT)
            .and_then(|user| user.parse().ok())
            .ok_or(STRANGE)?;
        let reaction = value::document(value)?;
        let word = (value::offset(field(reaction, "o")?)?, boolean(field(reaction, "on")?)?);
        let emoji = text(field(reaction, "e")?)?.to_owned();
        changes.reactions.entry(emoji).or_default().insert(who, word);
    }
    Ok(())
}

/// A time as an update writes it.
pub(super) fn dated((offset, at): (Offset, Timestamp)) -> Document {
    doc! { "o": integer(offset.get()), "t": DateTime::from_millis(at.as_millis()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talkline_core::id::ConversationId;

    #[test]
    fn what_is_written_is_read() {
        let ann = UserId::from_bytes([1; 16]);
        let id = MessageId::new(ConversationId::from_bytes([7; 16]), ann, "1");
        let at = (Offset::new(1, 5), Timestamp::from_millis(-7));
        let mut message = Message {
            id,
            seq: 3,
            offset: Offset::new(2, 9),
            sender: ann,
            client_message_id: "1".to_owned(),
            created_at: Timestamp::from_millis(1_700_000_000_007),
            content: Content {
                text: Some("👍 .$".to_owned()),
                attachment: Some(Attachment {
                    id: AttachmentId::from_bytes([5; 16]),
                    content_type: "image/png".to_owned(),
                    width: Some(3),
                    height: None,
                    size: 1 << 40,
                }),
                reply_to: Some(id),
                forward_of: Some(id),
            },
            changes: Projection {
                change_seq: 4,
                edited: Some(at),
                deleted: Some(at),
                ..Projection::default()
            },
        };
        for emoji in ["👍", "a.b$c%2e", "\0"] {
            let users = message.changes.reactions.entry(emoji.to_owned()).or_default();
            users.insert(ann, (Offset::new(0, 1), true));
        }
        assert_eq!(read(&write(&message).unwrap()).unwrap(), message);
        let plain = Message {
            content: Content::default(),
            changes: Projection::default(),
            ..message
        };
        assert_eq!(read(&write(&plain).unwrap()).unwrap(), plain);
    }

    #[test]
    fn two_reactions_never_share_a_field() {
        let field = |emoji| reaction_field(UserId::from_bytes([1; 16]), emoji);
        assert_ne!(field("."), field("%2e"));
        assert!(!field("a.$b").contains(['.', '$']));
    }
}
