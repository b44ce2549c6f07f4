//! A membership by itself, as it is cached.

use talkline_core::{conversation::Kind, id::ConversationId, offset::Offset, port::Membership, time::Timestamp};

use super::{
    bytes::{Read, Reader, Write},
    change::{read_membership, write_membership},
};

pub(super) fn write(bytes: &mut Vec<u8>, membership: &Membership) {
    bytes.extend_from_slice(membership.id.as_bytes());
    bytes.flag(membership.kind == Kind::Group);
    bytes.maybe(membership.name.as_deref(), Write::text);
    bytes.flag(membership.open_history);
    bytes.signed(membership.created_at.as_millis());
    bytes.number(membership.changed.get());
    bytes.list(membership.members.iter(), |bytes, (user, member)| {
        write_membership(bytes, &(*user, *member));
    });
}

pub(super) fn read(bytes: &mut Reader<'_>) -> Read<Membership> {
    Ok(Membership {
        id: ConversationId::from_bytes(bytes.id()?),
        kind: if bytes.flag()? { Kind::Group } else { Kind::Direct },
        name: bytes.maybe(Reader::text)?,
        open_history: bytes.flag()?,
        created_at: Timestamp::from_millis(bytes.signed()?),
        changed: Offset::from_raw(bytes.number()?),
        members: bytes.list(read_membership)?.into_iter().collect(),
    })
}
