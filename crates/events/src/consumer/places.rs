//! Places for work, given to sites by turns: who has a thousand events waiting gets no more of them than who has one. And whoever comes
//! finds one free: a site never has them all, however long its work takes.

use base::SiteId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

#[derive(Clone)]
pub(crate) struct Places(Arc<Mutex<State>>);

struct State {
    free: usize,
    /// Of one site at most.
    most: usize,
    busy: HashMap<SiteId, usize>,
    lines: HashMap<SiteId, VecDeque<oneshot::Sender<Place>>>,
    /// Sites that wait, in the order of their turns.
    turns: VecDeque<SiteId>,
}

/// The right to work; given back when dropped.
pub(crate) struct Place(Places, SiteId);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.give(self.1);
    }
}

impl Places {
    /// So many for one site, and a quarter more for the others.
    pub fn new(of_a_site: usize) -> Self {
        let free = of_a_site + of_a_site.div_ceil(4);
        let state = State { free, most: of_a_site, busy: HashMap::new(), lines: HashMap::new(), turns: VecDeque::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn take(&self, site: SiteId) -> Place {
        let waits = {
            let mut state = self.state();
            if state.may_have(site) {
                state.occupy(site);
                None
            } else {
                let (sender, turn) = oneshot::channel();
                let line = state.lines.entry(site).or_default();
                let first = line.is_empty();
                line.push_back(sender);
                if first {
                    state.turns.push_back(site);
                }
                Some(turn)
            }
        };
        match waits {
            None => Place(self.clone(), site),
            // The sender lives in the line until it is our turn.
            Some(turn) => turn.await.unwrap_or_else(|_| Place(self.clone(), site)),
        }
    }

    /// To the next in turn. Who no longer waits drops the place again, and it goes on from there.
    fn give(&self, site: SiteId) {
        let next = {
            let mut state = self.state();
            state.leave(site);
            state.next()
        };
        if let Some((site, waiting)) = next {
            let _passed_on_by_its_drop = waiting.send(Place(self.clone(), site));
        }
    }
}

impl State {
    fn may_have(&self, site: SiteId) -> bool {
        self.free > 0 && self.busy.get(&site).is_none_or(|busy| *busy < self.most)
    }

    fn occupy(&mut self, site: SiteId) {
        self.free -= 1;
        *self.busy.entry(site).or_default() += 1;
    }

    fn leave(&mut self, site: SiteId) {
        self.free += 1;
        if let Some(busy) = self.busy.get_mut(&site) {
            *busy -= 1;
            if *busy == 0 {
                self.busy.remove(&site);
            }
        }
    }

    fn next(&mut self) -> Option<(SiteId, oneshot::Sender<Place>)> {
        let turn = self.turns.iter().position(|site| self.may_have(*site))?;
        let site = self.turns.remove(turn)?;
        let line = self.lines.get_mut(&site)?;
        let next = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&site);
        } else {
            self.turns.push_back(site);
        }
        self.occupy(site);
        Some((site, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_flood_of_one_site_leaves_a_place_to_whoever_comes() {
        let places = Places::new(8);
        let taken = futures_util::future::join_all((0..8).map(|_| places.take(SiteId(1)))).await;
        let mut more = Box::pin(places.take(SiteId(1)));
        assert!(more.as_mut().now_or_never().is_none(), "it has as many as a site may have");
        let others = (places.take(SiteId(2)).now_or_never(), places.take(SiteId(3)).now_or_never());
        assert!(others.0.is_some() && others.1.is_some());
        let mut late = Box::pin(places.take(SiteId(2)));
        assert!(late.as_mut().now_or_never().is_none());
        drop(others);
        assert!(late.now_or_never().is_some() && more.as_mut().now_or_never().is_none(), "that place is not for the flood");
        drop(taken);
        assert!(more.now_or_never().is_some());
    }

    #[tokio::test]
    async fn places_go_round_by_turns() {
        let places = Places::new(1);
        let held = (places.take(SiteId(1)).await, places.take(SiteId(2)).await);
        let mut flood: Vec<_> = (0..100).map(|_| Box::pin(places.take(SiteId(1)))).collect();
        assert!(flood.iter_mut().all(|waiting| waiting.as_mut().now_or_never().is_none()));
        let mut other = Box::pin(places.take(SiteId(3)));
        assert!(other.as_mut().now_or_never().is_none());
        drop(held.0);
        let second = flood.remove(0).now_or_never().expect("the flood came first");
        drop(second);
        assert!(other.now_or_never().is_some(), "then it is the other's turn");
    }

    #[tokio::test]
    async fn a_place_of_somebody_who_went_away_is_not_lost() {
        let places = Places::new(1);
        let held = (places.take(SiteId(1)).await, places.take(SiteId(2)).await);
        let mut gone = Box::pin(places.take(SiteId(3)));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        let mut waits = Box::pin(places.take(SiteId(4)));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(held.0);
        assert!(waits.now_or_never().is_some());
        assert!(places.take(SiteId(5)).now_or_never().is_some());
    }
}
