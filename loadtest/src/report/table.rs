//! The report for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Cost, Report};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let load = &self.load;
        writeln!(
            f,
            "{} users in rooms of {}, {} messages/s intended, {} s measured",
            load.users, load.rooms_of, load.rate, load.seconds
        )?;
        writeln!(
            f,
            "{:.0} acknowledged/s, {:.0} received/s",
            self.acked_per_second, self.received_per_second
        )?;
        latencies(self, f)?;
        costs(self, f)?;
        counts(self, f)?;
        if self.saturated {
            writeln!(
                f,
                "the harness fell behind its schedule: the latencies are partly its own"
            )?;
        }
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
    write!(f, "{first:<10}")?;
    rest.iter().try_for_each(|name| write!(f, "{name:>10}"))?;
    writeln!(f)?;
    for (name, latency) in &report.latency {
        write!(f, "{name:<10}{:>10}", latency.count)?;
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

fn costs(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let mut line = |who: &str, cost: &Cost| {
        let per_message = cost
            .cpu_micros_per_message
            .map_or_else(|| "-".to_owned(), |micros| format!("{micros:.1}"));
        let (cores, mib) = (cost.cores, cost.rss_bytes >> 20);
        writeln!(
            f,
            "{who:<10}{cores:.2} cores, {per_message} µs CPU a message, {mib} MiB"
        )
    };
    line("harness", &report.generator)?;
    for server in &report.servers {
        line(&server.name, &server.cost)?;
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
        "{} sent, {} acknowledged, {} received, {} recovered by sync; {} retries, {} connections lost, {} late, {} shed",
        counts.sent,
        counts.acked,
        counts.received,
        counts.recovered,
        counts.retries,
        counts.disconnects,
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
