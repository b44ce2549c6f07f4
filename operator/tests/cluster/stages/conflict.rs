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
/// What another one holds it with all the time.
const ANOTHERS: &str = "example.com/stays";

impl Stage<'_> {
    /// However often others write what is not the operator's matter, none of its writes is refused for that.
    pub(crate) fn others_who_write_hold_nobody_up(&self, operator: &mut Operator) -> Result<()> {
        let seen = self.end_of_log()?;
        self.beside_others(
            OTHERS,
            |other, count| self.annotate(CHAT, &format!("example.com/other-{other}={count}")),
            || {
                for is_held in [true, false].repeat(CHANGES) {
                    self.hold_is(operator, is_held)?;
                }
                Ok(())
            },
        )?;
        ensure!(self.refused_since(seen)? == 0, "a write was refused");
        Ok(())
    }

    /// The API server refuses a write over finalizers that the operator has not seen. It is tried again, and all that was asked for comes to be.
    pub(crate) fn a_write_that_meets_anothers_is_tried_again(&self, operator: &mut Operator) -> Result<()> {
        let seen = self.end_of_log()?;
        self.patch(&json!({ "metadata": { "finalizers": [ANOTHERS] } }))?;
        self.beside_others(
            1,
            |_, count| self.another_is_first(count % 2 == 1),
            || self.changes_until_one_is_refused(operator, seen),
        )?;
        self.hold_is(operator, false)?;
        self.patch(&json!({ "metadata": { "finalizers": null } }))
    }

    fn changes_until_one_is_refused(&self, operator: &mut Operator, seen: u64) -> Result<()> {
        for is_held in [true, false].repeat(CHANGES_UNTIL_MET) {
            self.ask_to_hold(is_held)?;
            operator.until("the hold is as it says, or a write was refused", |_| {
                Ok(self.refused_since(seen)? > 0 || self.is_held()? == is_held)
            })?;
            if self.refused_since(seen)? > 0 {
                return Ok(());
            }
        }
        ensure!(false, "no write met another one");
        Ok(())
    }

    /// Another's finalizer, which comes before all others, or goes: each time the place of all others is another one.
    fn another_is_first(&self, is_held: bool) -> Result<()> {
        let first = "/metadata/finalizers/0";
        let name = "example.com/first";
        let patch = if is_held {
            json!([{ "op": "add", "path": first, "value": name }])
        } else {
            json!([{ "op": "test", "path": first, "value": name }, { "op": "remove", "path": first }])
        };
        let patch = patch.to_string();
        let arguments = ["--namespace=team", "patch", CHAT, "--type=json", "--patch", &patch];
        self.0.kubectl(&arguments, "").map(drop)
    }

    /// Does something while others write, who are told which of them they are and how often they have.
    fn beside_others(
        &self,
        others: usize,
        write: impl Fn(usize, usize) -> Result<()> + Sync,
        act: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for other in 0..others {
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

    /// How many of the operator's writes were refused, since others had written or what they had written was not as seen.
    fn refused_since(&self, place: u64) -> Result<usize> {
        let is_refused = |line: &&str| ["\"code\":409", "\"code\":422"].iter().any(|code| line.contains(code));
        self.asked_since(place, |line| {
            line.contains("\"resource\":\"chatclusters\"") && is_refused(line)
        })
    }

    /// The hold on one whose data is to go with it comes, or goes.
    fn hold_is(&self, operator: &mut Operator, is_held: bool) -> Result<()> {
        self.ask_to_hold(is_held)?;
        operator.until("the hold is as it says", |_| Ok(self.is_held()? == is_held))
    }

    fn ask_to_hold(&self, is_held: bool) -> Result<()> {
        let policy = if is_held { "Delete" } else { "Retain" };
        self.patch(&json!({ "spec": { "deletionPolicy": policy } }))
    }

    fn is_held(&self) -> Result<bool> {
        let chat = get(self.0, CHAT)?;
        let finalizers = chat["metadata"]["finalizers"].as_array();
        Ok(finalizers.is_some_and(|all| all.contains(&json!(FINALIZER))))
    }
}
