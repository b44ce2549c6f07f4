//! Which node serves what, and how that is found out.

use std::{collections::HashMap, sync::Arc};

use futures::future::select_ok;
use redis::{ErrorKind, RedisError, RedisResult, Value, aio::MultiplexedConnection, cmd, from_redis_value};

use super::{dial::Address, dial::Dialer, node::Node};
use crate::redis::{Mode, names::SLOTS};

/// No node, in the table of slots.
const NOBODY: u16 = u16::MAX;

/// The nodes, and which of them serves which slot.
pub(super) struct Topology {
    nodes: Vec<Arc<Node>>,
    slots: Slots,
}

enum Slots {
    /// One node has all.
    All,
    /// By slot: the index of its node, or [`NOBODY`].
    Table(Box<[u16]>),
}

/// A range of slots, both ends included, and who serves it.
type Range = (u16, u16, Address);

impl Topology {
    /// Nobody serves anything.
    pub(super) fn unknown() -> Self {
        Self {
            nodes: Vec::new(),
            slots: Slots::All,
        }
    }

    pub(super) fn nodes(&self) -> &[Arc<Node>] {
        &self.nodes
    }

    /// The node of a slot, if one serves it.
    pub(super) fn node(&self, slot: u16) -> Option<&Arc<Node>> {
        match &self.slots {
            Slots::All => self.nodes.first(),
            Slots::Table(table) => self.nodes.get(usize::from(*table.get(usize::from(slot))?)),
        }
    }

    fn one(node: Arc<Node>) -> Self {
        Self {
            nodes: vec![node],
            slots: Slots::All,
        }
    }

    fn table(ranges: Vec<Range>, known: &Self) -> Self {
        let (mut nodes, mut index) = (Vec::new(), HashMap::new());
        let mut table = vec![NOBODY; usize::from(SLOTS)].into_boxed_slice();
        for (first, last, address) in ranges {
            let number = *index.entry(address.clone()).or_insert_with(|| {
                nodes.push(known.keep(&address));
                (nodes.len() - 1) as u16
            });
            let range = usize::from(first)..=usize::from(last.min(SLOTS - 1));
            table.get_mut(range).unwrap_or_default().fill(number);
        }
        Self {
            nodes,
            slots: Slots::Table(table),
        }
    }

    /// The node at `address`: the same as before, with its connection, if it was known.
    pub(super) fn keep(&self, address: &Address) -> Arc<Node> {
        let known = self.nodes.iter().find(|node| node.address() == address);
        known.cloned().unwrap_or_else(|| Arc::new(Node::new(address.clone())))
    }

    /// Whether the same nodes serve the same slots.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let addresses =
            |topology: &Self| -> Vec<Address> { topology.nodes.iter().map(|node| node.address().clone()).collect() };
        let slots = match (&self.slots, &other.slots) {
            (Slots::All, Slots::All) => true,
            (Slots::Table(one), Slots::Table(other)) => one == other,
            _ => false,
        };
        slots && addresses(self) == addresses(other)
    }
}

/// Asks who serves what. Whoever answers first is believed: seeds, and nodes that were `known`.
pub(super) async fn discover(
    dialer: &Dialer,
    mode: &Mode,
    seeds: &[Address],
    known: &Topology,
) -> RedisResult<Topology> {
    let nobody = || RedisError::from((ErrorKind::InvalidClientConfig, "no address is given"));
    match mode {
        Mode::Standalone => Ok(Topology::one(known.keep(seeds.first().ok_or_else(nobody)?))),
        Mode::Sentinel(sentinel) => {
            let asked = seeds
                .iter()
                .map(|seed| Box::pin(primary(dialer, seed, &sentinel.master_name)));
            let (address, _) = select_ok(non_empty(asked.collect(), nobody)?).await?;
            Ok(Topology::one(known.keep(&address)))
        }
        Mode::Cluster => {
            let mut places = seeds.to_vec();
            places.extend(known.nodes().iter().map(|node| node.address().clone()));
            places.sort();
            places.dedup();
            let asked = places.iter().map(|place| Box::pin(ranges(dialer, place)));
            let (ranges, _) = select_ok(non_empty(asked.collect(), nobody)?).await?;
            Ok(Topology::table(ranges, known))
        }
    }
}

fn non_empty<T>(some: Vec<T>, otherwise: impl FnOnce() -> RedisError) -> RedisResult<Vec<T>> {
    if some.is_empty() { Err(otherwise()) } else { Ok(some) }
}

/// Whom a sentinel holds for the primary.
async fn primary(dialer: &Dialer, sentinel: &Address, name: &str) -> RedisResult<Address> {
    let mut question = cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    let answer = dialer.question(dialer.ask(sentinel), question).await?;
    let unknown = || RedisError::from((ErrorKind::MasterNameNotFoundBySentinel, "no such primary"));
    let (host, port): (String, u16) = from_redis_value::<Option<_>>(answer)?.ok_or_else(unknown)?;
    Ok(Address::new(&host, port))
}

/// Who serves which slots, in the eyes of a node.
async fn ranges(dialer: &Dialer, node: &Address) -> RedisResult<Vec<Range>> {
    let mut question = cmd("CLUSTER");
    question.arg("SLOTS");
    let answer = dialer.question(dialer.open(node), question).await?;
    let Value::Array(entries) = answer else {
        return Err(not_understood());
    };
    if entries.is_empty() {
        return Err(RedisError::from((
            ErrorKind::ClusterConnectionNotFound,
            "a cluster without slots",
        )));
    }
    let ranges = entries
        .into_iter()
        .map(|entry| range(entry, node).ok_or_else(not_understood));
    ranges.collect()
}

/// `[first, last, [host, port, …], …]`; no host is the one that was asked.
fn range(entry: Value, asked: &Address) -> Option<Range> {
    let Value::Array(entry) = entry else { return None };
    let mut entry = entry.into_iter();
    let (first, last) = (
        from_redis_value(entry.next()?).ok()?,
        from_redis_value(entry.next()?).ok()?,
    );
    let Value::Array(primary) = entry.next()? else {
        return None;
    };
    let mut primary = primary.into_iter();
    let host: Option<String> = from_redis_value(primary.next()?).ok()?;
    let host = host.filter(|host| !host.is_empty() && host != "?");
    let port = from_redis_value(primary.next()?).ok()?;
    Some((first, last, Address::new(host.as_deref().unwrap_or(asked.host()), port)))
}

fn not_understood() -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "not an answer to CLUSTER SLOTS"))
}

impl Dialer {
    /// Asks one thing over a new connection.
    async fn question(
        &self,
        dial: impl Future<Output = RedisResult<MultiplexedConnection>>,
        question: redis::Cmd,
    ) -> RedisResult<Value> {
        let asked = async { dial.await?.send_packed_command(&question).await };
        match tokio::time::timeout(self.timeout(), asked).await {
            Ok(answer) => answer?.extract_error(),
            Err(late) => Err(std::io::Error::from(late).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Address {
        Address::new("127.0.0.1", port)
    }

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn a_node_stays_itself_when_slots_move() {
        let ranges = |end| vec![(0, end, address(1)), (end + 1, SLOTS - 1, address(2))];
        let before = Topology::table(ranges(8191), &Topology::unknown());
        let after = Topology::table(ranges(99), &before);
        assert!(Arc::ptr_eq(before.node(8192).unwrap(), after.node(100).unwrap()));
        assert_eq!(after.node(99).unwrap().address(), &address(1));
        assert!(!after.is_like(&before) && after.is_like(&Topology::table(ranges(99), &before)));
    }

    #[test]
    fn a_slot_that_nobody_serves_has_no_node() {
        let topology = Topology::table(vec![(5, 6, address(1))], &Topology::unknown());
        assert!(topology.node(4).is_none() && topology.node(5).is_some() && topology.node(7).is_none());
        assert!(Topology::unknown().node(0).is_none());
    }

    #[test]
    fn a_node_without_a_host_is_the_one_that_was_asked() {
        let entry = |host| {
            let primary = Value::Array(vec![host, Value::Int(7001), bulk("id")]);
            Value::Array(vec![Value::Int(0), Value::Int(9), primary])
        };
        let asked = address(7000);
        for host in [Value::Nil, bulk(""), bulk("?")] {
            assert_eq!(range(entry(host), &asked), Some((0, 9, address(7001))));
        }
        assert_eq!(range(entry(bulk("b")), &asked), Some((0, 9, Address::new("b", 7001))));
        assert_eq!(range(Value::Int(1), &asked), None);
    }
}
