//! How far this process passed each key on. What comes next of a key has nothing before it that still waits, and nobody need look.

use super::Piece;
use super::sealed::Sealed;
use crate::outbox::Before;
use base::EventId;
use std::collections::HashMap;
use std::sync::Arc;

/// Keys of one generation; two are kept.
const REMEMBERED: usize = 20_000;

/// The epoch of a key and the number in it: without a gap, in the order of the commits.
type Number = (i64, i64);

/// One lane's: all events of a key take the same. What another node passed on shows as a gap.
#[derive(Default)]
pub(super) struct Passed([HashMap<Arc<str>, Number>; 2]);

impl Passed {
    pub fn note(&mut self, sealed: &Sealed) {
        let ordering = &sealed.ordering;
        let [young, old] = &mut self.0;
        if young.len() >= REMEMBERED && !young.contains_key(ordering) {
            std::mem::swap(young, old);
            young.clear();
        }
        young.insert(ordering.clone(), number(sealed));
    }

    /// Keys of which something earlier may still wait: those whose events in this batch do not follow the last one that was passed on,
    /// one after the other. `rows` are the rows of the batch's events.
    pub fn unsure(&self, pieces: &[Piece], rows: &HashMap<EventId, i64>) -> Vec<Before> {
        let mut events: Vec<((&str, Number, i64), &Sealed)> = Vec::with_capacity(pieces.len());
        for sealed in pieces.iter().filter(|piece| piece.ours).map(|piece| &piece.sealed) {
            if let Some(row) = rows.get(&sealed.id) {
                events.push(((&sealed.ordering, number(sealed), *row), sealed));
            }
        }
        events.sort_unstable_by_key(|(event, _)| *event);
        events.dedup_by_key(|(event, _)| *event);
        let of_one_key = events.chunk_by(|(one, _), (next, _)| one.0 == next.0);
        let unsure = of_one_key.filter(|events| !self.follow(events[0].0.0, events.iter().map(|(event, _)| event.1)));
        let before = |events: &[((&str, Number, i64), &Sealed)]| {
            let row = events.iter().map(|(event, _)| event.2).max().unwrap_or_default();
            Before { site: events[0].1.site, ordering: events[0].1.ordering.clone(), row }
        };
        unsure.map(before).collect()
    }

    fn follow(&self, ordering: &str, mut numbers: impl Iterator<Item = Number>) -> bool {
        let Some(mut last) = self.0.iter().find_map(|numbers| numbers.get(ordering)).copied() else { return false };
        numbers.all(|next| {
            let follows = next == (last.0, last.1 + 1);
            last = next;
            follows
        })
    }
}

fn number(sealed: &Sealed) -> Number {
    (sealed.key_epoch, sealed.key_seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distributor::tests::{id, piece, sealed};

    fn unsure(passed: &[i64], batch: &[i64]) -> Vec<i64> {
        let mut known = Passed::default();
        passed.iter().for_each(|seq| known.note(&sealed(100, *seq)));
        let pieces: Vec<Piece> = batch.iter().map(|seq| piece(*seq as u128, *seq, true)).collect();
        let rows = batch.iter().map(|seq| (id(*seq as u128), 1_000 + seq)).collect();
        known.unsure(&pieces, &rows).iter().map(|before| before.row).collect()
    }

    #[test]
    fn events_that_follow_the_last_one_have_nothing_before_them() {
        assert_eq!(unsure(&[1, 2], &[3, 4, 5]), [0_i64; 0]);
        assert_eq!(unsure(&[2], &[4, 3, 4]), [0_i64; 0], "as they came, and one of them twice");
    }

    #[test]
    fn a_key_is_looked_up_when_it_is_new_or_has_a_gap_or_goes_back() {
        assert_eq!(unsure(&[], &[1, 2]), [1_002]);
        assert_eq!(unsure(&[2], &[4]), [1_004]);
        assert_eq!(unsure(&[2], &[3, 5]), [1_005]);
        assert_eq!(unsure(&[5], &[5, 6]), [1_006]);
    }

    #[test]
    fn a_number_of_another_epoch_does_not_follow() {
        let mut known = Passed::default();
        known.note(&sealed(100, 2));
        let mut later = piece(3, 3, true);
        later.sealed.key_epoch += 1;
        assert_eq!(known.unsure(&[later], &HashMap::from([(id(3), 7)])).len(), 1);
    }

    #[test]
    fn events_without_a_row_and_those_of_others_are_nobodys_concern() {
        let known = Passed::default();
        assert!(known.unsure(&[piece(3, 3, true), piece(4, 4, false)], &HashMap::from([(id(4), 7)])).is_empty());
    }

    #[test]
    fn keys_that_were_still_for_long_are_forgotten() {
        let mut known = Passed::default();
        known.note(&sealed(100, 2));
        let mut other = sealed(200, 1);
        for n in 0..2 * REMEMBERED + 1 {
            other.ordering = format!("1/other-{n}").into();
            known.note(&other);
        }
        assert_eq!(known.unsure(&[piece(3, 3, true)], &HashMap::from([(id(3), 7)])).len(), 1);
        assert!(known.0.iter().all(|numbers| numbers.len() <= REMEMBERED));
    }
}
