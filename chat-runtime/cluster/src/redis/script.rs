//! Lua scripts: what is to happen in one step on the server. Sent by their hash, and whole to a server that lacks them.

use redis::{Cmd, Script, ServerErrorKind, Value, cmd};
use talkline_core::Result;

use super::nodes::Nodes;

/// A script that works on one key.
pub(super) struct OneKey {
    code: &'static str,
    hash: String,
}

/// One run: its key, and its arguments.
pub(super) struct Run {
    pub(super) key: String,
    pub(super) arguments: Vec<Vec<u8>>,
}

impl OneKey {
    pub(super) fn new(code: &'static str) -> Self {
        Self {
            code,
            hash: Script::new(code).get_hash().to_owned(),
        }
    }

    /// The answers of `runs`, in their order.
    ///
    /// # Errors
    /// Those of the nodes, and the first of a single run.
    pub(super) async fn run(&self, nodes: &Nodes, operation: &'static str, runs: &[Run]) -> Result<Vec<Value>> {
        let by_hash = runs
            .iter()
            .map(|run| (run.key.as_str(), run.command("EVALSHA", &self.hash)));
        let mut answers = nodes.batch(operation, by_hash.collect()).await?;
        let unknown: Vec<_> = (0..answers.len())
            .filter(|index| is_unknown(&answers[*index]))
            .collect();
        if !unknown.is_empty() {
            let whole = unknown.iter().map(|index| {
                let run = &runs[*index];
                (run.key.as_str(), run.command("EVAL", self.code))
            });
            let again = nodes.batch(operation, whole.collect()).await?;
            for (index, answer) in unknown.into_iter().zip(again) {
                answers[index] = answer;
            }
        }
        let extract = |answer: Value| {
            answer
                .extract_error()
                .map_err(|cause| super::error::failed(operation, &cause))
        };
        answers.into_iter().map(extract).collect()
    }
}

impl Run {
    fn command(&self, name: &str, code: &str) -> Cmd {
        let mut command = cmd(name);
        command.arg(code).arg(1).arg(&self.key);
        for argument in &self.arguments {
            command.arg(argument);
        }
        command
    }
}

fn is_unknown(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}
