//! Which part of a load each agent has.

use serde::{Deserialize, Serialize};

use crate::options::Options;

/// An agent's part of a run, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// Its address, as the command line has it.
    pub name: String,
    /// Users that it had.
    pub users: usize,
    /// Arrivals a second that it had.
    pub rate: f64,
    /// The moment of its start is known to so many ms: half of what a message to it and back takes.
    pub start_within_ms: f64,
    /// Why its part is missing; none when it is there.
    pub lost: Option<String>,
}

/// Splits a load into parts of whole conversations, each with its users' part of the rate.
///
/// # Errors
/// When there are fewer conversations than agents.
pub fn split(options: &Options, agents: usize) -> Result<Vec<Options>, String> {
    let rooms = options.rooms();
    if rooms < agents {
        return Err(format!(
            "{rooms} conversations of {} can not be spread over {agents} agents: raise --users",
            options.rooms_of
        ));
    }
    Ok((0..agents).map(|agent| part(options, agent, agents)).collect())
}

fn part(options: &Options, agent: usize, agents: usize) -> Options {
    let rooms = options.rooms() / agents + usize::from(agent < options.rooms() % agents);
    let users = rooms * options.rooms_of;
    Options {
        users,
        rate: options.rate * users as f64 / options.users as f64,
        accounts: options.accounts.as_ref().map(|accounts| format!("{accounts}-{agent}")),
        seed: options
            .seed
            .map(|seed| seed.wrapping_add(u32::try_from(agent).unwrap_or(u32::MAX))),
        servers: Vec::new(),
        server_metrics: Vec::new(),
        goose_report: None,
        ..options.clone()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_parts_are_the_whole_and_no_conversation_is_cut() {
        let line = "x --users 70 --rooms-of 7 --rate 1000 --accounts a --seed 4";
        let options = Line::parse_from(line.split(' ')).options;
        let parts = split(&options, 4).unwrap();
        assert_eq!(
            parts.iter().map(|part| part.users).collect::<Vec<_>>(),
            [21, 21, 14, 14]
        );
        assert!((parts.iter().map(|part| part.rate).sum::<f64>() - 1000.0).abs() < 1e-9);
        assert!((parts[0].rate - 300.0).abs() < 1e-9);
        assert_eq!((parts[3].accounts.as_deref(), parts[3].seed), (Some("a-3"), Some(7)));
        assert!(split(&options, 11).unwrap_err().contains("11 agents"));
    }
}
