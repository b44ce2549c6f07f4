//! MongoDB's messages: <https://www.mongodb.com/docs/v6.0/reference/mongodb-wire-protocol/>.

use std::io;

use mongodb::bson::{Bson, Document, RawDocumentBuf};
use tokio::{io::AsyncReadExt as _, net::TcpStream};

/// The longest message of the protocol, in bytes.
const LONGEST: usize = 48_000_000;
const HEADER: usize = 16;
/// `OP_MSG`.
const MESSAGE: i32 = 2_013;
const FLAGS: usize = 4;
/// A section that is the command.
const BODY: u8 = 0;
/// A section that is one of its arrays: a length, a name, and documents.
const SEQUENCE: u8 = 1;

/// A message, whole.
pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; HEADER];
    stream.read_exact(&mut message).await?;
    let length = usize::try_from(number(&message, 0)).unwrap_or_default();
    assert!((HEADER..=LONGEST).contains(&length), "a message of {length} bytes");
    message.resize(length, 0);
    stream.read_exact(&mut message[HEADER..]).await?;
    Ok(message)
}

/// The command of a message, with its arrays in it; none of a message of another kind.
pub(crate) fn command(message: &[u8]) -> Option<Document> {
    if number(message, 12) != MESSAGE {
        return None;
    }
    let mut command = Document::new();
    let mut rest = message.get(HEADER + FLAGS..)?;
    while let Some((kind, section)) = rest.split_first() {
        let (section, after) = section.split_at_checked(usize::try_from(number(section, 0)).ok()?)?;
        match *kind {
            // What comes first names the command.
            BODY => {
                command = Document::from_reader(section)
                    .ok()?
                    .into_iter()
                    .chain(command)
                    .collect()
            }
            SEQUENCE => {
                let named = &section[4..];
                let end = named.iter().position(|byte| *byte == 0)?;
                let name = String::from_utf8(named[..end].to_vec()).ok()?;
                let mut documents = &named[end + 1..];
                let mut array = Vec::new();
                while !documents.is_empty() {
                    array.push(Bson::Document(Document::from_reader(&mut documents).ok()?));
                }
                command.insert(name, array);
            }
            _ => return None,
        }
        rest = after;
    }
    Some(command)
}

/// The answer to a message.
pub(crate) fn reply(to: &[u8], document: Document) -> Vec<u8> {
    let document = RawDocumentBuf::try_from(document).unwrap();
    let length = HEADER + FLAGS + 1 + document.as_bytes().len();
    let mut reply = Vec::with_capacity(length);
    let flags = 0;
    for field in [i32::try_from(length).unwrap(), 0, number(to, 4), MESSAGE, flags] {
        reply.extend(field.to_le_bytes());
    }
    reply.push(BODY);
    reply.extend(document.as_bytes());
    reply
}

fn number(message: &[u8], at: usize) -> i32 {
    message[at..]
        .first_chunk()
        .copied()
        .map(i32::from_le_bytes)
        .unwrap_or_default()
}
