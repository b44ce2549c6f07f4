//! Faults, and what they cost: people talk over a real cluster while something of it is killed, stopped, filled or cut off.
//!
//! A [`Fault`] is a row of a table: see [`all`]. The [`Stage`] is what it strikes. The load harness keeps people talking
//! meanwhile, and its checker judges: whatever happens, nothing that was acknowledged is lost, nothing comes twice or out of
//! order, and everybody catches up. The [`Outcome`] also says how long anybody had to wait.

mod links;
mod outcome;
mod stage;
mod table;

use std::{pin::Pin, time::Duration};

use anyhow::Result;

pub use outcome::{Outcome, markdown};
pub use stage::Stage;
pub use table::all;

/// One step of a fault.
type Step = for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// What can happen to a cluster.
pub struct Fault {
    /// What it is called.
    pub name: &'static str,
    /// What is done.
    pub does: &'static str,
    /// How it is undone.
    pub undone: &'static str,
    /// How long it lasts until then.
    pub lasts: Duration,
    /// Whether it is tried in each test run, and not only where there is time for all.
    pub short: bool,
    /// What has to be there before people talk.
    prepare: Step,
    strike: Step,
    undo: Step,
}
