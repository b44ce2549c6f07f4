//! Random histories: what clients ask of two groups, with retries, strangers and rule-breakers among them.

use crate::{
    conversation::{Command, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    time::Timestamp,
};
use rand::{Rng, RngExt, rngs::SmallRng, seq::IndexedRandom};

const USERS: [UserId; 3] = [
    UserId::from_bytes([b'x'; 16]),
    UserId::from_bytes([b'y'; 16]),
    UserId::from_bytes([b'z'; 16]),
];
const STEPS: u32 = 70;

/// The two groups that every history is about.
pub const GROUPS: [ConversationId; 2] = [
    ConversationId::from_bytes([b'a'; 16]),
    ConversationId::from_bytes([b'b'; 16]),
];

/// The users that every history is about.
pub fn users() -> [UserId; 3] {
    USERS
}

/// A history: `STEPS` records after the creation of both groups by the first user.
pub fn script(rng: &mut SmallRng) -> Vec<Record> {
    let creator = USERS[0];
    let mut script: Vec<Record> = GROUPS
        .iter()
        .map(|group| create(*group, creator, rng.random()))
        .collect();
    let (mut sent, mut commands) = (Vec::new(), Vec::new());
    for step in 0..STEPS {
        let record = next(rng, step, &sent, &commands);
        match record.command {
            Command::Send { .. } => sent.push(record.clone()),
            _ => commands.push(record.clone()),
        }
        script.push(record);
    }
    script
}

fn next(rng: &mut SmallRng, step: u32, sent: &[Record], commands: &[Record]) -> Record {
    let (group, actor, other) = (pick(rng, &GROUPS), pick(rng, &USERS), pick(rng, &USERS));
    let change = CommandId::new(group, actor, &step.to_be_bytes());
    let (nobody, somebody): (&[UserId], &[UserId]) = (&[], &[other]);
    let members = |actor, [add, remove, promote]: [&[UserId]; 3]| {
        let (add, remove, promote) = (add.to_vec(), remove.to_vec(), promote.to_vec());
        let demote = Vec::new();
        record(
            group,
            actor,
            Command::Members {
                change,
                add,
                remove,
                promote,
                demote,
            },
        )
    };
    match (rng.random_range(0..100), sent.choose(rng), commands.choose(rng)) {
        (0..10, _, _) => members(USERS[0], [somebody, nobody, nobody]),
        (10..14, _, _) => record(group, actor, Command::Leave { change }),
        (14..18, _, _) => members(actor, [nobody, somebody, somebody]),
        (18..19, _, _) => members(actor, [nobody, nobody, somebody]),
        (19..21, _, _) => {
            let through = rng.random_range(1..=1 + u64::from(step) / 4);
            Record::expire(group, through, Timestamp::from_millis(1_000))
        }
        (21..23, _, _) => {
            let name = format!("name {step}");
            record(group, actor, Command::Rename { change, name })
        }
        (23..36, Some(retried), _) => retried.clone(),
        (36..43, _, Some(retried)) => retried.clone(),
        (43..62, Some(target), _) => on_message(rng, step, target, actor),
        (roll, target, _) => {
            let reply_to = target.filter(|_| roll % 4 == 0).and_then(message_of);
            send(group, actor, step, reply_to)
        }
    }
}

fn on_message(rng: &mut SmallRng, step: u32, target: &Record, stranger: UserId) -> Record {
    let actor = if rng.random_bool(0.8) { target.actor } else { stranger };
    let change = CommandId::new(target.conversation, actor, &step.to_be_bytes());
    let Some(message) = message_of(target) else {
        return target.clone();
    };
    let command = match rng.random_range(0..4) {
        0 | 1 => Command::Edit {
            change,
            message,
            text: format!("edited {step}"),
        },
        2 => Command::Delete { change, message },
        _ => Command::React {
            change,
            message,
            emoji: "👍".to_owned(),
            on: rng.random(),
        },
    };
    record(target.conversation, actor, command)
}

fn message_of(record: &Record) -> Option<MessageId> {
    record.command.messages().next()
}

fn send(group: ConversationId, actor: UserId, step: u32, reply_to: Option<MessageId>) -> Record {
    let client_message_id = format!("m{step}");
    let reply_to = reply_to.filter(|target| target.conversation() == group);
    let content = Content {
        text: Some(format!("text {step}")),
        reply_to,
        ..Content::default()
    };
    let message = MessageId::new(group, actor, &client_message_id);
    record(
        group,
        actor,
        Command::Send {
            message,
            client_message_id,
            content,
        },
    )
}

fn create(group: ConversationId, actor: UserId, open_history: bool) -> Record {
    let change = CommandId::new(group, actor, b"create");
    record(
        group,
        actor,
        Command::Create {
            change,
            kind: Kind::Group,
            name: None,
            members: Vec::new(),
            open_history,
        },
    )
}

fn record(conversation: ConversationId, actor: UserId, command: Command) -> Record {
    Record {
        conversation,
        actor,
        at: Timestamp::from_millis(1_000),
        reply_to: None,
        command,
    }
}

fn pick<T: Copy>(rng: &mut impl Rng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}
