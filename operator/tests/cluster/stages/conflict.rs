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
/// How often the hold comes and goes while they do.
const CHANGES: usize = 5;
/// Changes within which a write of the operator has met one of theirs, at the latest.
const CHANGES_UNTIL_MET: usize = 60;
/// What the operator holds a ChatCluster with.
const FINALIZER: &str = "talkline.dev/servers";

impl Stage<'_> {
    /// However often others write what is not the operator's matter, none of its writes is refused for that.
    pub(crate) fn others_who_write_hold_nobody_up(&self, operator: &mut Operator) -> Result<()> {
        let seen = self.end_of_log()?;
        self.beside_others(
            |other, count| self.annotate(CHAT, &format!("example.com/other-{other}={count}")),
            || (0..CHANGES).try_for_each(|_| self.hold_comes_and_goes(operator)),
        )?;
        ensure!(self.refused_since(seen)? == 0, "a write was refused");
        Ok(())
    }

    /// The API server refuses a write over finalizers that the operator has not seen. It is tried again, and all that was asked for comes to be.
    pub(crate) fn a_write_that_meets_anothers_is_tried_again(&self, operator: &mut Operator) -> Result<()> {
        let seen = self.end_of_log()?;
        self.beside_others(
            |other, count| self.hold_for_another(other, count % 2 == 1),
            || {
                for _ in 0..CHANGES_UNTIL_MET {
                    self.hold_comes_and_goes(operator)?;
                    if self.refused_since(seen)? > 0 {
                        return Ok(());
                    }
                }
                ensure!(false, "no write met another one");
                Ok(())
            },
        )?;
        self.hold_is(operator, false)?;
        operator.until("the others let go", |_| {
            (0..OTHERS).for_each(|other| drop(self.hold_for_another(other, false)));
            Ok(get(self.0, CHAT)?["metadata"].get("finalizers").is_none())
        })
    }

    /// Does something while others write, who say who they are and how often they have.
    fn beside_others(
        &self,
        write: impl Fn(usize, usize) -> Result<()> + Sync,
        act: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for other in 0..OTHERS {
                let (is_over, write) = (&is_over, &write);
                scope.spawn(move || {
                    let counts = (1..).take_while(|_| !is_over.load(Ordering::Relaxed));
                    // One that is refused is written again.
                    counts.for_each(|count| drop(write(other, count)));
                });
            }
            let acted = act();
            is_over.store(true, Ordering::Relaxed);
            acted
        })
    }

    /// Another's finalizer, which comes or goes, unless somebody writes at the same moment.
    fn hold_for_another(&self, other: usize, is_held: bool) -> Result<()> {
        let name = format!("example.com/other-{other}");
        let chat = get(self.0, CHAT)?;
        let mut finalizers = chat["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
        finalizers.retain(|held| *held != name);
        if is_held {
            finalizers.push(json!(name));
        }
        let version = &chat["metadata"]["resourceVersion"];
        self.patch(&json!({ "metadata": { "finalizers": finalizers, "resourceVersion": version } }))
    }

    /// How many of the operator's writes were refused, since others had written or what they had written was not as seen.
    fn refused_since(&self, place: u64) -> Result<usize> {
        let is_refused = |line: &&str| ["\"code\":409", "\"code\":422"].iter().any(|code| line.contains(code));
        self.asked_since(place, |line| {
            line.contains("\"resource\":\"chatclusters\"") && is_refused(line)
        })
    }

    fn hold_comes_and_goes(&self, operator: &mut Operator) -> Result<()> {
        [true, false]
            .into_iter()
            .try_for_each(|is_held| self.hold_is(operator, is_held))
    }

    /// The hold on one whose data is to go with it comes, or goes.
    fn hold_is(&self, operator: &mut Operator, is_held: bool) -> Result<()> {
        let policy = if is_held { "Delete" } else { "Retain" };
        self.patch(&json!({ "spec": { "deletionPolicy": policy } }))?;
        operator.until("the hold is as it says", |_| {
            let chat = get(self.0, CHAT)?;
            let finalizers = chat["metadata"]["finalizers"].as_array();
            Ok(finalizers.is_some_and(|all| all.contains(&json!(FINALIZER))) == is_held)
        })
    }
}
