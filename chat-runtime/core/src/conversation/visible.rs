//! How far readers may look: up to the first hole, and no change before its effect.

/// A document that may still be part of a batch in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Its `seq` or `changeSeq`.
    pub number: u64,
    /// Whether its effects are stored too: true for messages; for changes, once the message shows it.
    pub complete: bool,
}

/// The highest number that readers may see, given the highest one below the partition's mark (all of those are
/// complete and without holes) and the documents above it, in ascending order.
///
/// The documents of a batch are written in any order. Without this cut a reader could see number 7 before 6 is there,
/// and a change before the message has it.
pub fn visible_head(below_mark: u64, in_flight: impl IntoIterator<Item = Numbered>) -> u64 {
    in_flight
        .into_iter()
        .fold((below_mark, true), |(head, open), doc| {
            let extends = open && doc.complete && doc.number == head + 1;
            if extends {
                (doc.number, true)
            } else {
                (head, open && doc.number <= head)
            }
        })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_first_hole_and_at_the_first_incomplete_one() {
        let docs = |numbers: &[(u64, bool)]| {
            numbers
                .iter()
                .map(|&(number, complete)| Numbered { number, complete })
                .collect::<Vec<_>>()
        };
        assert_eq!(visible_head(0, docs(&[])), 0);
        assert_eq!(visible_head(4, docs(&[(5, true), (6, true)])), 6);
        assert_eq!(visible_head(4, docs(&[(5, true), (7, true)])), 5);
        assert_eq!(visible_head(4, docs(&[(6, true), (7, true)])), 4);
        assert_eq!(visible_head(4, docs(&[(5, true), (6, false), (7, true)])), 5);
        assert_eq!(visible_head(4, docs(&[(4, true), (5, true)])), 5);
    }
}
