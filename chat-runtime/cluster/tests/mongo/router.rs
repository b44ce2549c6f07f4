//! Stands in for the router of a sharded cluster, a program that the tests cannot get: what only a router answers, it answers as
//! MongoDB's manual (6.0) says, and all else a real server does.
//!
//! It shows what a chat asks a router for, and that the layout keeps the manual's rules. It spreads nothing.

use std::{io, net::SocketAddr};

use mongodb::{
    Client,
    bson::{Document, RawDocumentBuf, doc},
    options::{ClientOptions, ServerAddress},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// The longest message of the protocol, in bytes.
const LONGEST: usize = 48_000_000;
const HEADER: usize = 16;
/// `OP_MSG`, with one section of kind 0, which is a command.
const MESSAGE: i32 = 2_013;
const FLAGS: usize = 4;
const COMMAND: u8 = 0;
/// What tells a member of a replica set from a router.
const OF_A_MEMBER: [&str; 12] = [
    "hosts",
    "setName",
    "setVersion",
    "primary",
    "me",
    "electionId",
    "secondary",
    "lastWrite",
    "topologyVersion",
    "passives",
    "arbiters",
    "tags",
];

/// A router, until it is dropped.
pub(crate) struct Router {
    address: SocketAddr,
    _serving: AbortOnDropHandle<()>,
}

/// What is behind a router.
#[derive(Clone)]
struct Behind {
    address: String,
    client: Client,
}

impl Router {
    /// Stands before the server of that connection string.
    pub(crate) async fn before(url: &str) -> Self {
        let options = ClientOptions::parse(url).await.unwrap();
        let Some(ServerAddress::Tcp { host, port }) = options.hosts.first().cloned() else {
            panic!("{url}: no host");
        };
        let behind = Behind {
            address: format!("{host}:{}", port.unwrap_or(27_017)),
            client: Client::with_options(options).unwrap(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let behind = behind.clone();
                // A connection ends when either side closes it.
                connections.spawn(async move { drop(behind.serve(client).await) });
            }
        };
        Self {
            address,
            _serving: AbortOnDropHandle::new(tokio::spawn(serving)),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("mongodb://{}/", self.address)
    }
}

impl Behind {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let mut server = TcpStream::connect(&self.address).await?;
        loop {
            let message = read(&mut client).await?;
            let answer = match command(&message) {
                Some(command) => self.answer(&command).await,
                None => None,
            };
            match answer {
                Some(document) => client.write_all(&reply(&message, document)).await?,
                None => {
                    server.write_all(&message).await?;
                    client.write_all(&read(&mut server).await?).await?;
                }
            }
        }
    }

    /// What only a router answers.
    async fn answer(&self, command: &Document) -> Option<Document> {
        let (name, value) = command.iter().next()?;
        match name.as_str() {
            "hello" | "isMaster" | "ismaster" => Some(self.hello().await),
            "shardCollection" => Some(self.shard(value.as_str()?, command.get_document("key").ok()?).await),
            _ => None,
        }
    }

    async fn hello(&self) -> Document {
        let admin = self.client.database("admin");
        let mut hello = admin.run_command(doc! { "hello": 1 }).await.unwrap();
        for field in OF_A_MEMBER {
            hello.remove(field);
        }
        hello.insert("msg", "isdbgrid");
        hello.insert("ismaster", true);
        hello
    }

    /// As <https://www.mongodb.com/docs/v6.0/reference/command/shardCollection/> has it: a unique index begins with the shard key, and what
    /// is sharded is not sharded by another one.
    async fn shard(&self, name: &str, key: &Document) -> Document {
        let refused = |why: String| doc! { "ok": 0.0, "code": 72, "codeName": "InvalidOptions", "errmsg": why };
        let Some((database, collection)) = name.split_once('.') else {
            return refused(format!("{name} is no collection"));
        };
        let sharded = self.client.database("config").collection::<Document>("collections");
        let found = sharded.find_one(doc! { "_id": name }).await.unwrap();
        if let Some(found) = found {
            return refused(format!("{name} is sharded: {found}"));
        }
        let collection = self.client.database(database).collection::<Document>(collection);
        let mut indexes = collection.list_indexes().await.unwrap();
        while indexes.advance().await.unwrap() {
            let index: Document = Document::try_from(indexes.current()).unwrap();
            let keys = index.get_document("key").unwrap();
            let is_fine = keys.keys().eq(["_id"]) || keys.iter().zip(key).all(|(one, other)| one == other);
            if index.get_bool("unique").unwrap_or(false) && !is_fine {
                return refused(format!("the unique index {keys} does not begin with {key}"));
            }
        }
        sharded.insert_one(doc! { "_id": name, "key": key }).await.unwrap();
        doc! { "ok": 1.0, "collectionsharded": name }
    }
}

/// A message, whole.
async fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; HEADER];
    stream.read_exact(&mut message).await?;
    let length = usize::try_from(number(&message, 0)).unwrap_or_default();
    assert!((HEADER..=LONGEST).contains(&length), "a message of {length} bytes");
    message.resize(length, 0);
    stream.read_exact(&mut message[HEADER..]).await?;
    Ok(message)
}

/// The command that a message begins with.
fn command(message: &[u8]) -> Option<Document> {
    let (kind, section) = message.get(HEADER + FLAGS..)?.split_first()?;
    if number(message, 12) != MESSAGE || *kind != COMMAND {
        return None;
    }
    let mut section = section;
    Document::from_reader(&mut section).ok()
}

/// The answer to a message.
fn reply(to: &[u8], document: Document) -> Vec<u8> {
    let document = RawDocumentBuf::try_from(document).unwrap();
    let length = HEADER + FLAGS + 1 + document.as_bytes().len();
    let mut reply = Vec::with_capacity(length);
    let flags = 0;
    for field in [i32::try_from(length).unwrap(), 0, number(to, 4), MESSAGE, flags] {
        reply.extend(field.to_le_bytes());
    }
    reply.push(COMMAND);
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
