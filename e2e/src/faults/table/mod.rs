//! The table of faults, by what they strike. Each row's steps stand below its table.

mod network;
mod processes;
mod servers;

use std::time::Duration;

use super::{Fault, Step};

/// Long enough for clients and processes to notice.
const SHORT: Duration = Duration::from_secs(5);
/// Longer than a worker may be silent before others get its partitions (6 s, see `cluster.yaml`), than a broker may be (9 s),
/// and than MongoDB waits for an election (10 s).
const LONG: Duration = Duration::from_secs(13);

const KILLED: &str = "kill -9";
const STOPPED: &str = "SIGSTOP";
const RESTARTED: &str = "it is started again";
const RESUMED: &str = "it goes on";

const NOTHING: Step = |_| Box::pin(async { Ok(()) });

/// What a row says where it says nothing else; by itself, what it is like when nothing happens.
const CALM: Fault = Fault {
    name: "nothing",
    does: "nothing",
    undone: "there is nothing to undo",
    lasts: Duration::ZERO,
    short: false,
    prepare: NOTHING,
    strike: NOTHING,
    undo: NOTHING,
};

/// Every fault, and first what it is like without one.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    let tables = [&[CALM], processes::TABLE, servers::TABLE, network::TABLE];
    tables.into_iter().flatten()
}
