//! The report as one HTML page: no script, nothing loaded from anywhere.

mod chart;

use std::fmt::{self, Display, Formatter};

use super::{Cost, Report, markup::Escaped};
use crate::measure::Point;
use chart::{Chart, Series};

/// A report as an HTML page.
#[derive(Debug)]
pub struct Html<'a>(pub &'a Report);

/// How the page looks.
const STYLE: &str = include_str!("style.css");

/// What a line over time is called, and its value in a point.
type Line = (&'static str, fn(&Point) -> f64);

/// The curve of a histogram has so many points for each nine.
const PER_NINE: u32 = 10;

impl Display for Html<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let scenario = Escaped(&report.load.scenario);
        writeln!(f, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")?;
        writeln!(
            f,
            r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#
        )?;
        writeln!(
            f,
            "<title>{scenario} · talkline-loadtest</title>\n<style>{STYLE}</style></head><body>"
        )?;
        head(report, f)?;
        f.write_str("<section class=\"charts\">\n")?;
        charts(report).iter().try_for_each(|chart| write!(f, "{chart}"))?;
        f.write_str("</section>\n")?;
        checks(report, f)?;
        requests(report, f)?;
        latencies(report, f)?;
        costs(report, f)?;
        troubles(report, f)?;
        let whole = Escaped(report);
        write!(
            f,
            "<details><summary>As in the terminal</summary><pre>{whole}</pre></details>"
        )?;
        f.write_str("</body></html>\n")
    }
}

fn head(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let load = &report.load;
    let (class, verdict) = if report.ok { ("ok", "ok") } else { ("bad", "not ok") };
    writeln!(
        f,
        r#"<header><h1>{} <span class="{class}">{verdict}</span></h1>"#,
        Escaped(&load.scenario)
    )?;
    writeln!(
        f,
        "<p>{} users with {} sockets in rooms of {}, {} arrivals a second intended, {} s measured</p>",
        load.users, load.sockets, load.rooms_of, load.rate, load.seconds
    )?;
    f.write_str("<dl>")?;
    let p99 = |kind| report.latency.get(kind).map_or(0.0, |it| it.quantiles.p99_ms);
    for (name, value) in [
        ("requests/s", format!("{:.0}", report.requests_per_second)),
        ("acknowledged/s", format!("{:.0}", report.acked_per_second)),
        ("received/s", format!("{:.0}", report.received_per_second)),
        ("ack p99", format!("{:.1} ms", p99("ack"))),
        ("delivery p99", format!("{:.1} ms", p99("delivery"))),
        ("harness busy", format!("{:.0} %", report.ceiling.busy * 100.0)),
    ] {
        write!(f, "<div><dt>{name}</dt><dd>{value}</dd></div>")?;
    }
    writeln!(f, "</dl>")?;
    for why in &report.ceiling.bottlenecks {
        writeln!(
            f,
            r#"<p class="bad">The harness is the bottleneck: {}</p>"#,
            Escaped(why)
        )?;
    }
    writeln!(f, "</header>")
}

fn charts(report: &Report) -> Vec<Chart> {
    let over_time = |title, log_y, lines: &[Line]| {
        let series = lines.iter().map(|(name, value)| line(report, name, *value));
        Chart {
            title,
            x: "seconds from the first send",
            x_label: chart::short,
            log_x: false,
            log_y,
            series: series.collect(),
        }
    };
    vec![
        over_time(
            "A second",
            false,
            &[
                ("requests", |it| it.counts.requests as f64 / it.seconds),
                ("acknowledged", |it| it.counts.acked as f64 / it.seconds),
                ("received", |it| it.counts.received as f64 / it.seconds),
            ],
        ),
        over_time(
            "Times, ms",
            true,
            &[
                ("requests p50", |it| it.requests.at(0.5)),
                ("requests p99", |it| it.requests.at(0.99)),
                ("delivery p50", |it| it.delivery.at(0.5)),
                ("delivery p99", |it| it.delivery.at(0.99)),
            ],
        ),
        curves(report),
        over_time(
            "Harness: cores used, arrivals late",
            false,
            &[
                ("cores", |it| it.cpu_seconds / it.seconds),
                ("late a second", |it| {
                    (it.counts.late + it.counts.crowded) as f64 / it.seconds
                }),
            ],
        ),
        over_time("Sockets", false, &[("open", |it| it.open.sockets as f64)]),
    ]
}

fn line(report: &Report, name: &str, value: fn(&Point) -> f64) -> Series {
    let mut at = 0.0;
    let points = report.timeline.points().map(|point| {
        at += point.seconds;
        (at, value(point))
    });
    Series {
        name: name.to_owned(),
        points: points.collect(),
    }
}

/// What share was how fast: x is 1/(1 − share), so that each nine has the same width.
fn curves(report: &Report) -> Chart {
    let shown = report.latency.iter().filter(|(_, it)| it.quantiles.count > 0);
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|(_, it)| std::cmp::Reverse(it.quantiles.count));
    let series = shown.into_iter().take(8).map(|(kind, latency)| {
        let nines = (latency.quantiles.count as f64).log10().clamp(1.0, 5.0);
        let steps = (nines * f64::from(PER_NINE)) as u32;
        let at = (0..=steps).map(|step| 10_f64.powf(f64::from(step) / f64::from(PER_NINE)));
        let points = at.map(|x| (x, latency.histogram.at(1.0 - 1.0 / x)));
        Series {
            name: kind.clone(),
            points: points.collect(),
        }
    });
    Chart {
        title: "What share was at most how slow, ms",
        x: "share that was faster",
        x_label: |x| match x {
            x if x <= 1.0 => "0 %".to_owned(),
            x => format!("{} %", chart::short(100.0 - 100.0 / x)),
        },
        log_x: true,
        log_y: true,
        series: series.collect(),
    }
}

fn row(f: &mut Formatter<'_>, tag: &str, cells: &[String]) -> fmt::Result {
    f.write_str("<tr>")?;
    for cell in cells {
        write!(f, "<{tag}>{}</{tag}>", Escaped(cell))?;
    }
    writeln!(f, "</tr>")
}

fn table(f: &mut Formatter<'_>, title: &str, header: &[&str], rows: &[Vec<String>]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(f, "<section><h2>{}</h2><div class=\"wide\"><table>", Escaped(title))?;
    row(f, "th", &header.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    rows.iter().try_for_each(|cells| row(f, "td", cells))?;
    writeln!(f, "</table></div></section>")
}

fn checks(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let rows = report.checks.iter().map(|check| {
        let broken = check.broken.clone().unwrap_or_else(|| "held".to_owned());
        vec![check.name.clone(), broken]
    });
    table(
        f,
        "Guarantees and thresholds",
        &["check", ""],
        &rows.collect::<Vec<_>>(),
    )
}

fn requests(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let rows = report.requests.iter().map(|(kind, it)| {
        vec![
            kind.to_string(),
            kind.summary().replace('`', ""),
            format!("{:.2}", it.share * 100.0),
            format!("{:.1}", it.per_second),
            format!("{:.2}", it.p50_ms),
            format!("{:.2}", it.p99_ms),
            it.outcome.ok.to_string(),
            it.outcome.failed.to_string(),
            it.outcome.skipped.to_string(),
        ]
    });
    let header = [
        "kind", "is", "share %", "/s", "p50 ms", "p99 ms", "ok", "failed", "skipped",
    ];
    table(f, "Requests", &header, &rows.collect::<Vec<_>>())
}

fn latencies(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let rows = report.latency.iter().map(|(kind, it)| {
        let it = it.quantiles;
        let times = [it.p50_ms, it.p90_ms, it.p99_ms, it.p999_ms, it.max_ms].map(|time| format!("{time:.2}"));
        [kind.clone(), it.count.to_string()].into_iter().chain(times).collect()
    });
    let header = ["ms", "count", "p50", "p90", "p99", "p99.9", "max"];
    table(f, "Times from the intended start", &header, &rows.collect::<Vec<_>>())
}

fn costs(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let row = |name: &str, cost: &Cost| {
        let micros = |micros: Option<f64>| micros.map_or_else(String::new, |micros| format!("{micros:.1}"));
        vec![
            name.to_owned(),
            format!("{:.2}", cost.cores),
            micros(cost.cpu_micros_per_request),
            micros(cost.cpu_micros_per_message),
            (cost.rss_bytes >> 20).to_string(),
            (cost.rss_growth_bytes / 1024).to_string(),
        ]
    };
    let mut rows = vec![row("harness", &report.generator)];
    rows.extend(report.servers.iter().map(|server| row(&server.name, &server.cost)));
    let header = ["process", "cores", "µs a request", "µs a message", "MiB", "KiB grown"];
    table(f, "What it cost", &header, &rows)
}

fn troubles(report: &Report, f: &mut Formatter<'_>) -> fmt::Result {
    let rows = report
        .troubles
        .iter()
        .map(|(why, count)| vec![count.to_string(), why.clone()]);
    table(f, "On the way", &["times", ""], &rows.collect::<Vec<_>>())
}
