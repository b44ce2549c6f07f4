//! The newest messages of conversations that somebody reads, and who is in them, a hash each: what is noted, leased and brought are
//! scripts on that one key, so that each happens in one step, and a batch's notes are one round trip a node.

mod list;

use std::sync::Arc;

use async_trait::async_trait;
use redis::{FromRedisValue, Value, cmd, from_redis_value};
use talkline_core::{
    Result,
    id::ConversationId,
    port::{LEASE, LIFE, Lease, MOST_MEMBERS, Membership, Newest, Reach, Recalled, Recent, Step},
};

use super::{
    error,
    fan_out::wire,
    names::Names,
    nodes::Nodes,
    script::{OneKey, Run},
};

/// Notes in one round trip.
const TOGETHER: usize = 1_000;

/// See the module.
pub(super) struct RedisRecent {
    nodes: Arc<Nodes>,
    names: Names,
    note: OneKey,
    lease: OneKey,
    fill: OneKey,
    bring: OneKey,
}

impl RedisRecent {
    pub(super) fn new(nodes: Arc<Nodes>, names: Names) -> Self {
        Self {
            nodes,
            names,
            note: OneKey::new(include_str!("note.lua")),
            lease: OneKey::new(include_str!("lease.lua")),
            fill: OneKey::new(include_str!("fill.lua")),
            bring: OneKey::new(include_str!("bring.lua")),
        }
    }

    /// A lease, if nobody has brought what it is for meanwhile; else one that brings nothing.
    async fn lease(&self, key: String) -> Result<Lease> {
        let operation = "recent.lease";
        let new: u64 = rand::random();
        let run = Run {
            key,
            arguments: vec![new.to_string().into(), millis(LEASE)],
        };
        let answers = self.lease.run(&self.nodes, operation, &[run]).await?;
        let lease: Option<u64> = read(operation, answers)?;
        Ok(Lease(lease.unwrap_or(new)))
    }

    /// What a step does to the list, and to the membership.
    fn runs(&self, step: &Step) -> impl Iterator<Item = Run> {
        let members = matches!(step, Step::Changed(_)).then(|| Run {
            key: self.names.members(step.conversation()),
            arguments: Vec::new(),
        });
        std::iter::once(self.run(step)).chain(members)
    }

    fn run(&self, step: &Step) -> Run {
        let mut arguments = Vec::new();
        if let Step::Added {
            change_seq, messages, ..
        } = step
            && let Some(first) = messages.first()
        {
            arguments.reserve(2 + messages.len());
            arguments.push(change_seq.to_string().into());
            arguments.push(first.seq.to_string().into());
            arguments.extend(messages.iter().map(|message| wire::encode_message(message)));
        }
        Run {
            key: self.names.recent(step.conversation()),
            arguments,
        }
    }
}

#[async_trait]
impl Recent for RedisRecent {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        let operation = "recent.get";
        let key = self.names.recent(conversation);
        let mut ask = cmd("HGETALL");
        ask.arg(&key);
        let answer = self.nodes.call(operation, &key, ask).await?;
        let fields = read(operation, vec![answer])?;
        if let Some(newest) = list::read(&fields) {
            return Ok(Recalled::Found(newest));
        }
        if list::is_there(&fields) {
            // A newer program's perhaps. It can be read again from the store, in a form that this one knows.
            self.note(&[Step::Changed(conversation)]).await?;
        }
        self.lease(key).await.map(Recalled::Nothing)
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        let operation = "recent.confirm";
        let key = self.names.recent(conversation);
        let mut ask = cmd("HMGET");
        ask.arg(&key).arg(&list::REACH[..]);
        let answer = self.nodes.call(operation, &key, ask).await?;
        let found: [Option<u64>; 3] = read(operation, vec![answer])?;
        Ok(list::reach(found) == Some(reach))
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        let operation = "recent.fill";
        let mut arguments = vec![lease.0.to_string().into(), millis(LIFE)];
        arguments.extend(list::write(newest));
        let run = Run {
            key: self.names.recent(conversation),
            arguments,
        };
        read(operation, self.fill.run(&self.nodes, operation, &[run]).await?)
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>> {
        let operation = "recent.membership";
        let key = self.names.members(conversation);
        let mut ask = cmd("HGET");
        ask.arg(&key).arg("s");
        let answer = self.nodes.call(operation, &key, ask).await?;
        let found: Option<Vec<u8>> = read(operation, vec![answer])?;
        if let Some(bytes) = found {
            if let Some(membership) = wire::decode_membership(&bytes) {
                return Ok(Recalled::Found(Arc::new(membership)));
            }
            // A newer program's perhaps, as above.
            self.note(&[Step::Changed(conversation)]).await?;
        }
        self.lease(key).await.map(Recalled::Nothing)
    }

    async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool> {
        let operation = "recent.fill_membership";
        if membership.members.len() > MOST_MEMBERS {
            return Ok(false);
        }
        let run = Run {
            key: self.names.members(membership.id),
            arguments: vec![
                lease.0.to_string().into(),
                millis(LIFE),
                wire::encode_membership(membership),
            ],
        };
        read(operation, self.bring.run(&self.nodes, operation, &[run]).await?)
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        for some in steps.chunks(TOGETHER) {
            let runs: Vec<_> = some.iter().flat_map(|step| self.runs(step)).collect();
            self.note.run(&self.nodes, "recent.note", &runs).await?;
        }
        Ok(())
    }
}

fn millis(seconds: u64) -> Vec<u8> {
    (seconds * 1_000).to_string().into()
}

/// The one answer.
fn read<T: FromRedisValue>(operation: &'static str, answers: Vec<Value>) -> Result<T> {
    let answer = answers.into_iter().next().unwrap_or(Value::Nil);
    from_redis_value(answer).map_err(|cause| error::corrupt(operation, &cause.to_string()))
}
