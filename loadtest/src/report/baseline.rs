//! Whether another run was better, by more than is allowed.

use super::{Check, Class, Report};

/// Kinds of which either run has fewer times are not compared by their p99: the slowest ten decide over it.
const ENOUGH: u64 = 1_000;

/// What is compared: its name, before, now, and whether more of it is better.
struct Figure {
    name: String,
    before: f64,
    now: f64,
    more_is_better: bool,
}

/// Compares a run with an earlier one of the same load; `percent` is how much worse each figure may be.
///
/// # Errors
/// When the earlier one was of another load.
pub fn compare(now: &Report, before: &Report, percent: f64) -> Result<Vec<Check>, String> {
    let (load, earlier) = (&now.load, &before.load);
    let users = load.users == earlier.users && load.sockets == earlier.sockets && load.rooms_of == earlier.rooms_of;
    if !users || load.scenario != earlier.scenario || load.mix != earlier.mix || load.rate != earlier.rate {
        return Err(format!(
            "the baseline is of another load: {}, {} users in rooms of {}, {} arrivals/s, or of another mix",
            earlier.scenario, earlier.users, earlier.rooms_of, earlier.rate
        ));
    }
    let checks = figures(now, before).into_iter().map(|figure| {
        let broken = figure.broken(percent);
        Check::new(Class::Baseline, figure.name, broken)
    });
    Ok(checks.collect())
}

fn figures(now: &Report, before: &Report) -> Vec<Figure> {
    let mut figures = vec![Figure {
        name: "requests a second".to_owned(),
        before: before.requests_per_second,
        now: now.requests_per_second,
        more_is_better: true,
    }];
    for (kind, latency) in now.latency.iter().filter(|(kind, _)| *kind != "lag") {
        let (now, before) = (Some(&latency.quantiles), before.latency.get(kind));
        let both = now.zip(before.map(|before| &before.quantiles));
        if let Some((now, before)) = both.filter(|(now, before)| now.count.min(before.count) >= ENOUGH) {
            figures.push(Figure {
                name: format!("{kind} p99, ms"),
                before: before.p99_ms,
                now: now.p99_ms,
                more_is_better: false,
            });
        }
    }
    for server in &now.servers {
        let earlier = before.servers.iter().find(|earlier| earlier.name == server.name);
        let earlier = earlier.and_then(|earlier| earlier.cost.cpu_micros_per_request);
        if let Some((now, before)) = server.cost.cpu_micros_per_request.zip(earlier) {
            figures.push(Figure {
                name: format!("{}: CPU a request, µs", server.name),
                before,
                now,
                more_is_better: false,
            });
        }
    }
    figures
}

impl Figure {
    fn broken(&self, percent: f64) -> Option<String> {
        let allowed = percent / 100.0;
        let worse = match self.more_is_better {
            true => self.now < self.before * (1.0 - allowed),
            false => self.now > self.before * (1.0 + allowed),
        };
        worse.then(|| {
            format!(
                "{}: {:.2}, and {:.2} in the baseline: more than {percent} % worse",
                self.name, self.now, self.before
            )
        })
    }
}
