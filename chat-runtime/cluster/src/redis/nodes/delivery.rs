//! Commands on their way: grouped by node, sent at the same time, and once more to where a node says they belong.

use std::sync::Arc;

use redis::{Cmd, Pipeline, ServerErrorKind, Value};
use talkline_core::Result;
use tokio::time::Instant;

use super::{
    Nodes,
    dial::Address,
    node::{Failure, Node},
};
use crate::redis::{error, names};

/// Times that a command is sent at most: twice to nodes that know better who has it, and to the one who does.
const ATTEMPTS: usize = 3;

/// A command, where its answer goes, and where it goes itself.
struct Item {
    place: usize,
    command: Cmd,
    node: Arc<Node>,
    /// The node has its slot only for who asks for it: the slot is about to move there.
    asking: bool,
}

/// What goes to one node in one round trip.
struct Group {
    node: Arc<Node>,
    asking: bool,
    places: Vec<usize>,
    pipeline: Pipeline,
}

/// What a node makes of a command that it is sent.
enum Sent {
    Answered(Value),
    Elsewhere { to: Address, asking: bool },
}

impl Nodes {
    pub(super) async fn deliver(
        &self,
        operation: &'static str,
        commands: Vec<(&str, Cmd)>,
        deadline: Instant,
    ) -> Result<Vec<Value>> {
        let mut answers = vec![Value::Nil; commands.len()];
        let mut items = self.address(operation, commands)?;
        for attempt in 1..=ATTEMPTS {
            let groups = groups(items);
            items = Vec::new();
            let sending = groups
                .iter()
                .map(|group| group.node.send(&self.dialer, &self.metrics, &group.pipeline, deadline));
            for (group, sent) in groups.iter().zip(futures::future::join_all(sending).await) {
                match sent {
                    Ok(values) => self.sort(group, values, &mut answers, &mut items),
                    // A connection that was closed long ago is noticed only now; every command can be repeated.
                    Err(Failure::Redis(cause)) if cause.is_connection_dropped() && attempt == 1 => {
                        items.extend(group.again());
                    }
                    Err(failure) => return Err(self.lost(operation, failure)),
                }
            }
            if items.is_empty() {
                return Ok(answers);
            }
        }
        Err(error::unavailable(operation, "every node sends it on to another"))
    }

    fn address(&self, operation: &'static str, commands: Vec<(&str, Cmd)>) -> Result<Vec<Item>> {
        let topology = self.topology();
        let item = |(place, (key, command)): (usize, (&str, Cmd))| {
            let node = topology.node(names::slot(key)).cloned().ok_or_else(|| {
                self.look_again();
                error::unavailable(operation, "nobody serves the slot")
            })?;
            Ok(Item {
                place,
                command,
                node,
                asking: false,
            })
        };
        commands.into_iter().enumerate().map(item).collect()
    }

    /// Answers go to their places; what belongs elsewhere goes on.
    fn sort(&self, group: &Group, values: Vec<Value>, answers: &mut [Value], on: &mut Vec<Item>) {
        let values = values
            .into_iter()
            .skip(usize::from(group.asking))
            .step_by(group.stride());
        for (index, (place, value)) in group.places.iter().zip(values).enumerate() {
            match self.read(value) {
                Sent::Answered(value) => answers[*place] = value,
                Sent::Elsewhere { to, asking } => on.extend(group.command(index).map(|command| Item {
                    place: *place,
                    command,
                    node: self.topology().keep(&to),
                    asking,
                })),
            }
        }
    }

    fn read(&self, value: Value) -> Sent {
        let Value::ServerError(error) = &value else {
            return Sent::Answered(value);
        };
        let asking = match error.kind() {
            Some(ServerErrorKind::Moved) => false,
            Some(ServerErrorKind::Ask) => true,
            Some(ServerErrorKind::ReadOnly | ServerErrorKind::ClusterDown | ServerErrorKind::MasterDown) => {
                self.look_again();
                return Sent::Answered(value);
            }
            _ => return Sent::Answered(value),
        };
        // `slot host:port`
        let target = error.details().and_then(|details| details.split(' ').nth(1));
        match target.and_then(Address::parse) {
            None => Sent::Answered(value),
            Some(to) => {
                self.metrics.redirects.inc();
                if !asking {
                    self.look_again();
                }
                Sent::Elsewhere { to, asking }
            }
        }
    }
}

/// One group a node, each with its commands in their order.
fn groups(items: Vec<Item>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let capacity = items.len();
    for item in items {
        let belongs = |group: &Group| Arc::ptr_eq(&group.node, &item.node) && group.asking == item.asking;
        let index = groups.iter().position(belongs).unwrap_or_else(|| {
            groups.push(Group {
                node: item.node.clone(),
                asking: item.asking,
                places: Vec::new(),
                pipeline: Pipeline::with_capacity(capacity),
            });
            groups.len() - 1
        });
        let group = &mut groups[index];
        if group.asking {
            group.pipeline.cmd("ASKING");
        }
        group.places.push(item.place);
        group.pipeline.add_command(item.command);
    }
    groups
}

impl Group {
    /// Commands of the pipeline for each one of ours.
    fn stride(&self) -> usize {
        if self.asking { 2 } else { 1 }
    }

    fn command(&self, index: usize) -> Option<Cmd> {
        let at = index * self.stride() + usize::from(self.asking);
        self.pipeline.cmd_iter().nth(at).cloned()
    }

    /// All of it, once more.
    fn again(&self) -> impl Iterator<Item = Item> + '_ {
        self.places.iter().enumerate().filter_map(|(index, place)| {
            Some(Item {
                place: *place,
                command: self.command(index)?,
                node: self.node.clone(),
                asking: self.asking,
            })
        })
    }
}
