//! Deletion costs: which pod goes first when a scaler takes one away.

use std::collections::BTreeMap;

/// Where Kubernetes looks for it.
pub(super) const ANNOTATION: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The cost that a pod has.
pub(super) fn of(annotations: &BTreeMap<String, String>) -> Option<i64> {
    annotations.get(ANNOTATION)?.parse().ok()
}

/// What to change, pod by pod, of sockets and present costs: nothing as long as the present costs put the pods into the same order as their
/// sockets do, or a number that moves all the time would be written all the time.
pub(super) fn changes(pods: &[(i64, Option<i64>)]) -> Vec<Option<i64>> {
    if is_in_order(pods) {
        return vec![None; pods.len()];
    }
    pods.iter()
        .map(|(sockets, cost)| (*cost != Some(*sockets)).then_some(*sockets))
        .collect()
}

/// Whether every pod has a cost, and none with fewer sockets costs more.
fn is_in_order(pods: &[(i64, Option<i64>)]) -> bool {
    let Some(mut known) = pods
        .iter()
        .map(|(sockets, cost)| Some((*sockets, (*cost)?)))
        .collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    known.sort_unstable();
    known.windows(2).all(|pair| pair[0].1 <= pair[1].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_while_the_order_holds() {
        assert_eq!(changes(&[]), []);
        assert_eq!(
            changes(&[(10, Some(1)), (900, Some(5)), (20, Some(2))]),
            [None, None, None]
        );
    }

    #[test]
    fn the_one_with_the_fewest_sockets_becomes_the_cheapest() {
        assert_eq!(changes(&[(10, Some(50)), (40, Some(40))]), [Some(10), None]);
        assert_eq!(
            changes(&[(10, None), (40, Some(40))]),
            [Some(10), None],
            "a new pod has no cost yet"
        );
    }
}
