//! The faults that are tried in each test run, on servers of one member: whatever happens, nothing that was acknowledged is
//! lost, nothing comes twice or out of order, and everybody catches up. `make chaos` tries all of them, on sets of three.

use std::time::Duration;

use anyhow::Result;
use talkline_e2e::{
    Load,
    faults::{self, Stage},
    tool,
};

const LOAD: Load = Load {
    users: 40,
    rate: 200,
    duration: Duration::from_secs(4),
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_to_any_of_the_short_faults() -> Result<()> {
    if !tool::servers("the faults of the cluster")? {
        return Ok(());
    }
    let mut stage = Stage::set(&["kafka=1", "mongo=1", "redis=1"]).await?;
    let mut outcomes = Vec::new();
    for fault in faults::all().filter(|fault| fault.short) {
        outcomes.push(stage.strike(fault, LOAD).await?);
    }
    println!("{}", faults::markdown(&outcomes));
    for outcome in outcomes {
        outcome.clean()?;
    }
    Ok(())
}
