//! What a consumption holds, for brokers that hand out by queue or partition and leave the rest to us: order per key and release.
//! Pure; the same for every such broker.
//!
//! A message arrives with a place (rising in the order of its queue), waits, is handed out, and is done or given back. While one
//! of a key is in hand, later ones of that key wait, so that a release never lets one overtake another.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// Something to hand out.
pub(super) trait Item: Clone {
    fn key(&self) -> &Arc<str>;
}

/// The right to one message: its place, and how often it was given back before. A ticket of an earlier turn is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub place: u64,
    pub turn: u32,
}

#[derive(Clone)]
struct Kept<T> {
    item: T,
    turn: u32,
}

pub(super) struct Desk<T> {
    /// May go out at once.
    ready: BTreeMap<u64, Kept<T>>,
    /// Keys of which something is in hand.
    lanes: HashMap<Arc<str>, Lane<T>>,
    /// Place → key, of all that are in hand.
    held: HashMap<u64, Arc<str>>,
}

struct Lane<T> {
    held: BTreeMap<u64, Kept<T>>,
    blocked: VecDeque<(u64, Kept<T>)>,
}

impl<T: Item> Default for Desk<T> {
    fn default() -> Self {
        Self { ready: BTreeMap::new(), lanes: HashMap::new(), held: HashMap::new() }
    }
}

impl<T: Item> Desk<T> {
    /// A message came from the broker; `place` is higher than that of all earlier ones.
    pub fn arrive(&mut self, place: u64, item: T) {
        let kept = Kept { item, turn: 0 };
        match self.lanes.get_mut(kept.item.key()) {
            Some(lane) => lane.blocked.push_back((place, kept)),
            None => {
                self.ready.insert(place, kept);
            }
        }
    }

    /// Everything that may go out now, in order.
    pub fn hand_out(&mut self) -> Vec<(Ticket, T)> {
        let mut out = Vec::with_capacity(self.ready.len());
        for (place, kept) in std::mem::take(&mut self.ready) {
            let key = kept.item.key().clone();
            out.push((Ticket { place, turn: kept.turn }, kept.item.clone()));
            self.held.insert(place, key.clone());
            self.lanes.entry(key).or_insert_with(|| Lane { held: BTreeMap::new(), blocked: VecDeque::new() }).held.insert(place, kept);
        }
        out
    }

    /// What the ticket stands for, while it is good.
    pub fn held_item(&self, ticket: Ticket) -> Option<&T> {
        let lane = self.held.get(&ticket.place).and_then(|key| self.lanes.get(key))?;
        lane.held.get(&ticket.place).filter(|kept| kept.turn == ticket.turn).map(|kept| &kept.item)
    }

    /// Whether the ticket is still good.
    pub fn holds(&self, ticket: Ticket) -> bool {
        self.held_item(ticket).is_some()
    }

    /// It is done; gives it back to the caller unless the ticket is stale.
    pub fn done(&mut self, ticket: Ticket) -> Option<T> {
        if !self.holds(ticket) {
            return None;
        }
        let key = self.held.remove(&ticket.place)?;
        let kept = self.lanes.get_mut(&key)?.held.remove(&ticket.place);
        self.settle(&key);
        kept.map(|kept| kept.item)
    }

    /// Takes it back with all later ones of its key that are in hand; they go out again. False when the ticket is stale.
    pub fn give_back(&mut self, ticket: Ticket) -> bool {
        if !self.holds(ticket) {
            return false;
        }
        let Some(key) = self.held.get(&ticket.place).cloned() else { return false };
        let Some(lane) = self.lanes.get_mut(&key) else { return false };
        for (place, mut kept) in lane.held.split_off(&ticket.place).into_iter().rev() {
            self.held.remove(&place);
            kept.turn += 1;
            lane.blocked.push_front((place, kept));
        }
        self.settle(&key);
        true
    }

    /// When nothing of the key is in hand any more, what waited behind it may go.
    fn settle(&mut self, key: &Arc<str>) {
        if self.lanes.get(key).is_some_and(|lane| lane.held.is_empty())
            && let Some(lane) = self.lanes.remove(key)
        {
            self.ready.extend(lane.blocked);
        }
    }

    /// Forgets everything that `lost` names, in hand or not.
    pub fn forget(&mut self, lost: impl Fn(&T) -> bool) {
        let Self { ready, lanes, held } = self;
        ready.retain(|_, kept| !lost(&kept.item));
        lanes.retain(|_, lane| {
            lane.blocked.retain(|(_, kept)| !lost(&kept.item));
            lane.held.retain(|place, kept| {
                let stays = !lost(&kept.item);
                if !stays {
                    held.remove(place);
                }
                stays
            });
            if lane.held.is_empty() {
                ready.extend(std::mem::take(&mut lane.blocked));
            }
            !lane.held.is_empty()
        });
    }

    /// Forgets what `lost` names and nobody has in hand.
    pub fn forget_waiting(&mut self, lost: impl Fn(&T) -> bool) {
        self.ready.retain(|_, kept| !lost(&kept.item));
        for lane in self.lanes.values_mut() {
            lane.blocked.retain(|(_, kept)| !lost(&kept.item));
        }
    }

    pub fn held_items(&self) -> impl Iterator<Item = &T> {
        self.lanes.values().flat_map(|lane| lane.held.values()).map(|kept| &kept.item)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// In hand.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// In hand or waiting.
    pub fn len(&self) -> usize {
        self.ready.len() + self.lanes.values().map(|lane| lane.held.len() + lane.blocked.len()).sum::<usize>()
    }

    pub fn items(&self) -> impl Iterator<Item = &T> {
        let lanes = self.lanes.values().flat_map(|lane| lane.held.values().chain(lane.blocked.iter().map(|(_, kept)| kept)));
        self.ready.values().chain(lanes).map(|kept| &kept.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Note(Arc<str>, u32);

    impl Item for Note {
        fn key(&self) -> &Arc<str> {
            &self.0
        }
    }

    fn desk(keys: &str) -> Desk<Note> {
        let mut desk = Desk::default();
        for (place, key) in keys.chars().enumerate() {
            desk.arrive(place as u64, Note(key.to_string().into(), 0));
        }
        desk
    }

    fn places(out: &[(Ticket, Note)]) -> Vec<u64> {
        out.iter().map(|(ticket, _)| ticket.place).collect()
    }

    fn first(place: u64) -> Ticket {
        Ticket { place, turn: 0 }
    }

    #[test]
    fn everything_that_waits_goes_out_together_in_order() {
        assert_eq!(places(&desk("abab").hand_out()), [0, 1, 2, 3]);
    }

    #[test]
    fn a_key_in_hand_blocks_what_comes_later_until_all_of_it_is_done() {
        let mut desk = desk("aab");
        desk.hand_out();
        desk.arrive(3, Note("a".into(), 0));
        desk.arrive(4, Note("c".into(), 0));
        assert_eq!(places(&desk.hand_out()), [4]);
        desk.done(first(0));
        assert!(desk.hand_out().is_empty());
        desk.done(first(1));
        assert_eq!(places(&desk.hand_out()), [3]);
    }

    #[test]
    fn a_release_takes_later_ones_of_the_key_along_and_keeps_the_order() {
        let mut desk = desk("aaab");
        desk.hand_out();
        desk.arrive(4, Note("a".into(), 0));
        assert!(desk.give_back(first(1)));
        assert!(!desk.holds(first(2)) && desk.holds(first(0)) && desk.holds(first(3)));
        assert!(desk.hand_out().is_empty(), "the first of the key is still in hand");
        desk.done(first(0));
        let again = desk.hand_out();
        assert_eq!((places(&again), again[0].0.turn, again[2].0.turn), (vec![1, 2, 4], 1, 0));
        assert_eq!((desk.held(), desk.len()), (4, 4));
    }

    #[test]
    fn the_ticket_of_an_earlier_turn_is_stale() {
        let mut desk = desk("a");
        assert!(desk.done(first(0)).is_none() && !desk.give_back(first(0)));
        desk.hand_out();
        assert!(desk.give_back(first(0)));
        desk.hand_out();
        assert!(desk.done(first(0)).is_none() && !desk.give_back(first(0)));
        assert!(desk.done(Ticket { place: 0, turn: 1 }).is_some());
    }

    #[test]
    fn what_is_forgotten_blocks_nobody() {
        let mut desk = desk("abc");
        desk.hand_out();
        desk.arrive(3, Note("a".into(), 7));
        desk.forget(|note| &*note.0 == "b" || (&*note.0 == "a" && note.1 == 0));
        assert_eq!((desk.held(), desk.len(), places(&desk.hand_out())), (1, 2, vec![3]));
    }
}
