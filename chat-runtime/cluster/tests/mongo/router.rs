//! Stands in for `mongos`, the one program of a sharded cluster that the tests cannot get, before a real configuration server and a real shard.
//!
//! These two shard a collection or refuse to, as they do for a router, and keep what is known of it. Of a router's own rules the stand-in has the
//! one that a store can break: a write of one document says which shard has it. It spreads nothing, since there is one shard.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use mongodb::{
    Client,
    bson::{Bson, Document, doc},
    error::{Error, ErrorKind, Result},
    options::{ClientOptions, ServerAddress},
};
use talkline_e2e::Servers;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use crate::wire;

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
/// The name under which the shard was added.
const SHARD: &str = "shard";

/// A sharded cluster of one's own, until it is dropped.
pub(crate) struct Router {
    address: SocketAddr,
    servers: Servers,
    _folder: TempDir,
    _serving: AbortOnDropHandle<()>,
}

/// What is behind a router.
#[derive(Clone)]
struct Behind {
    config: Server,
    shard: Server,
    /// The shard key's field of each sharded collection, by the collection's full name.
    keys: Arc<Mutex<HashMap<String, String>>>,
}

#[derive(Clone)]
struct Server {
    address: String,
    client: Client,
}

impl Router {
    /// None where no servers can be installed; the shared ones say so.
    pub(crate) async fn start() -> Option<Self> {
        Servers::shared("MongoDB's shards").unwrap()?;
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path(), &["mongo=sharded"]).unwrap();
        let (config, shard) = servers.mongo_sharded().unwrap();
        let behind = Behind {
            config: Server::at(config).await,
            shard: Server::at(shard).await,
            keys: Arc::default(),
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
        Some(Self {
            address,
            servers,
            _folder: folder,
            _serving: AbortOnDropHandle::new(tokio::spawn(serving)),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("mongodb://{}/", self.address)
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        if let Err(error) = self.servers.stop() {
            eprintln!("a server was left behind: {error}");
        }
    }
}

impl Server {
    async fn at(url: &str) -> Self {
        let options = ClientOptions::parse(url).await.unwrap();
        let Some(ServerAddress::Tcp { host, port }) = options.hosts.first().cloned() else {
            panic!("{url}: no host");
        };
        Self {
            address: format!("{host}:{}", port.unwrap_or(27_017)),
            client: Client::with_options(options).unwrap(),
        }
    }
}

impl Behind {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let mut config = TcpStream::connect(&self.config.address).await?;
        let mut shard = TcpStream::connect(&self.shard.address).await?;
        loop {
            let message = wire::read(&mut client).await?;
            let command = wire::command(&message).unwrap_or_default();
            let answer = match self.answer(&command).await {
                Some(document) => wire::reply(&message, document),
                None => {
                    let of_config = command.get_str("$db").is_ok_and(|name| name == "config");
                    let server = if of_config { &mut config } else { &mut shard };
                    server.write_all(&message).await?;
                    wire::read(server).await?
                }
            };
            client.write_all(&answer).await?;
        }
    }

    /// What only a router answers.
    async fn answer(&self, command: &Document) -> Option<Document> {
        let (name, value) = command.iter().next()?;
        let database = command.get_str("$db").ok()?;
        let answer = match name.as_str() {
            "hello" | "isMaster" | "ismaster" => self.hello().await,
            "shardCollection" => self.shard(value.as_str()?, command.get_document("key").ok()?).await,
            "drop" => {
                let key = self.keys.lock().unwrap().remove(&full(database, value.as_str()?));
                key?;
                self.ask_shard(database, doc! { "_shardsvrDropCollection": value })
                    .await
            }
            "dropDatabase" => {
                let ours = format!("{database}.");
                let ours = self
                    .keys
                    .lock()
                    .unwrap()
                    .extract_if(|name, _| name.starts_with(&ours))
                    .count();
                if ours == 0 {
                    return None;
                }
                self.ask_shard(database, doc! { "_shardsvrDropDatabase": 1 }).await
            }
            _ => {
                let why = self.untargeted(&full(database, value.as_str()?), command)?;
                return Some(doc! { "ok": 0.0, "code": 61, "codeName": "ShardKeyNotFound", "errmsg": why });
            }
        };
        Some(answer.unwrap_or_else(|error| said(&error)))
    }

    async fn hello(&self) -> Result<Document> {
        let mut hello = self
            .shard
            .client
            .database("admin")
            .run_command(doc! { "hello": 1 })
            .await?;
        for field in OF_A_MEMBER {
            hello.remove(field);
        }
        hello.insert("msg", "isdbgrid");
        hello.insert("ismaster", true);
        Ok(hello)
    }

    /// As a router has it done: the configuration server knows the database, its shard makes the collection.
    async fn shard(&self, name: &str, key: &Document) -> Result<Document> {
        let Some((database, collection)) = name.split_once('.') else {
            panic!("{name} is no collection");
        };
        let create =
            doc! { "_configsvrCreateDatabase": database, "primaryShardId": SHARD, "writeConcern": { "w": "majority" } };
        self.config.client.database("admin").run_command(create).await?;
        let create = doc! { "_shardsvrCreateCollection": collection, "shardKey": key, "unique": false };
        self.ask_shard(database, create).await?;
        let field = key.keys().next().unwrap().clone();
        self.keys.lock().unwrap().insert(name.to_owned(), field);
        Ok(doc! { "ok": 1.0, "collectionsharded": name })
    }

    /// Has the shard do something that it does together with the configuration server.
    async fn ask_shard(&self, database: &str, mut command: Document) -> Result<Document> {
        let databases = self
            .config
            .client
            .database("config")
            .collection::<Document>("databases");
        let known = databases.find_one(doc! { "_id": database }).await?;
        command.insert("databaseVersion", known.unwrap_or_default().get("version"));
        command.insert("writeConcern", doc! { "w": "majority" });
        self.shard.client.database(database).run_command(command).await
    }

    /// Why a router would not know where to send this. From
    /// <https://www.mongodb.com/docs/v6.0/core/sharded-cluster-query-router/#targeted-operations-vs.-broadcast-operations>.
    fn untargeted(&self, collection: &str, command: &Document) -> Option<String> {
        let keys = self.keys.lock().unwrap();
        let key = keys.get(collection)?;
        let one = writes_of_one(command).find(|write| {
            let by_id = !write.needs_key && is_given(write.filter, "_id");
            !by_id && !is_given(write.filter, key)
        })?;
        Some(format!(
            "{collection} is sharded by {key}, which is not in {}",
            one.filter
        ))
    }
}

/// A write of one document.
struct Write<'command> {
    filter: &'command Document,
    /// Whether `_id` does not do.
    needs_key: bool,
}

fn writes_of_one(command: &Document) -> impl Iterator<Item = Write<'_>> {
    let statements = |name: &str| command.get_array(name).map_or(&[][..], Vec::as_slice).iter();
    let updates = statements("updates").filter_map(|update| {
        let update = update.as_document()?;
        let one = !update.get_bool("multi").unwrap_or(false);
        one.then(|| Write {
            filter: update.get_document("q").unwrap(),
            needs_key: update.get_bool("upsert").unwrap_or(false),
        })
    });
    let deletes = statements("deletes").filter_map(|delete| {
        let delete = delete.as_document()?;
        let one = delete.get("limit").and_then(number) == Some(1);
        one.then(|| Write {
            filter: delete.get_document("q").unwrap(),
            needs_key: false,
        })
    });
    let found = command.contains_key("findAndModify").then(|| Write {
        filter: command.get_document("query").unwrap(),
        needs_key: true,
    });
    updates.chain(deletes).chain(found)
}

/// Whether a filter asks for one value of the field.
fn is_given(filter: &Document, field: &str) -> bool {
    let by_field = filter.get(field).is_some_and(|value| match value {
        Bson::Document(document) => document.keys().all(|key| !key.starts_with('$') || key == "$eq"),
        _ => true,
    });
    let all = filter.get_array("$and").map_or(&[][..], Vec::as_slice);
    by_field || all.iter().filter_map(Bson::as_document).any(|one| is_given(one, field))
}

fn number(value: &Bson) -> Option<i64> {
    value.as_i64().or(value.as_i32().map(i64::from))
}

fn full(database: &str, collection: &str) -> String {
    format!("{database}.{collection}")
}

/// An error as a server says it.
fn said(error: &Error) -> Document {
    match &*error.kind {
        ErrorKind::Command(command) => {
            doc! { "ok": 0.0, "code": command.code, "codeName": &command.code_name, "errmsg": &command.message }
        }
        _ => doc! { "ok": 0.0, "code": 6, "codeName": "HostUnreachable", "errmsg": error.to_string() },
    }
}
