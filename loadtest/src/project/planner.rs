//! The tables of unit costs that the operator's planner counts with: what the newest says of the goal, and how runs make a new one.

use std::collections::BTreeMap;

use serde::Serialize;
use talkline_costs::{Figure, Message, PerMessage, Table, editions};

use super::{Projection, Run};
use crate::measure::{Kind, Way};

/// Of which of a run's requests there must be so many for the rest not to count, in 0..=1.
const ALONE: f64 = 0.99;

/// What the planner counts for the goal, by the newest table: messages and REST requests, as the runs have them. Other commands are in no
/// table.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The table's number.
    pub edition: usize,
    /// When it was measured, and on what.
    pub measured: String,
    /// Messages a second of the goal.
    pub messages_per_second: f64,
    /// REST requests a second of the goal.
    pub requests_per_second: f64,
    /// Cores of each role.
    pub cores: BTreeMap<String, f64>,
}

impl Planned {
    /// None where the runs have no requests.
    pub(super) fn of(runs: &[Run], goal: f64) -> Option<Self> {
        let (table, edition) = (editions().last()?, editions().len());
        let rate = |is: fn(Kind) -> bool| -> f64 { runs.iter().map(|run| run.rate(is)).sum() };
        let all = rate(|_| true);
        if all == 0.0 {
            return None;
        }
        let messages = goal * rate(|kind| kind == Kind::Ack) / all;
        let requests = goal * rate(|kind| kind.way() == Way::Rest) / all;
        let cores = roles(&table.message).map(|(role, of)| {
            let mut nanos = table.message.cpu(of, messages as u64) as f64;
            if role == "gateway" {
                nanos += requests * table.request.value as f64;
            }
            (role.to_owned(), nanos * 1e-9)
        });
        Some(Self {
            edition,
            measured: table.measured.clone(),
            messages_per_second: messages,
            requests_per_second: requests,
            cores: cores.into(),
        })
    }
}

/// The table's roles, as the processes of runs are called.
fn roles(message: &Message) -> [(&'static str, PerMessage); 5] {
    [
        ("gateway", message.gateway),
        ("worker", message.worker),
        ("kafka", message.kafka),
        ("mongo", message.mongo),
        ("redis", message.redis),
    ]
}

impl Run {
    /// Requests a second of some kinds.
    fn rate(&self, is: impl Fn(Kind) -> bool) -> f64 {
        let kinds = self.kinds.iter().filter(|(kind, _)| is(**kind));
        kinds.map(|(_, rate)| rate).sum()
    }
}

/// Makes the next edition of runs, `measured` then and there: a message as the slowest and the fastest run of nothing else have it, a
/// request as all of them tell a page of history apart. What no run tells is the last edition's.
///
/// # Errors
/// When the runs do not tell what a message costs.
pub fn table(projection: &Projection, measured: String) -> Result<Table, String> {
    let last = editions().last().ok_or("there is no edition")?;
    let mut runs: Vec<String> = projection.runs.iter().map(|run| run.file.clone()).collect();
    let page = format!("CPU of {}", Kind::History);
    let mut pages = projection.figures.iter();
    let page = pages.find(|figure| figure.process == "gateway" && figure.cost == page);
    let page = page.filter(|page| page.value > 0.0 && page.plus_minus.is_some());
    Ok(Table {
        measured,
        message: message(&projection.runs)?,
        delivery: kept(last, &last.delivery, &mut runs),
        request: match page {
            Some(page) => Figure {
                value: (page.value * 1e3).round() as u64,
                runs: page.runs.clone(),
            },
            None => kept(last, &last.request, &mut runs),
        },
        signal: kept(last, &last.signal, &mut runs),
        socket: kept(last, &last.socket, &mut runs),
        runs,
    })
}

/// A figure of the last edition, whose runs are added to the new one's.
fn kept(last: &Table, figure: &Figure, runs: &mut Vec<String>) -> Figure {
    let names = figure.runs.iter().filter_map(|run| last.runs.get(run - 1));
    let numbers = names.map(|name| match runs.iter().position(|run| run == name) {
        Some(position) => position + 1,
        None => {
            runs.push(name.clone());
            runs.len()
        }
    });
    Figure {
        value: figure.value,
        runs: numbers.collect(),
    }
}

/// What the slowest and the fastest run of messages alone cost.
fn message(runs: &[Run]) -> Result<Message, String> {
    let rate = |run: &Run| run.rate(|kind| kind == Kind::Ack);
    let alone = runs
        .iter()
        .enumerate()
        .filter(|(_, run)| rate(run) >= ALONE * run.requests_per_second.max(1.0));
    let mut alone: Vec<(usize, &Run)> = alone.collect();
    alone.sort_by(|(_, one), (_, other)| rate(one).total_cmp(&rate(other)));
    let [(first, slow), .., (last, fast)] = alone.as_slice() else {
        return Err("a table takes two runs of messages alone, at different rates".to_owned());
    };
    let of = |role: &str| {
        let nanos = |run: &Run| {
            let cost = run.costs.get(role);
            let cost = cost.ok_or_else(|| format!("{} has no process called {role}-1", run.file))?;
            Ok::<_, String>((cost.cores / rate(run) * 1e9).round() as u64)
        };
        Ok::<_, String>(PerMessage {
            slow: nanos(slow)?,
            fast: nanos(fast)?,
        })
    };
    Ok(Message {
        slow_rate: rate(slow).round() as u64,
        fast_rate: rate(fast).round() as u64,
        gateway: of("gateway")?,
        worker: of("worker")?,
        kafka: of("kafka")?,
        mongo: of("mongo")?,
        redis: of("redis")?,
        runs: vec![first + 1, last + 1],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Cost;

    /// A cluster of 100 µs a message in a gateway (and less in the others), and 40 a page.
    fn run(messages: f64, pages: f64) -> Run {
        let cost = |micros: f64, page: f64| Cost {
            cores: (messages * micros + pages * page) * 1e-6,
            ..Cost::default()
        };
        let costs = [
            ("gateway", cost(100.0, 40.0)),
            ("worker", cost(50.0, 0.0)),
            ("kafka", cost(30.0, 0.0)),
            ("mongo", cost(80.0, 10.0)),
            ("redis", cost(5.0, 1.0)),
        ];
        Run {
            file: format!("{messages}-{pages}.json"),
            requests_per_second: messages + pages,
            sockets: 100.0,
            saturated: false,
            kinds: [(Kind::Ack, messages), (Kind::History, pages)].into(),
            costs: costs.map(|(role, cost)| (role.to_owned(), cost)).into(),
            operations: BTreeMap::new(),
        }
    }

    fn projected(runs: &[(f64, f64)]) -> Projection {
        let runs = runs.iter().map(|(messages, pages)| run(*messages, *pages)).collect();
        super::super::of(runs, &super::super::tests::goal())
    }

    #[test]
    fn a_table_is_made_of_runs_of_messages_alone_and_says_which() {
        let runs = [
            (500.0, 500.0),
            (8_000.0, 0.0),
            (1_000.0, 0.0),
            (4_000.0, 0.0),
            (100.0, 900.0),
        ];
        let table = table(&projected(&runs), "today".to_owned()).unwrap();
        let Message {
            slow_rate,
            fast_rate,
            gateway,
            ..
        } = table.message;
        assert_eq!((slow_rate, fast_rate), (1_000, 8_000));
        assert_eq!(
            gateway,
            PerMessage {
                slow: 100_000,
                fast: 100_000
            }
        );
        assert_eq!(table.message.runs, [3, 2]);
        assert_eq!(
            table.request,
            Figure {
                value: 40_000,
                runs: vec![1, 2, 3, 4, 5]
            }
        );
        // What nobody measured is the last one's, and so are the runs behind it.
        let last = editions().last().unwrap();
        assert_eq!(table.socket.value, last.socket.value);
        let named = |table: &Table, figure: &Figure| table.runs[figure.runs[0] - 1].clone();
        assert!(
            named(&table, &table.socket).contains(&named(last, &last.socket)),
            "{table:?}"
        );
    }

    #[test]
    fn without_two_of_them_there_is_no_table() {
        let error = table(
            &projected(&[(500.0, 500.0), (1_000.0, 0.0), (100.0, 900.0)]),
            String::new(),
        )
        .unwrap_err();
        assert!(error.contains("two runs of messages alone"), "{error}");
    }

    #[test]
    fn the_planners_word_on_the_goal_is_its_tables() {
        let runs = [run(500.0, 500.0), run(1_000.0, 1_000.0)];
        let planned = Planned::of(&runs, 1e6).unwrap();
        assert_eq!((planned.messages_per_second, planned.requests_per_second), (5e5, 5e5));
        let table = &editions()[planned.edition - 1];
        let gateway = (table.message.gateway.fast + table.request.value) as f64 * 5e5 * 1e-9;
        assert!((planned.cores["gateway"] - gateway).abs() < 1e-6, "{planned:?}");
        assert!(Planned::of(&[run(0.0, 0.0)], 1e6).is_none());
    }
}
