//! Places for work, given to sites by turns: who has a thousand events waiting gets no more of them than who has one.

use base::SiteId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

#[derive(Clone)]
pub(crate) struct Places(Arc<Mutex<State>>);

struct State {
    free: usize,
    lines: HashMap<SiteId, VecDeque<oneshot::Sender<Place>>>,
    /// Sites that wait, in the order of their turns.
    turns: VecDeque<SiteId>,
}

/// The right to work; given back when dropped.
pub(crate) struct Place(Places);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.give();
    }
}

impl Places {
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Mutex::new(State { free: count, lines: HashMap::new(), turns: VecDeque::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn take(&self, site: SiteId) -> Place {
        let waits = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
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
            None => Place(self.clone()),
            // The sender lives in the line until it is our turn.
            Some(turn) => turn.await.unwrap_or_else(|_| Place(self.clone())),
        }
    }

    /// To the next in turn. Who no longer waits drops the place again, and it goes on from there.
    fn give(&self) {
        let next = {
            let mut state = self.state();
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some(waiting) = next {
            let _passed_on_by_its_drop = waiting.send(Place(self.clone()));
        }
    }
}

impl State {
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let site = self.turns.pop_front()?;
        let line = self.lines.get_mut(&site)?;
        let next = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&site);
        } else {
            self.turns.push_back(site);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_flood_of_one_site_lets_another_in_at_the_next_turn() {
        let places = Places::new(1);
        let first = places.take(SiteId(1)).await;
        let mut flood: Vec<_> = (0..100).map(|_| Box::pin(places.take(SiteId(1)))).collect();
        assert!(flood.iter_mut().all(|waiting| waiting.as_mut().now_or_never().is_none()));
        let mut other = Box::pin(places.take(SiteId(2)));
        assert!(other.as_mut().now_or_never().is_none());
        drop(first);
        let second = flood.remove(0).now_or_never().expect("the flood came first");
        drop(second);
        assert!(other.now_or_never().is_some(), "then it is the other's turn");
    }

    #[tokio::test]
    async fn a_place_of_somebody_who_went_away_is_not_lost() {
        let places = Places::new(1);
        let first = places.take(SiteId(1)).await;
        let mut gone = Box::pin(places.take(SiteId(1)));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        let mut waits = Box::pin(places.take(SiteId(2)));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(first);
        assert!(waits.now_or_never().is_some());
        assert!(places.take(SiteId(3)).now_or_never().is_some());
    }
}
