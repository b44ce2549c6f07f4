//! One line a second, for whoever waits.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::{sync::mpsc, time::timeout};

use crate::measure::{Counted, Packed, Point};

/// Points that wait to be printed.
const WAITING: usize = 8;

/// How long the last lines may take after the run.
const LAST: Duration = Duration::from_secs(1);

/// Prints points on standard error.
#[derive(Debug)]
pub struct Live {
    printing: tokio::task::JoinHandle<()>,
}

impl Live {
    /// A printer, and where to put what it prints.
    #[must_use]
    pub fn start() -> (Self, mpsc::Sender<Point>) {
        let (sender, mut points) = mpsc::channel::<Point>(WAITING);
        let printing = tokio::spawn(async move {
            let mut total = Counted::default();
            while let Some(point) = points.recv().await {
                total += point.counts;
                // Nobody to read it is no reason to stop.
                drop(writeln!(io::stderr(), "{}", line(&point, &total)));
            }
        });
        (Self { printing }, sender)
    }

    /// Waits for the last line, once the sender is gone.
    pub async fn end(mut self) {
        if timeout(LAST, &mut self.printing).await.is_err() {
            self.printing.abort();
        }
    }
}

/// A point, after so much in all.
fn line(point: &Point, total: &Counted) -> String {
    if point.phase == "preparing" {
        let open = &point.open;
        return format!(
            "preparing: {} accounts, {} conversations, {} sockets",
            open.accounts, open.conversations, open.sockets
        );
    }
    let rate = |count: u64| (count as f64 / point.seconds).round();
    let counts = &point.counts;
    format!(
        "{}: {} sent/s, {} acked/s, {} received/s, {} requests/s; p50/p99 ack {}, delivery {}, requests {}; \
         {} waiting, {} sockets, {} lost connections, {} late",
        point.phase,
        rate(counts.sent),
        rate(counts.acked),
        rate(counts.received),
        rate(counts.requests),
        times(&point.ack),
        times(&point.delivery),
        times(&point.requests),
        total.sent.saturating_sub(total.acked + total.refused),
        point.open.sockets,
        total.disconnects,
        total.late + total.crowded,
    )
}

fn times(timings: &Packed) -> String {
    match timings.count() {
        0 => "-".to_owned(),
        _ => format!("{:.1}/{:.1} ms", timings.at(0.5), timings.at(0.99)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Kind, Latencies};

    #[test]
    fn a_line_has_rates_and_times() {
        let mut latencies = Latencies::new().unwrap();
        latencies.record(Kind::Ack, 2_500);
        let counts = Counted {
            sent: 30,
            acked: 20,
            requests: 20,
            ..Counted::default()
        };
        let line = line(&Point::new(2.0, "sending", counts, &latencies), &counts);
        let expected = "sending: 15 sent/s, 10 acked/s, 0 received/s, 10 requests/s; p50/p99 ack 2.5/2.5 ms, delivery -, requests 2.5/2.5 ms; 10 waiting";
        assert!(line.starts_with(expected), "{line}");
    }
}
