//! Messages as bytes.

use std::collections::BTreeMap;

use talkline_core::{
    id::{AttachmentId, MessageId, UserId},
    message::{Attachment, Content, Message, Projection},
    offset::Offset,
    time::Timestamp,
};

use super::bytes::{Read, Reader, Unreadable, Write};

pub(super) fn write(bytes: &mut Vec<u8>, message: &Message) {
    bytes.extend_from_slice(message.id.as_bytes());
    bytes.number(message.seq);
    bytes.number(message.offset.get());
    bytes.extend_from_slice(message.sender.as_bytes());
    bytes.text(&message.client_message_id);
    bytes.signed(message.created_at.as_millis());
    write_content(bytes, &message.content);
    // A message just stored, which most are, has no changes.
    let changes = Some(&message.changes).filter(|changes| **changes != Projection::default());
    bytes.maybe(changes, write_projection);
}

pub(super) fn read(bytes: &mut Reader<'_>) -> Read<Message> {
    Ok(Message {
        id: MessageId::from_bytes(bytes.id()?),
        seq: bytes.number()?,
        offset: Offset::from_raw(bytes.number()?),
        sender: UserId::from_bytes(bytes.id()?),
        client_message_id: bytes.text()?,
        created_at: Timestamp::from_millis(bytes.signed()?),
        content: read_content(bytes)?,
        changes: bytes.maybe(read_projection)?.unwrap_or_default(),
    })
}

fn write_content(bytes: &mut Vec<u8>, content: &Content) {
    bytes.maybe(content.text.as_deref(), |bytes, text| bytes.text(text));
    bytes.maybe(content.attachment.as_ref(), write_attachment);
    for link in [&content.reply_to, &content.forward_of] {
        bytes.maybe(link.as_ref(), |bytes, id| bytes.extend_from_slice(id.as_bytes()));
    }
}

fn read_content(bytes: &mut Reader<'_>) -> Read<Content> {
    let link = |bytes: &mut Reader<'_>| bytes.id().map(MessageId::from_bytes);
    Ok(Content {
        text: bytes.maybe(Reader::text)?,
        attachment: bytes.maybe(read_attachment)?,
        reply_to: bytes.maybe(link)?,
        forward_of: bytes.maybe(link)?,
    })
}

fn write_attachment(bytes: &mut Vec<u8>, attachment: &Attachment) {
    bytes.extend_from_slice(attachment.id.as_bytes());
    bytes.text(&attachment.content_type);
    for pixels in [attachment.width, attachment.height] {
        bytes.maybe(pixels, |bytes, pixels| bytes.number(pixels.into()));
    }
    bytes.number(attachment.size);
}

fn read_attachment(bytes: &mut Reader<'_>) -> Read<Attachment> {
    let pixels = |bytes: &mut Reader<'_>| u32::try_from(bytes.number()?).map_err(|_| Unreadable);
    Ok(Attachment {
        id: AttachmentId::from_bytes(bytes.id()?),
        content_type: bytes.text()?,
        width: bytes.maybe(pixels)?,
        height: bytes.maybe(pixels)?,
        size: bytes.number()?,
    })
}

fn write_projection(bytes: &mut Vec<u8>, changes: &Projection) {
    bytes.number(changes.change_seq);
    for place in [changes.edited, changes.deleted] {
        bytes.maybe(place, |bytes, (offset, at)| {
            bytes.number(offset.get());
            bytes.signed(at.as_millis());
        });
    }
    bytes.list(changes.reactions.iter(), |bytes, (emoji, users)| {
        bytes.text(emoji);
        bytes.list(users.iter(), |bytes, (user, (offset, on))| {
            bytes.extend_from_slice(user.as_bytes());
            bytes.number(offset.get());
            bytes.flag(*on);
        });
    });
}

fn read_projection(bytes: &mut Reader<'_>) -> Read<Projection> {
    let place = |bytes: &mut Reader<'_>| {
        let offset = Offset::from_raw(bytes.number()?);
        Ok((offset, Timestamp::from_millis(bytes.signed()?)))
    };
    Ok(Projection {
        change_seq: bytes.number()?,
        edited: bytes.maybe(place)?,
        deleted: bytes.maybe(place)?,
        reactions: bytes.list(read_reactions)?.into_iter().collect(),
    })
}

/// The last word of each user about one reaction.
type Words = BTreeMap<UserId, (Offset, bool)>;

fn read_reactions(bytes: &mut Reader<'_>) -> Read<(String, Words)> {
    let emoji = bytes.text()?;
    let users = bytes.list(|bytes| {
        let user = UserId::from_bytes(bytes.id()?);
        Ok((user, (Offset::from_raw(bytes.number()?), bytes.flag()?)))
    })?;
    Ok((emoji, users.into_iter().collect()))
}
