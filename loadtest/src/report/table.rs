//! The report for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Cost, Report};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let load = &self.load;
        writeln!(
            f,
            "{}: {} users with {} sockets in rooms of {}, {} arrivals/s intended, {} s measured",
            load.scenario, load.users, load.sockets, load.rooms_of, load.rate, load.seconds
        )?;
        writeln!(
            f,
            "{:.0} requests/s with a p99 of {:.1} ms, {:.0} acknowledged/s, {:.0} received/s",
            self.requests_per_second, self.request_p99_ms, self.acked_per_second, self.received_per_second
        )?;
        latencies(self, f)?;
        requests(self, f)?;
        costs(self, f)?;
        counts(self, f)?;
        agents(self, f)?;
        climbed(self, f)?;
        ceiling(self, f)?;
        for broken in &self.broken {
            writeln!(f, "BROKEN: {broken}")?;
        }
        f.write_str(if self.ok {
            "ok: nothing lost, duplicated or reordered"
        } else {
            "not ok"
        })
    }
}

fn latencies(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let header = ["ms", "count", "p50", "p90", "p99", "p99.9", "max"];
    let [first, rest @ ..] = header;
    write!(f, "{first:<14}")?;
    rest.iter().try_for_each(|name| write!(f, "{name:>10}"))?;
    writeln!(f)?;
    for (name, latency) in &report.latency {
        let latency = latency.quantiles;
        write!(f, "{name:<14}{:>10}", latency.count)?;
        for value in [
            latency.p50_ms,
            latency.p90_ms,
            latency.p99_ms,
            latency.p999_ms,
            latency.max_ms,
        ] {
            write!(f, "{value:>10.2}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Only where there are several kinds: one is the whole.
fn requests(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    if report.requests.len() < 2 {
        return Ok(());
    }
    write!(f, "{:<14}", "requests")?;
    for name in ["share %", "/s", "p99", "ok", "failed", "skipped"] {
        write!(f, "{name:>10}")?;
    }
    writeln!(f)?;
    for (kind, requests) in &report.requests {
        let outcome = requests.outcome;
        writeln!(
            f,
            "{kind:<14}{:>10.2}{:>10.1}{:>10.2}{:>10}{:>10}{:>10}",
            requests.share * 100.0,
            requests.per_second,
            requests.p99_ms,
            outcome.ok,
            outcome.failed,
            outcome.skipped
        )?;
    }
    Ok(())
}

fn costs(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let mut line = |who: &str, cost: &Cost| {
        let micros = |micros: Option<f64>| micros.map_or_else(|| "-".to_owned(), |micros| format!("{micros:.1}"));
        writeln!(
            f,
            "{who:<10}{:.2} cores, {} µs CPU a message, {} a request, {} MiB ({:+} KiB)",
            cost.cores,
            micros(cost.cpu_micros_per_message),
            micros(cost.cpu_micros_per_request),
            cost.rss_bytes >> 20,
            cost.rss_growth_bytes / 1024
        )
    };
    line("harness", &report.generator)?;
    for server in &report.servers {
        line(&server.name, &server.cost)?;
    }
    for (what, per_second) in &report.operations {
        writeln!(f, "{:<10}{per_second:.1} {what} a second", "")?;
    }
    writeln!(
        f,
        "{:<10}{} bytes of harness memory a connection",
        "", report.bytes_per_connection
    )
}

fn counts(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let counts = &report.counts;
    writeln!(
        f,
        "{} sent, {} acknowledged, {} received, {} recovered by sync; {} retries, {} connections lost, {} pings answered, {} late, {} shed",
        counts.sent,
        counts.acked,
        counts.received,
        counts.recovered,
        counts.retries,
        counts.disconnects,
        counts.pings,
        counts.late,
        counts.shed
    )?;
    for (name, count) in report.findings.named() {
        write!(f, "{count} {name}  ")?;
    }
    writeln!(f)?;
    match report.settled_ms {
        Some(millis) => writeln!(f, "settled {millis} ms after the last send")?,
        None => writeln!(f, "not settled when the deadline came")?,
    }
    report
        .troubles
        .iter()
        .try_for_each(|(trouble, count)| writeln!(f, "{count} × {trouble}"))
}

fn agents(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    for agent in &report.agents {
        let ended = agent.lost.as_deref().unwrap_or("done");
        writeln!(
            f,
            "agent {}: {} users, {} arrivals/s: {ended}",
            agent.name, agent.users, agent.rate
        )?;
    }
    Ok(())
}

fn climbed(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    report.climbed.as_ref().map_or(Ok(()), |climbed| write!(f, "{climbed}"))
}

fn ceiling(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let ceiling = &report.ceiling;
    write!(
        f,
        "the harness used {:.0} % of its {} threads",
        ceiling.busy * 100.0,
        ceiling.threads
    )?;
    match ceiling.requests_per_second {
        Some(most) => writeln!(f, "; at this cost it would be full at {most:.0} requests/s")?,
        None => writeln!(f)?,
    }
    ceiling
        .bottlenecks
        .iter()
        .try_for_each(|why| writeln!(f, "THE HARNESS IS THE BOTTLENECK: {why}"))
}
