//! Changes, and the memberships in them, as bytes.

use talkline_core::{
    conversation::{Change, ChangeKind, Kind, Member, Role},
    id::{CommandId, ConversationId, MessageId, UserId},
    offset::Offset,
    time::Timestamp,
};

use super::bytes::{Read, Reader, Unreadable, Write};

const CREATED: u8 = 1;
const EDITED: u8 = 2;
const DELETED: u8 = 3;
const REACTED: u8 = 4;
const RENAMED: u8 = 5;
const MEMBERS: u8 = 6;
const EXPIRED: u8 = 7;

pub(super) fn write(bytes: &mut Vec<u8>, change: &Change) {
    bytes.extend_from_slice(change.id.as_bytes());
    bytes.extend_from_slice(change.conversation.as_bytes());
    bytes.number(change.change_seq);
    bytes.number(change.offset.get());
    bytes.extend_from_slice(change.actor.as_bytes());
    bytes.signed(change.at.as_millis());
    bytes.maybe(change.message_seq, Vec::number);
    write_kind(bytes, &change.kind);
}

pub(super) fn read(bytes: &mut Reader<'_>) -> Read<Change> {
    Ok(Change {
        id: CommandId::from_bytes(bytes.id()?),
        conversation: ConversationId::from_bytes(bytes.id()?),
        change_seq: bytes.number()?,
        offset: Offset::from_raw(bytes.number()?),
        actor: UserId::from_bytes(bytes.id()?),
        at: Timestamp::from_millis(bytes.signed()?),
        message_seq: bytes.maybe(Reader::number)?,
        kind: read_kind(bytes)?,
    })
}

fn write_kind(bytes: &mut Vec<u8>, kind: &ChangeKind) {
    match kind {
        ChangeKind::Created {
            kind_of,
            name,
            open_history,
            members,
        } => {
            bytes.push(CREATED);
            bytes.flag(*kind_of == Kind::Group);
            bytes.maybe(name.as_deref(), |bytes, name| bytes.text(name));
            bytes.flag(*open_history);
            bytes.list(members.iter(), write_membership);
        }
        ChangeKind::Edited { message, text } => {
            bytes.push(EDITED);
            bytes.extend_from_slice(message.as_bytes());
            bytes.text(text);
        }
        ChangeKind::Deleted { message } => {
            bytes.push(DELETED);
            bytes.extend_from_slice(message.as_bytes());
        }
        ChangeKind::Reacted { message, emoji, on } => {
            bytes.push(REACTED);
            bytes.extend_from_slice(message.as_bytes());
            bytes.text(emoji);
            bytes.flag(*on);
        }
        ChangeKind::Renamed { name } => {
            bytes.push(RENAMED);
            bytes.text(name);
        }
        ChangeKind::Members { joined, left } => {
            bytes.push(MEMBERS);
            bytes.list(joined.iter(), write_membership);
            bytes.list(left.iter(), |bytes, user| bytes.extend_from_slice(user.as_bytes()));
        }
        ChangeKind::Expired { through } => {
            bytes.push(EXPIRED);
            bytes.number(*through);
        }
    }
}

fn read_kind(bytes: &mut Reader<'_>) -> Read<ChangeKind> {
    Ok(match bytes.byte()? {
        CREATED => ChangeKind::Created {
            kind_of: if bytes.flag()? { Kind::Group } else { Kind::Direct },
            name: bytes.maybe(Reader::text)?,
            open_history: bytes.flag()?,
            members: bytes.list(read_membership)?,
        },
        EDITED => ChangeKind::Edited {
            message: MessageId::from_bytes(bytes.id()?),
            text: bytes.text()?,
        },
        DELETED => ChangeKind::Deleted {
            message: MessageId::from_bytes(bytes.id()?),
        },
        REACTED => ChangeKind::Reacted {
            message: MessageId::from_bytes(bytes.id()?),
            emoji: bytes.text()?,
            on: bytes.flag()?,
        },
        RENAMED => ChangeKind::Renamed { name: bytes.text()? },
        MEMBERS => ChangeKind::Members {
            joined: bytes.list(read_membership)?,
            left: bytes.list(|bytes| bytes.id().map(UserId::from_bytes))?,
        },
        EXPIRED => ChangeKind::Expired {
            through: bytes.number()?,
        },
        _ => return Err(Unreadable),
    })
}

pub(super) fn write_membership(bytes: &mut Vec<u8>, (user, member): &(UserId, Member)) {
    bytes.extend_from_slice(user.as_bytes());
    write_member(bytes, member);
}

pub(super) fn read_membership(bytes: &mut Reader<'_>) -> Read<(UserId, Member)> {
    Ok((UserId::from_bytes(bytes.id()?), read_member(bytes)?))
}

pub(super) fn write_member(bytes: &mut Vec<u8>, member: &Member) {
    bytes.flag(member.role == Role::Admin);
    bytes.number(member.since.get());
    bytes.number(member.history_from);
    bytes.number(member.changes_after);
}

pub(super) fn read_member(bytes: &mut Reader<'_>) -> Read<Member> {
    Ok(Member {
        role: if bytes.flag()? { Role::Admin } else { Role::Member },
        since: Offset::from_raw(bytes.number()?),
        history_from: bytes.number()?,
        changes_after: bytes.number()?,
    })
}
