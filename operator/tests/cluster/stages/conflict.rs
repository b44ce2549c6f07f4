//! Somebody else who writes the ChatCluster at the same moment.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{CHAT, Stage};
use crate::operator::{Operator, get};

/// Those who write it, each as fast as it can.
const OTHERS: usize = 2;
/// Changes within which a write of the operator has met one of theirs, at the latest.
const CHANGES: usize = 60;

impl Stage<'_> {
    /// The API server refuses a write over what the operator has not seen. It is tried again, and all that was asked for comes to be.
    pub(crate) fn a_write_that_meets_anothers_is_tried_again(&self, operator: &mut Operator) -> Result<()> {
        let (is_over, seen) = (AtomicBool::new(false), self.end_of_log()?);
        thread::scope(|scope| {
            for other in 0..OTHERS {
                let (is_over, stage) = (&is_over, self);
                scope.spawn(move || {
                    let mut count = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        count += 1;
                        // One that is refused is written again.
                        drop(stage.annotate(CHAT, &format!("example.com/other-{other}={count}")));
                    }
                });
            }
            let met = self.changes_until_one_is_met(operator, seen);
            is_over.store(true, Ordering::Relaxed);
            met
        })?;
        self.holds(operator, false)
    }

    fn changes_until_one_is_met(&self, operator: &mut Operator, seen: u64) -> Result<()> {
        for _ in 0..CHANGES {
            for is_held in [true, false] {
                self.holds(operator, is_held)?;
            }
            if self.asked_since(seen, |line| line.contains("\"code\":409"))? > 0 {
                return Ok(());
            }
        }
        ensure!(false, "no write met another one");
        Ok(())
    }

    /// The hold on one whose data is to go with it comes, or goes.
    fn holds(&self, operator: &mut Operator, is_held: bool) -> Result<()> {
        let policy = if is_held { "Delete" } else { "Retain" };
        self.patch(&json!({ "spec": { "deletionPolicy": policy } }))?;
        operator.until("the hold is as it says", |_| {
            Ok(get(self.0, CHAT)?["metadata"].get("finalizers").is_some() == is_held)
        })
    }
}
