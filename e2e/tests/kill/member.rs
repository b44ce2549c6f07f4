//! A client under load: sends without waiting, takes in what comes, asks for what it missed, and after a kill tries
//! again what nobody acknowledged.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use talkline_e2e::{Account, Packet, Socket};

use crate::journal::Journal;

/// Sends of one client that may wait for their acknowledgement.
const WINDOW: usize = 16;
/// Messages between two receipts.
const RECEIPT_EVERY: u64 = 20;
/// How many messages, acknowledged before, are sent once more after each kill.
const REPEATED: usize = 3;
/// Of what a kill left open, every so manieth is given up.
const GIVEN_UP: usize = 5;
/// Failures that say "the same again is safe".
const RETRY: [&str; 3] = ["TIMEOUT", "OVERLOADED", "UNAVAILABLE"];

/// One member of one conversation.
pub(crate) struct Member {
    pub(crate) account: Account,
    pub(crate) conversation: String,
    pub(crate) journal: Journal,
    /// Counts everybody's acknowledgements.
    acknowledged: Arc<AtomicU64>,
    /// Messages made up so far.
    made: u64,
    /// Sent, not acknowledged, and not to be tried again.
    given_up: Vec<String>,
}

/// One connection of a member.
struct Line {
    socket: Socket,
    /// What was asked and not answered, by the number of the acknowledgement.
    asked: HashMap<u64, Asked>,
    /// The last `seq` that came live: over one socket they only rise.
    live: u64,
    syncing: bool,
    receipt: u64,
    sending: usize,
}

enum Asked {
    Send(String),
    Seen(u64),
    Sync,
}

impl Member {
    pub(crate) fn new(account: Account, conversation: String, acknowledged: Arc<AtomicU64>) -> Self {
        Self {
            account,
            conversation,
            journal: Journal::default(),
            acknowledged,
            made: 0,
            given_up: Vec::new(),
        }
    }

    /// Sends as fast as the server acknowledges, until the connection is lost.
    pub(crate) async fn chat(&mut self, address: SocketAddr) -> Result<()> {
        let mut line = self.connect(address).await?;
        self.retry(&mut line).await?;
        loop {
            while line.sending < WINDOW {
                self.made += 1;
                self.send(&mut line, format!("{}-{:06}", self.account.id, self.made))
                    .await?;
            }
            self.take_one(&mut line).await?;
        }
    }

    /// Tries again what is open, and returns when all of it is acknowledged and everything received up to `seq`.
    pub(crate) async fn settle(&mut self, address: SocketAddr, seq: u64) -> Result<()> {
        let mut line = self.connect(address).await?;
        self.retry(&mut line).await?;
        while !line.asked.is_empty() || self.journal.complete() < seq {
            self.take_one(&mut line).await?;
        }
        Ok(())
    }

    /// The connection is gone: some of what is open is given up, the rest will be tried again.
    pub(crate) fn lost(&mut self) {
        let open = self.journal.open();
        let given_up = open.into_iter().filter(|name| !self.given_up.contains(name));
        let given_up: Vec<_> = given_up.step_by(GIVEN_UP).collect();
        self.given_up.extend(given_up);
    }

    /// How much was given up.
    pub(crate) fn given_up(&self) -> usize {
        self.given_up.len()
    }

    async fn connect(&mut self, address: SocketAddr) -> Result<Line> {
        let mut line = Line {
            socket: Socket::connect(address, &self.account.access).await?,
            asked: HashMap::new(),
            live: 0,
            syncing: false,
            receipt: 0,
            sending: 0,
        };
        self.sync(&mut line).await?;
        Ok(line)
    }

    async fn retry(&mut self, line: &mut Line) -> Result<()> {
        let open = self
            .journal
            .open()
            .into_iter()
            .filter(|name| !self.given_up.contains(name));
        let again: Vec<_> = open.chain(self.journal.some_acknowledged(REPEATED)).collect();
        for name in again {
            self.send(line, name).await?;
        }
        Ok(())
    }

    async fn send(&mut self, line: &mut Line, name: String) -> Result<()> {
        self.journal.send(&name);
        let message = json!({ "conversationId": self.conversation, "clientMessageId": name, "text": name });
        let number = line.socket.emit("chat:send", &message).await?;
        line.asked.insert(number, Asked::Send(name));
        line.sending += 1;
        Ok(())
    }

    async fn sync(&mut self, line: &mut Line) -> Result<()> {
        if !std::mem::replace(&mut line.syncing, true) {
            let position = json!({ "seq": self.journal.complete(), "changeSeq": 0 });
            let question = json!({ "conversations": { &self.conversation: position } });
            let number = line.socket.emit("chat:sync", &question).await?;
            line.asked.insert(number, Asked::Sync);
        }
        Ok(())
    }

    async fn take_one(&mut self, line: &mut Line) -> Result<()> {
        match line.socket.receive().await? {
            Packet::Event(name, payload) => self.take_event(line, &name, &payload).await?,
            Packet::Ack(number, answer) => self.take_answer(line, number, &answer).await?,
        }
        let complete = self.journal.complete();
        if complete >= line.receipt + RECEIPT_EVERY {
            line.receipt = complete;
            let receipt = json!({ "conversationId": self.conversation, "seq": complete });
            let number = line.socket.emit("chat:seen", &receipt).await?;
            line.asked.insert(number, Asked::Seen(complete));
        }
        Ok(())
    }

    async fn take_event(&mut self, line: &mut Line, name: &str, payload: &Value) -> Result<()> {
        match name {
            "chat:receive" => {
                let seq = self.journal.receive(payload)?;
                ensure!(seq > line.live, "{seq} came live after {}", line.live);
                line.live = seq;
                match self.journal.has_gap() {
                    true => self.sync(line).await,
                    false => Ok(()),
                }
            }
            "chat:resync" => self.sync(line).await,
            "chat:rejected" => bail!("rejected: {payload}"),
            _ => Ok(()),
        }
    }

    async fn take_answer(&mut self, line: &mut Line, number: u64, answer: &Value) -> Result<()> {
        let asked = line.asked.remove(&number).context("an answer to nothing")?;
        let ok = answer["ok"] == true;
        let retry = answer["error"]["code"]
            .as_str()
            .is_some_and(|code| RETRY.contains(&code));
        ensure!(ok || retry, "refused: {answer}");
        match asked {
            Asked::Send(name) => {
                line.sending -= 1;
                if !ok {
                    return self.send(line, name).await;
                }
                let id = answer["id"].as_str().context("no id")?;
                let news = self.journal.acknowledge(&name, id)?;
                self.acknowledged.fetch_add(news.into(), Ordering::Relaxed);
                Ok(())
            }
            Asked::Seen(seq) => {
                self.journal.seen = self.journal.seen.max(if ok { seq } else { 0 });
                Ok(())
            }
            Asked::Sync => {
                line.syncing = false;
                match ok && self.catch_up(answer)? {
                    true => Ok(()),
                    false => self.sync(line).await,
                }
            }
        }
    }

    /// Takes in an answer to `chat:sync`; whether it was the last one.
    fn catch_up(&mut self, answer: &Value) -> Result<bool> {
        let answer = &answer["conversations"][&self.conversation];
        for message in answer["messages"].as_array().context("no messages")? {
            self.journal.receive(message)?;
        }
        let marks = answer["marks"].as_array().context("no marks")?;
        if let Some(mark) = marks.iter().find(|mark| mark["userId"] == self.account.id.as_str()) {
            let stored = mark["readSeq"].as_u64().context("no readSeq")?;
            ensure!(
                stored >= self.journal.seen,
                "seen {} became {stored}",
                self.journal.seen
            );
        }
        Ok(answer["hasMore"] == false && !self.journal.has_gap())
    }
}
