//! Users, conversations and messages in memory, and who listens.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};

use super::faults::{Fate, Faults, spend};

/// Texts that wait for one socket.
const QUEUE: usize = 100_000;

/// How many messages come before a stall.
const BEFORE_STALL: usize = 100;

#[derive(Default)]
struct Conversation {
    members: Vec<String>,
    messages: Vec<Value>,
    ids: HashMap<(String, String), String>,
    /// A push that waits for the next one to overtake it.
    held_back: Option<(String, Value)>,
}

/// What a token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// That user's.
    Good(String),
    Expired,
    Unknown,
}

/// See the module.
pub(crate) struct Store {
    pub(crate) faults: Faults,
    /// Tokens of another generation have expired.
    generation: u32,
    users: HashMap<String, String>,
    /// Who has had a token for a refresh token.
    pub(crate) renewed: HashSet<String>,
    conversations: HashMap<String, Conversation>,
    sockets: HashMap<String, mpsc::Sender<String>>,
    accepted: usize,
    pub(crate) stored: usize,
    stalled_until: Option<Instant>,
    /// Until when it acknowledges what it has accepted, if it has a capacity.
    busy_until: Option<Instant>,
    /// The longest that something took beyond what it was told to.
    pub(crate) overslept: Duration,
}

impl Store {
    pub(crate) fn new(faults: Faults) -> Self {
        let (users, conversations, sockets) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self {
            faults,
            generation: 0,
            users,
            renewed: HashSet::new(),
            conversations,
            sockets,
            accepted: 0,
            stored: 0,
            stalled_until: None,
            busy_until: None,
            overslept: Duration::ZERO,
        }
    }

    /// The user's id, or `None` if the address is taken.
    pub(crate) fn register(&mut self, email: &str) -> Option<String> {
        let id = format!("u{}", self.users.len());
        match self.users.contains_key(email) {
            true => None,
            false => self.users.insert(email.to_owned(), id.clone()).or(Some(id)),
        }
    }

    pub(crate) fn user(&self, email: &str) -> Option<String> {
        self.users.get(email).cloned()
    }

    /// An access token: the user's id and the generation.
    pub(crate) fn token(&self, user: &str) -> String {
        format!("{user}.{}", self.generation)
    }

    pub(crate) fn judge(&self, token: &str) -> Token {
        match token.split_once('.') {
            Some((user, generation)) if self.users.values().any(|id| id == user) => {
                match generation == self.generation.to_string() {
                    true => Token::Good(user.to_owned()),
                    false => Token::Expired,
                }
            }
            _ => Token::Unknown,
        }
    }

    /// The conversation of these members, and whether it is new.
    pub(crate) fn open(&mut self, mut members: Vec<String>) -> (Value, bool) {
        members.sort();
        let id = format!("c-{}", members.join("-"));
        let new = !self.conversations.contains_key(&id);
        let conversation = self.conversations.entry(id.clone()).or_default();
        conversation.members = members;
        (json!({ "id": id, "lastSeq": conversation.messages.len() }), new)
    }

    /// Messages above a `seq`, or the newest, up to a limit; and whether there are more.
    pub(crate) fn history(
        &self,
        id: &str,
        user: &str,
        after: Option<usize>,
        limit: usize,
    ) -> Option<(Vec<Value>, bool)> {
        let conversation = self
            .conversations
            .get(id)
            .filter(|it| it.members.iter().any(|member| member == user))?;
        let all = &conversation.messages;
        let from = after.unwrap_or(all.len().saturating_sub(limit)).min(all.len());
        let to = (from + limit).min(all.len());
        Some((all[from..to].to_vec(), to < all.len()))
    }

    pub(crate) fn connect(&mut self, user: &str) -> mpsc::Receiver<String> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        self.sockets.insert(user.to_owned(), sender);
        receiver
    }

    /// Whether nobody is connected.
    pub(crate) fn is_alone(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Of a gateway that is gone.
    pub(crate) fn forget_closed_sockets(&mut self) {
        self.sockets.retain(|_, socket| !socket.is_closed());
    }

    /// Asks everybody to connect anew.
    pub(crate) fn ask_to_move(&self, within_ms: u64) {
        for socket in self.sockets.values() {
            let asked = json!(["server:draining", { "reconnectWithinMs": within_ms }]);
            socket.try_send(format!("42{asked}")).unwrap();
        }
    }

    /// Until when nothing is accepted.
    pub(crate) fn stall(&mut self) -> Option<Instant> {
        if self.accepted >= BEFORE_STALL
            && let Some(length) = self.faults.stall.take()
        {
            self.stalled_until = Some(Instant::now() + length);
        }
        self.stalled_until.filter(|until| *until > Instant::now())
    }

    /// Whether a send meets the limit.
    pub(crate) fn is_limited(&mut self) -> bool {
        spend(&mut self.faults.limit)
    }

    /// Accepts, stores and pushes a message, each as its fate has it. Answers the id.
    pub(crate) fn send(&mut self, user: &str, send: &Value) -> Option<String> {
        let (id, name) = (send["conversationId"].as_str()?, send["clientMessageId"].as_str()?);
        let conversation = self.conversations.get_mut(id)?;
        let key = (user.to_owned(), name.to_owned());
        if let Some(known) = conversation.ids.get(&key) {
            return Some(known.clone());
        }
        self.accepted += 1;
        if self
            .faults
            .expire_after
            .take_if(|after| *after < self.accepted)
            .is_some()
        {
            self.generation += 1;
            self.sockets.clear();
        }
        let message_id = format!("m{}", self.accepted);
        conversation.ids.insert(key, message_id.clone());
        let fate = match conversation.held_back {
            // It lets the one before it pass first, so that faults do not meet.
            Some(_) => Fate::Fine,
            None => self.faults.fate(self.accepted),
        };
        if fate == Fate::Lost {
            return Some(message_id);
        }
        let message = json!({
            "id": message_id, "conversationId": id, "seq": conversation.messages.len() + 1, "senderId": user,
            "clientMessageId": name, "type": "text", "text": send["text"], "createdAt": "2026-11-21T10:00:00.000Z",
        });
        conversation.messages.push(message.clone());
        self.stored += 1;
        self.push(id, user, &message, fate);
        Some(message_id)
    }

    /// To the sender faultlessly, to the first other member as fate has it.
    fn push(&mut self, id: &str, sender: &str, message: &Value, fate: Fate) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let victim = conversation
            .members
            .iter()
            .find(|member| *member != sender)
            .cloned()
            .unwrap_or_default();
        let mut pushes: Vec<(String, Value)> = Vec::new();
        for member in &conversation.members {
            let times = match fate {
                _ if *member != victim => 1,
                Fate::Duplicated => 2,
                Fate::Skipped | Fate::Reordered => 0,
                Fate::Fine | Fate::Lost | Fate::Misdirected => 1,
            };
            pushes.extend(std::iter::repeat_n((member.clone(), message.clone()), times));
        }
        if fate == Fate::Misdirected {
            let stranger = self.users.values().find(|user| !conversation.members.contains(user));
            pushes.extend(stranger.map(|stranger| (stranger.clone(), message.clone())));
        }
        let held_back = conversation.held_back.take();
        if fate == Fate::Reordered {
            conversation.held_back = Some((victim, message.clone()));
        }
        pushes.extend(held_back);
        for (member, message) in pushes {
            self.tell(&member, format!(r#"42["chat:receive",{message}]"#));
        }
    }

    /// Puts a text into a user's socket, if there is one.
    pub(crate) fn tell(&self, user: &str, text: String) {
        if let Some(socket) = self.sockets.get(user) {
            // A full or closed queue is a client that reads no more; it will ask.
            drop(socket.try_send(text));
        }
    }

    /// Until when the acknowledgement of what was accepted last is to wait.
    pub(crate) fn due(&mut self) -> Option<Instant> {
        let now = Instant::now();
        if let Some(capacity) = self.faults.capacity {
            let free = self.busy_until.unwrap_or(now).max(now) + Duration::from_secs(1) / capacity;
            return Some(*self.busy_until.insert(free));
        }
        Some(now + self.faults.delay(self.accepted)?)
    }

    /// Notes how much later than it should something happened.
    pub(crate) fn woke(&mut self, due: Instant) {
        self.overslept = self.overslept.max(due.elapsed());
    }

    /// The answer to `chat:sync`.
    pub(crate) fn sync(&self, user: &str, ask: &Value) -> Value {
        let mut answers = json!({});
        for (id, state) in ask["conversations"].as_object().into_iter().flatten() {
            let after = state["seq"].as_u64().and_then(|seq| usize::try_from(seq).ok());
            let Some((messages, has_more)) = self.history(id, user, Some(after.unwrap_or(0)), 50) else {
                continue;
            };
            answers[id] = json!({ "messages": messages, "changes": [], "changeSeq": 0, "hasMore": has_more });
        }
        json!({ "ok": true, "conversations": answers, "rejected": [] })
    }
}
