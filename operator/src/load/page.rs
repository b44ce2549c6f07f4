//! A page of metrics in the OpenMetrics text format, as far as a gauge's sum needs it.

/// The sum over all series of a gauge; 0 where there are none.
pub(super) fn sum(page: &str, gauge: &str) -> i64 {
    let values = page.lines().filter_map(|line| {
        let rest = line.strip_prefix(gauge)?;
        // Another metric may begin with the same letters.
        let rest = match rest.strip_prefix('{') {
            Some(labels) => labels.rsplit_once('}')?.1,
            None => rest.starts_with(' ').then_some(rest)?,
        };
        rest.split_whitespace().next()?.parse::<f64>().ok()
    });
    let sum = values.filter(|value| value.is_finite()).sum::<f64>();
    // Counts of sockets and records are far below 2^53, where floating-point numbers are exact.
    sum.max(0.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_series_of_the_gauge_and_nothing_else() {
        let page = "# TYPE talkline_kafka_lag_records gauge\n\
            talkline_kafka_lag_records{partition=\"0\"} 5\n\
            talkline_kafka_lag_records{partition=\"}1\"} 7 1700000000\n\
            talkline_kafka_lag_records_other 100\n\
            talkline_gateway_sockets_open 1234\n# EOF\n";
        assert_eq!(sum(page, "talkline_kafka_lag_records"), 12);
        assert_eq!(sum(page, "talkline_gateway_sockets_open"), 1_234);
        assert_eq!(sum(page, "talkline_gateway_sockets"), 0);
    }
}
