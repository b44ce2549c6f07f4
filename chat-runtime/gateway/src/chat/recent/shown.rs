//! A conversation's newest messages as they go out: encoded once, so that a page of them is a copy of some bytes.

use std::ops::Range as Places;

use talkline_core::port::{Newest, Range, Reach};

use crate::wire;

/// See the module.
#[derive(Debug)]
pub(in crate::chat) struct Shown {
    /// Who is a member as of its membership or later may see it.
    pub(in crate::chat) reach: Reach,
    extent: Extent,
    /// The messages as JSON, each followed by a comma.
    json: Box<[u8]>,
    /// Behind each comma.
    ends: Box<[u32]>,
}

/// Which messages there are.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// The number of the first.
    first: u64,
    count: usize,
    /// Nothing is visible before the first.
    whole: bool,
}

impl Shown {
    /// # Errors
    /// Those of the encoding, which a message has none of.
    pub(super) fn new(newest: &Newest) -> serde_json::Result<Self> {
        let (mut json, mut ends) = (Vec::new(), Vec::with_capacity(newest.messages.len()));
        for message in &newest.messages {
            serde_json::to_writer(&mut json, &wire::Message::from(&**message))?;
            json.push(b',');
            // Fifty of the longest messages are some 10 MB.
            ends.push(json.len() as u32);
        }
        let first = newest
            .messages
            .front()
            .map_or(newest.head.seq + 1, |message| message.seq);
        Ok(Self {
            reach: newest.reach(),
            extent: Extent {
                first,
                count: ends.len(),
                whole: newest.whole,
            },
            json: json.into(),
            ends: ends.into(),
        })
    }

    /// The page that the store would show, if it lies within.
    pub(in crate::chat) fn page(&self, range: Range, limit: usize) -> Option<wire::Page> {
        let (places, has_more) = self.extent.window(range, limit)?;
        let before = |place: usize| place.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        let messages = &self.json[before(places.start)..before(places.end)];
        Some(wire::Page::of(
            messages.strip_suffix(b",").unwrap_or_default(),
            has_more,
        ))
    }

    /// What it takes to hold it.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.json.len() + size_of_val(&*self.ends)
    }
}

impl Extent {
    /// The messages of a page, by place, and whether there are more; none if those before the first matter.
    fn window(self, range: Range, limit: usize) -> Option<(Places<usize>, bool)> {
        let place =
            |seq: u64| usize::try_from(seq.saturating_sub(self.first)).map_or(self.count, |at| at.min(self.count));
        match range {
            Range::Before { from, before } => {
                let is_whole = self.whole || from >= self.first;
                let (start, end) = (place(from), place(before));
                let found = end.saturating_sub(start);
                if !is_whole && found < limit {
                    return None;
                }
                Some((end - found.min(limit)..end, !is_whole || found > limit))
            }
            Range::After { after } => {
                let next = after.saturating_add(1);
                if next < self.first && !self.whole {
                    return None;
                }
                let start = place(next);
                let end = self.count.min(start.saturating_add(limit));
                Some((start..end, end < self.count))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the store has it: messages of a conversation from the first visible one to the last.
    fn stored(visible: (u64, u64), range: Range, limit: usize) -> (Vec<u64>, bool) {
        let (low, high) = match range {
            Range::Before { from, before } => (from.max(visible.0), before.min(visible.1 + 1)),
            Range::After { after } => (visible.0.max(after.saturating_add(1)), visible.1 + 1),
        };
        let mut seqs: Vec<_> = (low..high.max(low)).collect();
        let has_more = seqs.len() > limit;
        match range {
            Range::Before { .. } => drop(seqs.drain(..seqs.len().saturating_sub(limit))),
            Range::After { .. } => seqs.truncate(limit),
        }
        (seqs, has_more)
    }

    /// Every list of a small conversation, every range, every limit.
    #[test]
    fn a_page_is_the_stores_or_none() {
        let (mut pages, mut none) = (0, 0);
        for (oldest, last) in (1..=4).flat_map(|oldest| (oldest - 1..=6).map(move |last| (oldest, last))) {
            for first in oldest..=last + 1 {
                let extent = Extent {
                    first,
                    count: (last + 1 - first) as usize,
                    whole: first == oldest,
                };
                let ends = [0, 1, 2, 3, 4, 5, 6, 7, 8, u64::MAX];
                let before = ends.map(|before| (1..=8).map(move |from| Range::Before { from, before }));
                let after = ends.map(|after| Range::After { after });
                for range in before.into_iter().flatten().chain(after) {
                    for limit in 1..=8 {
                        let Some((places, has_more)) = extent.window(range, limit) else {
                            none += 1;
                            continue;
                        };
                        pages += 1;
                        let seqs: Vec<_> = places.map(|place| first + place as u64).collect();
                        let expected = stored((oldest, last), range, limit);
                        assert_eq!((seqs, has_more), expected, "{extent:?} {range:?} {limit}");
                    }
                }
            }
        }
        assert!(pages > 1_000 && none > 100, "{pages} pages, {none} none");
    }

    #[test]
    fn the_newest_page_needs_no_more_than_it_shows() {
        let extent = Extent {
            first: 51,
            count: 50,
            whole: false,
        };
        let newest = Range::Before {
            from: 1,
            before: u64::MAX,
        };
        assert_eq!(extent.window(newest, 50), Some((0..50, true)));
        assert_eq!(extent.window(newest, 51), None);
        assert_eq!(extent.window(Range::After { after: 50 }, 200), Some((0..50, false)));
        assert_eq!(extent.window(Range::After { after: 49 }, 10), None);
    }
}
