//! How many of what a goal needs, and what they cost: the figures divided by what one of each may use.

use serde::Serialize;

use super::{
    Figure, Needs, Projection,
    lines::{CPU, MEMORY},
    run::HARNESS,
};

/// Hours in a month: 365 days of 24 hours, over 12.
const HOURS: f64 = 730.0;

/// What one of each may use; the operator's planner counts with the same by default.
#[derive(Debug, Clone)]
pub struct Units {
    /// How much of its CPU each uses under the load, in 0..=1.
    pub utilisation: f64,
    /// Cores of a gateway.
    pub gateway_cores: f64,
    /// Sockets of a gateway.
    pub gateway_sockets: f64,
    /// Cores of a worker.
    pub worker_cores: f64,
    /// Partitions for each worker.
    pub partitions_per_worker: f64,
    /// Cores of a shard's primary.
    pub shard_cores: f64,
    /// Cores of an agent.
    pub agent_cores: f64,
    /// Sockets of an agent.
    pub agent_sockets: f64,
    /// What a core and a GiB cost; none when nobody said it.
    pub prices: Option<Prices>,
}

/// What resources cost.
#[derive(Debug, Clone)]
pub struct Prices {
    /// As `EUR`.
    pub currency: String,
    /// A core for an hour.
    pub core_hour: f64,
    /// A GiB of memory for an hour.
    pub gib_hour: f64,
}

/// How many of one thing it takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Of what.
    pub of: String,
    /// With the figures as they are.
    pub likely: f64,
    /// From the lower to the upper end of their intervals; none when these are unknown.
    pub between: Option<(f64, f64)>,
    /// What it follows from.
    pub why: String,
    /// The runs that the figures come from, from 1 on.
    pub runs: Vec<usize>,
}

impl Projection {
    /// Says how many it takes, as far as the figures go.
    pub(super) fn size(&mut self, sockets: f64, units: &Units) {
        let gateways = self.divided("gateways", "gateway", units.gateway_cores, units);
        let held = (sockets / units.gateway_sockets).ceil();
        self.sizes.extend(gateways.map(|size| size.at_least(held, "sockets")));
        if let Some(workers) = self.divided("workers", "worker", units.worker_cores, units) {
            let each = units.partitions_per_worker;
            let partitions = workers.times(each, "partitions", format!("{each} for each worker"));
            self.sizes.extend([workers, partitions]);
        }
        let shards = self.divided("shards", "mongo", units.shard_cores, units);
        self.sizes.extend(shards);
        let agents = self.divided("agents", HARNESS, units.agent_cores, units);
        let held = (sockets / units.agent_sockets).ceil();
        self.sizes.extend(agents.map(|size| size.at_least(held, "sockets")));
        match &units.prices {
            Some(prices) => {
                let money = self.money(prices, units.utilisation);
                self.sizes.extend(money);
            }
            None => self
                .unknown
                .push("money: say --core-hour, --gib-hour and --currency".to_owned()),
        }
    }

    fn figure(&self, role: &str, cost: &str) -> Option<(&Figure, &Needs)> {
        let mut figures = self.figures.iter();
        let figure = figures.find(|figure| figure.process == role && figure.cost == cost)?;
        Some((figure, figure.needs.as_ref()?))
    }

    /// A role's cores, over what one of it may use.
    fn divided(&mut self, of: &str, role: &str, cores: f64, units: &Units) -> Option<Size> {
        let Some((figure, needs)) = self.figure(role, CPU.cost) else {
            self.unknown.push(format!("{of}: no run has a process called {role}-1"));
            return None;
        };
        if needs.value <= 0.0 {
            let why = format!("{of}: in these runs their CPU does not grow with the load");
            self.unknown.push(why);
            return None;
        }
        let each = cores * units.utilisation;
        let count = |cores: f64| (cores / each).ceil().max(1.0);
        Some(Size {
            of: of.to_owned(),
            likely: count(needs.value),
            between: needs.ends().map(|(least, most)| (count(least), count(most))),
            why: format!(
                "{:.0} cores over {cores} at {:.0} %",
                needs.value,
                units.utilisation * 100.0
            ),
            runs: figure.runs.clone(),
        })
    }

    /// A month of the cores of every role and of the gateways' memory.
    fn money(&self, prices: &Prices, utilisation: f64) -> Option<Size> {
        let cores = self
            .figures
            .iter()
            .filter(|figure| figure.cost == CPU.cost && figure.process != HARNESS);
        let core = prices.core_hour * HOURS / utilisation;
        let memory = self.figure("gateway", MEMORY.cost);
        let parts = cores.filter_map(|figure| Some((figure, figure.needs.as_ref()?, core)));
        let parts = parts.chain(memory.map(|(figure, needs)| (figure, needs, prices.gib_hour * HOURS)));
        let parts: Vec<_> = parts.collect();
        let (first, ..) = parts.first()?;
        let sum = |end: fn(&Needs) -> Option<f64>| {
            let costs = parts.iter().map(|(_, needs, price)| Some(end(needs)? * price));
            costs.sum::<Option<f64>>()
        };
        Some(Size {
            of: format!("{} a month", prices.currency),
            likely: sum(|needs| Some(needs.value))?,
            between: sum(|needs| Some(needs.ends()?.0)).zip(sum(|needs| Some(needs.ends()?.1))),
            why: "the cores of every role and the gateways' memory; no copies, no disks, no traffic".to_owned(),
            runs: first.runs.clone(),
        })
    }
}

impl Size {
    /// The same, or as many as something else asks for.
    fn at_least(self, count: f64, of: &str) -> Self {
        let why = if count > self.likely {
            format!(
                "{count:.0} for the {of}; {} for the requests ({})",
                self.likely, self.why
            )
        } else {
            self.why
        };
        Self {
            likely: self.likely.max(count),
            between: self.between.map(|(least, most)| (least.max(count), most.max(count))),
            why,
            ..self
        }
    }

    fn times(&self, each: f64, of: &str, why: String) -> Self {
        Self {
            of: of.to_owned(),
            likely: self.likely * each,
            between: self.between.map(|(least, most)| (least * each, most * each)),
            why,
            runs: self.runs.clone(),
        }
    }
}

impl Needs {
    /// The interval; it does not go below 0.
    fn ends(&self) -> Option<(f64, f64)> {
        let more = self.plus_minus?;
        Some(((self.value - more).max(0.0), self.value + more))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What each may use, at prices.
    pub(in super::super) fn units() -> Units {
        Units {
            utilisation: 0.5,
            gateway_cores: 2.0,
            gateway_sockets: 10_000.0,
            worker_cores: 1.0,
            partitions_per_worker: 4.0,
            shard_cores: 8.0,
            agent_cores: 1.0,
            agent_sockets: 15_000.0,
            prices: Some(Prices {
                currency: "EUR".to_owned(),
                core_hour: 0.03,
                gib_hour: 0.004,
            }),
        }
    }

    fn figure(role: &str, cost: &str, value: f64, plus_minus: Option<f64>) -> Figure {
        Figure {
            process: role.to_owned(),
            cost: cost.to_owned(),
            value: 1.0,
            plus_minus: None,
            unit: String::new(),
            r_squared: 1.0,
            worst_residual: 0.0,
            runs: vec![1, 2],
            needs: Some(Needs {
                value,
                plus_minus,
                unit: String::new(),
                beyond: 1.0,
            }),
        }
    }

    fn sized(figures: Vec<Figure>, sockets: f64) -> Projection {
        let mut projection = Projection {
            runs: Vec::new(),
            figures,
            sizes: Vec::new(),
            planned: None,
            unknown: Vec::new(),
        };
        projection.size(sockets, &units());
        projection
    }

    fn likely(projection: &Projection, of: &str) -> (f64, Option<(f64, f64)>) {
        let mut sizes = projection.sizes.iter();
        let size = sizes
            .find(|size| size.of == of)
            .unwrap_or_else(|| panic!("{of}: {projection:#?}"));
        (size.likely, size.between)
    }

    #[test]
    fn cores_are_divided_by_what_one_may_use_and_so_are_the_ends_of_the_interval() {
        let figures = vec![
            figure("gateway", "CPU", 100.0, Some(20.0)),
            figure("gateway", "memory", 10.0, Some(1.0)),
            figure("worker", "CPU", 9.9, Some(20.0)),
            figure("mongo", "CPU", 40.0, None),
            figure(HARNESS, "CPU", 3.0, Some(0.5)),
        ];
        let projection = sized(figures, 1e6);
        // 100 cores at half of two each, and 10,000 sockets each.
        assert_eq!(likely(&projection, "gateways"), (100.0, Some((100.0, 120.0))));
        assert_eq!(likely(&projection, "workers"), (20.0, Some((1.0, 60.0))));
        assert_eq!(likely(&projection, "partitions"), (80.0, Some((4.0, 240.0))));
        assert_eq!(likely(&projection, "shards"), (10.0, None));
        assert_eq!(likely(&projection, "agents"), (67.0, Some((67.0, 67.0))));
        let (money, between) = likely(&projection, "EUR a month");
        // 149.9 cores at half, and 10 GiB.
        assert!(
            (money - (149.9 / 0.5 * 0.03 + 10.0 * 0.004) * 730.0).abs() < 1e-6,
            "{money}"
        );
        assert_eq!(between, None, "an interval that is not known makes the sum's unknown");
        assert!(projection.unknown.is_empty(), "{projection:?}");
    }

    #[test]
    fn what_no_run_tells_is_named() {
        let projection = sized(vec![figure("gateway", "CPU", 1.0, None)], 10.0);
        let unknown = projection.unknown.join("\n");
        for of in ["workers", "shards", "agents"] {
            assert!(unknown.contains(of), "{unknown}");
        }
        assert_eq!(likely(&projection, "gateways").0, 1.0);
    }

    #[test]
    fn what_does_not_grow_with_the_load_is_not_divided() {
        let projection = sized(vec![figure("worker", "CPU", -11.0, Some(288.0))], 10.0);
        assert!(
            projection
                .sizes
                .iter()
                .all(|size| size.of != "workers" && size.of != "partitions")
        );
        assert!(
            projection.unknown.iter().any(|why| why.starts_with("workers: ")),
            "{projection:?}"
        );
    }
}
