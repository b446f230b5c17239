//! Which events of a batch are passed on, and in which order.

use super::sealed::Sealed;
use super::{Parcel, Piece};
use crate::outbox::Standing;
use base::EventId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// One event to pass on.
pub(super) struct Errand {
    /// Its row in the outbox; none for events of other installations and for replays.
    pub row: Option<i64>,
    pub sealed: Sealed,
    /// The messages that brought it.
    pub parcels: Vec<Arc<Parcel>>,
}

/// What is to be done with a batch.
#[derive(Default)]
pub(super) struct Plan {
    /// In this order. An entry without its event stands for a row whose text is still to be read.
    pub steps: Vec<Step>,
    /// Passed on before.
    pub doubled: Vec<Arc<Parcel>>,
}

pub(super) enum Step {
    Ready(Box<Errand>),
    /// An earlier event of a key, which came another way or did not come yet: it goes first.
    Earlier(i64),
}

/// `standing` are the rows of the batch's events and the earlier ones of their keys, in the order of the outbox; `rows` tells those of the
/// batch's events. An event of ours without a row was passed on before.
pub(super) fn plan(pieces: Vec<Piece>, standing: &[Standing], rows: &HashMap<EventId, i64>) -> Plan {
    let mut plan = Plan { steps: Vec::with_capacity(pieces.len()), doubled: Vec::new() };
    let (mut ours, mut others) = (Vec::with_capacity(pieces.len()), Vec::new());
    for Piece { sealed, parcel, ours: is_ours } in pieces {
        let row = rows.get(&sealed.id).copied();
        match row {
            _ if !is_ours => others.push(Step::Ready(Box::new(Errand { row: None, sealed, parcels: vec![parcel] }))),
            None => plan.doubled.push(parcel),
            Some(at) => ours.push((at, Box::new(Errand { row, sealed, parcels: vec![parcel] }))),
        }
    }
    ours.sort_by_key(|(row, _)| *row);
    let mut ours = ours.into_iter().peekable();
    for row in standing {
        let Some((_, mut errand)) = ours.next_if(|(at, _)| *at == row.id) else {
            plan.steps.push(Step::Earlier(row.id));
            continue;
        };
        while let Some((_, same)) = ours.next_if(|(at, _)| *at == row.id) {
            errand.parcels.extend(same.parcels);
        }
        plan.steps.push(Step::Ready(errand));
    }
    plan.steps.extend(others);
    plan
}

/// Ids of other installations' events that were passed on lately: of those no row tells.
#[derive(Default)]
pub(super) struct Lately(Mutex<[HashSet<EventId>; 2]>);

const REMEMBERED: usize = 50_000;

impl Lately {
    pub fn knows(&self, id: EventId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|ids| ids.contains(&id))
    }

    pub fn note(&self, id: EventId) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lately[0].len() >= REMEMBERED {
            lately.swap(0, 1);
            lately[0].clear();
        }
        lately[0].insert(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distributor::tests::{id, piece as numbered};

    fn piece(n: u128, ours: bool) -> Piece {
        numbered(n, 1, ours)
    }

    fn standing(rows: &[(i64, u128)]) -> Vec<Standing> {
        rows.iter().map(|(row, event)| Standing { id: *row, event: id(*event) }).collect()
    }

    fn planned(pieces: Vec<Piece>, standing: &[Standing]) -> Plan {
        let rows = standing.iter().map(|row| (row.event, row.id)).collect();
        plan(pieces, standing, &rows)
    }

    fn told(plan: &Plan) -> Vec<(Option<i64>, usize)> {
        let step = |step: &Step| match step {
            Step::Ready(errand) => (errand.row, errand.parcels.len()),
            Step::Earlier(row) => (Some(*row), 0),
        };
        plan.steps.iter().map(step).collect()
    }

    #[test]
    fn events_go_in_the_order_of_the_outbox_whichever_way_they_came() {
        let made = planned(vec![piece(3, true), piece(1, true), piece(2, true)], &standing(&[(10, 1), (11, 2), (12, 3)]));
        assert_eq!(told(&made), [(Some(10), 1), (Some(11), 1), (Some(12), 1)]);
    }

    #[test]
    fn an_earlier_event_that_did_not_come_goes_first() {
        let made = planned(vec![piece(3, true)], &standing(&[(10, 1), (12, 3)]));
        assert_eq!(told(&made), [(Some(10), 0), (Some(12), 1)]);
    }

    #[test]
    fn an_event_without_a_row_was_passed_on_before_and_a_double_goes_once() {
        let made = planned(vec![piece(1, true), piece(2, true), piece(2, true)], &standing(&[(11, 2)]));
        assert_eq!((told(&made), made.doubled.len()), (vec![(Some(11), 2)], 1));
    }

    #[test]
    fn events_of_other_installations_have_no_row_and_are_passed_on() {
        let made = planned(vec![piece(1, false), piece(2, true)], &standing(&[(11, 2)]));
        assert_eq!(told(&made), [(Some(11), 1), (None, 1)]);
    }
}
