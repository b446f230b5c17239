//! Who gets which chat. Pure: what is true is given, the answer is a plan.

use base::{DepartmentId, Timestamp, UserId};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

/// An agent as the choice sees him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub agent: UserId,
    pub departments: Vec<DepartmentId>,
    pub online: bool,
    /// Takes what is allocated; otherwise only what he picks himself.
    pub accepts: bool,
    pub limit: u32,
    pub load: u32,
    /// When a chat was last given to him since he came online.
    pub last_assigned: Option<Timestamp>,
    /// Since when he has had nothing to do: the end of his last chat, or his coming online.
    pub idle_since: Option<Timestamp>,
}

impl Seat {
    pub fn serves(&self, department: Option<DepartmentId>) -> bool {
        department.is_none_or(|id| self.departments.contains(&id))
    }

    fn takes(&self, department: Option<DepartmentId>) -> bool {
        self.online && self.accepts && self.load < self.limit && self.serves(department)
    }

    /// Least busy first. Among the equally busy the one whose last chat is longest ago; among those with nothing to do the longest
    /// idle. The number only settles what is equal in all.
    fn turn(&self) -> (u32, Timestamp, UserId) {
        let since = if self.load == 0 { self.idle_since } else { self.last_assigned };
        (self.load, since.unwrap_or_default(), self.agent)
    }
}

/// A chat that waits, as the choice sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    pub number: i64,
    pub department: Option<DepartmentId>,
}

/// The agent whose turn it is, if any may take one more chat.
pub fn choose(seats: &[Seat], department: Option<DepartmentId>) -> Option<usize> {
    let able = seats.iter().enumerate().filter(|(_, seat)| seat.takes(department));
    able.min_by_key(|(_, seat)| seat.turn()).map(|(place, _)| place)
}

/// What is free on a site: how many chats may be given, and to whose departments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub places: u64,
    pub departments: Vec<DepartmentId>,
}

impl Room {
    pub fn of(seats: &[Seat]) -> Self {
        let free: Vec<_> = seats.iter().filter(|seat| seat.takes(None)).collect();
        let places = free.iter().map(|seat| u64::from(seat.limit - seat.load)).sum();
        let departments: BTreeSet<_> = free.iter().flat_map(|seat| seat.departments.iter().copied()).collect();
        Self { places, departments: departments.into_iter().collect() }
    }
}

/// Gives the waiting chats, in the order of the queue, to those whose turn it is. A chat that nobody may take does not hold up the
/// ones behind it.
pub fn allocate(queue: &[Asking], seats: &mut [Seat], now: Timestamp) -> Vec<(i64, UserId)> {
    let mut plan = Vec::new();
    // Loads only rise here: whoever was full for one chat is full for the next.
    let mut full = HashSet::new();
    for asking in queue {
        if full.contains(&asking.department) {
            continue;
        }
        let Some(place) = choose(seats, asking.department) else {
            full.insert(asking.department);
            continue;
        };
        let seat = &mut seats[place];
        seat.load += 1;
        seat.last_assigned = Some(now);
        plan.push((asking.number, seat.agent));
    }
    plan
}

/// How long the N-th will wait when X chats are answered side by side and one takes `mean`; nobody there: no estimate.
pub fn estimate(position: u32, places: u32, mean: Duration) -> Option<Duration> {
    let before = position.checked_sub(1)?.checked_div(places)?;
    Some(mean * (before + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: UserId = UserId(1);
    const B: UserId = UserId(2);
    const C: UserId = UserId(3);

    fn at(hour: i64, minute: i64) -> Timestamp {
        Timestamp::from_millis((hour * 60 + minute) * 60_000)
    }

    fn seat(agent: UserId, load: u32, limit: u32) -> Seat {
        Seat {
            agent,
            departments: vec![DepartmentId(1)],
            online: true,
            accepts: true,
            limit,
            load,
            last_assigned: None,
            idle_since: None,
        }
    }

    fn chosen(seats: &[Seat]) -> Option<UserId> {
        choose(seats, None).map(|place| seats[place].agent)
    }

    #[test]
    fn equally_busy_the_one_whose_last_chat_is_longest_ago() {
        let a = Seat { last_assigned: Some(at(10, 0)), ..seat(A, 2, 3) };
        let b = Seat { last_assigned: Some(at(10, 2)), ..seat(B, 2, 3) };
        assert_eq!(chosen(&[b, a]), Some(A));
    }

    #[test]
    fn nobody_given_yet_the_one_who_came_first() {
        let came = |agent, time| Seat { idle_since: Some(time), ..seat(agent, 0, 3) };
        assert_eq!(chosen(&[came(C, at(10, 0)), came(B, at(9, 51)), came(A, at(9, 50))]), Some(A));
    }

    #[test]
    fn with_nothing_to_do_the_longest_idle() {
        let a = Seat { last_assigned: Some(at(9, 0)), idle_since: Some(at(10, 1)), ..seat(A, 0, 3) };
        let b = Seat { last_assigned: Some(at(8, 0)), idle_since: Some(at(10, 2)), ..seat(B, 0, 3) };
        let c = Seat { idle_since: Some(at(10, 3)), ..seat(C, 0, 3) };
        assert_eq!(chosen(&[c, b, a]), Some(A));
    }

    #[test]
    fn the_least_busy_comes_before_the_longest_idle() {
        let a = Seat { last_assigned: Some(at(8, 0)), ..seat(A, 1, 5) };
        let b = Seat { idle_since: Some(at(10, 0)), ..seat(B, 0, 1) };
        assert_eq!(chosen(&[a, b]), Some(B));
    }

    #[test]
    fn the_full_the_away_the_unwilling_and_strangers_are_passed_over() {
        let full = seat(A, 3, 3);
        let away = Seat { online: false, ..seat(B, 0, 3) };
        let unwilling = Seat { accepts: false, ..seat(C, 0, 3) };
        assert_eq!(chosen(&[full, away, unwilling]), None);
        assert_eq!(choose(&[seat(A, 0, 3)], Some(DepartmentId(2))), None);
        assert_eq!(choose(&[seat(A, 0, 3)], Some(DepartmentId(1))), Some(0));
    }

    #[test]
    fn a_plan_fills_evenly_and_never_above_the_limit() {
        let mut seats = [seat(A, 0, 2), seat(B, 1, 2)];
        let queue: Vec<_> = (1..=5).map(|number| Asking { number, department: None }).collect();
        let plan = allocate(&queue, &mut seats, at(10, 0));
        assert_eq!(plan, [(1, A), (2, B), (3, A)]);
    }

    #[test]
    fn a_chat_nobody_may_take_does_not_hold_up_the_queue() {
        let queue = [Asking { number: 1, department: Some(DepartmentId(9)) }, Asking { number: 2, department: None }];
        assert_eq!(allocate(&queue, &mut [seat(A, 0, 1)], at(10, 0)), [(2, A)]);
    }

    #[test]
    fn room_is_what_the_willing_have_left() {
        let unwilling = Seat { accepts: false, ..seat(C, 0, 9) };
        let elsewhere = Seat { departments: vec![DepartmentId(7)], ..seat(B, 3, 3) };
        assert_eq!(Room::of(&[seat(A, 1, 3), elsewhere, unwilling]), Room { places: 2, departments: vec![DepartmentId(1)] });
    }

    #[test]
    fn the_estimate_is_the_number_of_rounds_before_mine_and_mine() {
        let six = Duration::from_secs(360);
        assert_eq!(estimate(7, 3, six), Some(Duration::from_secs(18 * 60)));
        assert_eq!(estimate(1, 3, six), Some(six));
        assert_eq!(estimate(4, 3, six), Some(six * 2));
        assert_eq!(estimate(7, 0, six), None);
    }
}
