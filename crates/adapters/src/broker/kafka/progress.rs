//! How far a partition was acknowledged. Pure.
//!
//! Acknowledgements come in any order: the lowest message that is not done yet is where a new holder begins, and what was done above
//! it is kept beside it, so that nothing acknowledged comes again when the partition moves.

use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The lowest offset that is not done.
    next: i64,
    /// Done above it: first → last of each stretch, never touching one another.
    done: BTreeMap<i64, i64>,
}

impl Progress {
    /// As it was written by [`Self::above`]. What cannot be read is taken for not done.
    pub fn read(next: i64, above: &str) -> Self {
        let mut progress = Self { next, done: BTreeMap::new() };
        for stretch in above.split(',').filter(|stretch| !stretch.is_empty()) {
            let (first, last) = stretch.split_once('-').unwrap_or((stretch, stretch));
            if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                progress.mark(first, last);
            }
        }
        progress
    }

    pub fn next(&self) -> i64 {
        self.next
    }

    /// `5-9,12`
    pub fn above(&self) -> String {
        let stretch = |(first, last): (&i64, &i64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
        self.done.iter().map(stretch).collect::<Vec<_>>().join(",")
    }

    pub fn is_done(&self, offset: i64) -> bool {
        offset < self.next || self.done.range(..=offset).next_back().is_some_and(|(_, last)| *last >= offset)
    }

    /// How many are done above the lowest that is not.
    pub fn count_above(&self) -> i64 {
        self.done.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Everything from `first` to `last` is done, or was never there.
    pub fn mark(&mut self, first: i64, last: i64) {
        let (mut first, mut last) = (first.max(self.next), last);
        if last < first {
            return;
        }
        let near: Vec<i64> = self.done.range(..=last.saturating_add(1)).filter(|(_, end)| **end >= first - 1).map(|(start, _)| *start).collect();
        for start in near {
            if let Some(end) = self.done.remove(&start) {
                first = first.min(start);
                last = last.max(end);
            }
        }
        if first <= self.next {
            self.next = last + 1;
        } else {
            self.done.insert(first, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acks_in_order_leave_nothing_above() {
        let mut progress = Progress::default();
        (0..5).for_each(|offset| progress.mark(offset, offset));
        assert_eq!((progress.next(), progress.above().as_str()), (5, ""));
    }

    #[test]
    fn acks_out_of_order_keep_the_lowest_open_one_and_what_is_done_above() {
        let mut progress = Progress::default();
        for offset in [7, 3, 5, 4, 9, 1] {
            progress.mark(offset, offset);
        }
        assert_eq!((progress.next(), progress.above().as_str(), progress.count_above()), (0, "1,3-5,7,9", 6));
        progress.mark(0, 0);
        assert_eq!((progress.next(), progress.above().as_str()), (2, "3-5,7,9"));
        progress.mark(2, 2);
        assert_eq!((progress.next(), progress.above().as_str()), (6, "7,9"));
        assert!(progress.is_done(5) && !progress.is_done(6) && progress.is_done(7) && !progress.is_done(8));
    }

    #[test]
    fn an_ack_given_twice_changes_nothing() {
        let mut progress = Progress::read(4, "6-7");
        let before = progress.clone();
        for offset in [0, 3, 6, 7] {
            progress.mark(offset, offset);
        }
        assert_eq!(progress, before);
    }

    #[test]
    fn offsets_that_never_were_are_skipped() {
        let mut progress = Progress::read(4, "");
        progress.mark(4, 10);
        assert_eq!(progress.next(), 11);
        progress.mark(13, 20);
        progress.mark(11, 12);
        assert_eq!((progress.next(), progress.count_above()), (21, 0));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["", "5", "5-9,12,14-20"] {
            assert_eq!(Progress::read(2, text).above(), text);
        }
        assert_eq!(Progress::read(2, "x,7-y,9").above(), "9");
    }

    #[test]
    fn any_order_of_acks_ends_the_same() {
        for seed in 0..200_u64 {
            let mut offsets: Vec<i64> = (0..40).collect();
            let mut chance = seed;
            for at in (1..offsets.len()).rev() {
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                offsets.swap(at, (chance >> 33) as usize % (at + 1));
            }
            let mut progress = Progress::default();
            for (given, offset) in offsets.iter().enumerate() {
                progress.mark(*offset, *offset);
                let again = Progress::read(progress.next(), &progress.above());
                assert_eq!(again, progress);
                let done = (0..40).filter(|offset| progress.is_done(*offset)).count();
                assert_eq!(done, given + 1);
            }
            assert_eq!((progress.next(), progress.count_above()), (40, 0));
        }
    }
}
