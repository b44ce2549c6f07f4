//! Who reads which partition: the workers that have joined, in turn.

use std::{collections::BTreeSet, sync::Arc};

use talkline_core::offset::Partition;
use tokio::sync::watch;

/// The workers of one log.
pub(super) struct Group {
    table: Arc<watch::Sender<Table>>,
}

/// Who has joined, and what each partition was given to last.
pub(super) struct Table {
    members: BTreeSet<u64>,
    joined: u64,
    holders: Vec<Holder>,
}

/// A partition's present holder. The term tells two holdings of one worker apart.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Holder {
    member: Option<u64>,
    term: u64,
}

/// One worker in the group. It leaves when the seat and all that it holds are dropped.
pub(super) struct Seat {
    member: Arc<Member>,
    changes: watch::Receiver<Table>,
    /// By partition: the last term in which it was handed out.
    handed: Vec<u64>,
}

struct Member {
    table: Arc<watch::Sender<Table>>,
    number: u64,
}

/// A partition in the hands of a worker, until the table says otherwise.
pub(super) struct Holding {
    pub(super) partition: Partition,
    holder: Holder,
    changes: watch::Receiver<Table>,
    /// Kept: who reads has not left.
    _member: Arc<Member>,
}

impl Group {
    pub(super) fn new(partitions: Partition) -> Self {
        let table = Table {
            members: BTreeSet::new(),
            joined: 0,
            holders: vec![Holder::default(); partitions as usize],
        };
        Self {
            table: Arc::new(watch::Sender::new(table)),
        }
    }

    /// A new worker; the partitions are shared out anew.
    pub(super) fn join(&self) -> Seat {
        let mut number = 0;
        let mut partitions = 0;
        self.table.send_modify(|table| {
            table.joined += 1;
            number = table.joined;
            partitions = table.holders.len();
            table.members.insert(number);
            table.share_out();
        });
        Seat {
            member: Arc::new(Member {
                table: Arc::clone(&self.table),
                number,
            }),
            changes: self.table.subscribe(),
            handed: vec![0; partitions],
        }
    }
}

impl Table {
    fn share_out(&mut self) {
        let members: Vec<_> = self.members.iter().copied().collect();
        for (partition, holder) in self.holders.iter_mut().enumerate() {
            let member = (!members.is_empty()).then(|| members[partition % members.len()]);
            if holder.member != member {
                *holder = Holder {
                    member,
                    term: holder.term + 1,
                };
            }
        }
    }
}

impl Seat {
    /// Waits for a partition that this worker has been given and has not been told of yet.
    pub(super) async fn next(&mut self) -> Holding {
        loop {
            if let Some(holding) = self.untold() {
                return holding;
            }
            if self.changes.changed().await.is_err() {
                // The sender lives in this seat, so the table cannot end before it.
                std::future::pending::<()>().await;
            }
        }
    }

    fn untold(&mut self) -> Option<Holding> {
        let table = self.changes.borrow_and_update();
        let mine = |(partition, holder): (usize, &Holder)| {
            let new = holder.member == Some(self.member.number) && holder.term > self.handed[partition];
            new.then_some((partition, *holder))
        };
        let (partition, holder) = table.holders.iter().enumerate().find_map(mine)?;
        drop(table);
        self.handed[partition] = holder.term;
        Some(Holding {
            partition: partition as Partition,
            holder,
            changes: self.changes.clone(),
            _member: Arc::clone(&self.member),
        })
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.table.send_modify(|table| {
            table.members.remove(&self.number);
            table.share_out();
        });
    }
}

impl Holding {
    /// Whether the partition is still this worker's.
    pub(super) fn holds(&self) -> bool {
        self.changes.borrow().holders.get(self.partition as usize) == Some(&self.holder)
    }

    /// Returns when the partition was taken away.
    pub(super) async fn lost(&mut self) {
        let (partition, holder) = (self.partition as usize, self.holder);
        // An error means that the whole log is gone, and the partition with it.
        let _ = self
            .changes
            .wait_for(|table| table.holders.get(partition) != Some(&holder))
            .await;
    }
}
