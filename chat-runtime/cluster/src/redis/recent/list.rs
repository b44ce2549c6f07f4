//! A conversation's newest messages as the fields of a hash, and back. What the fields are stands in `note.lua`.

use std::{collections::HashMap, str::FromStr, sync::Arc};

use talkline_core::{
    offset::Offset,
    port::{Head, Newest, Reach},
};

use crate::redis::fan_out::wire;

/// The fields of a hash.
pub(super) type Fields = HashMap<Vec<u8>, Vec<u8>>;

/// What `fill.lua` takes behind the lease and the time.
pub(super) fn write(newest: &Newest) -> impl Iterator<Item = Vec<u8>> {
    let number = |number: u64| number.to_string().into_bytes();
    let head = newest.head;
    let first = newest.messages.front().map_or(head.seq + 1, |message| message.seq);
    let fixed = [
        number(head.seq),
        number(head.change_seq),
        number(first),
        number(newest.whole.into()),
        number(newest.membership.get()),
    ];
    let messages = newest.messages.iter().map(|message| wire::encode_message(message));
    fixed.into_iter().chain(messages)
}

/// The list in these fields; none if it cannot be read, or not by this program.
pub(super) fn read(fields: &Fields) -> Option<Newest> {
    let (seq, first): (u64, u64) = (number(fields, "s")?, number(fields, "f")?);
    let message = |number: u64| {
        let bytes = fields.get((number % Newest::MOST as u64).to_string().as_bytes())?;
        let message = wire::decode_message(bytes)?;
        (message.seq == number).then(|| Arc::new(message))
    };
    // Before the messages are read, since nobody has counted them yet.
    let count = (seq + 1).checked_sub(first)?;
    if count > Newest::MOST as u64 {
        return None;
    }
    Some(Newest {
        head: Head {
            seq,
            change_seq: number(fields, "c")?,
        },
        membership: Offset::from_raw(number(fields, "m")?),
        messages: (first..=seq).map(message).collect::<Option<_>>()?,
        whole: number::<u8>(fields, "w")? == 1,
    })
}

/// The fields that say how far a list reaches.
pub(super) const REACH: [&str; 3] = ["s", "c", "m"];

/// How far it reaches, by those fields; none if there is no list.
pub(super) fn reach([seq, change_seq, membership]: [Option<u64>; 3]) -> Option<Reach> {
    Some(Reach {
        head: Head {
            seq: seq?,
            change_seq: change_seq?,
        },
        membership: Offset::from_raw(membership?),
    })
}

/// Whether there is a list, and not only a lease.
pub(super) fn is_there(fields: &Fields) -> bool {
    fields.contains_key(b"s".as_slice())
}

fn number<T: FromStr>(fields: &Fields, name: &str) -> Option<T> {
    std::str::from_utf8(fields.get(name.as_bytes())?).ok()?.parse().ok()
}
