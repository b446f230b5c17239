//! What the relay has sent and nobody passed on yet. Bounded: what is not in here waits in the outbox, where sites can be told apart.

use crate::brokers::Way;
use base::SiteId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

struct Sent {
    site: SiteId,
    way: Way,
    /// When it was confirmed; none while it is being sent.
    confirmed: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Window {
    rows: HashMap<i64, Sent>,
    /// Rows up to this one are under way or gone, as far as is known.
    from: i64,
    of_site: HashMap<SiteId, usize>,
}

impl Window {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn ids(&self) -> Vec<i64> {
        self.rows.keys().copied().collect()
    }

    /// Where to look for rows to send, and which of those after it are under way.
    pub fn edge(&self) -> (i64, Vec<i64>) {
        (self.from, self.rows.keys().copied().filter(|id| *id > self.from).collect())
    }

    /// Everything up to this row was looked at.
    pub fn seen_to(&mut self, id: i64) {
        self.from = self.from.max(id);
    }

    /// Looks at all rows again: a row may have become visible after later ones.
    pub fn look_again(&mut self) {
        self.from = 0;
    }

    /// It must go out again.
    pub fn give_back(&mut self, id: i64) {
        self.take(id);
        self.from = self.from.min(id - 1);
    }

    pub fn put(&mut self, id: i64, site: SiteId, way: Way) {
        if self.rows.insert(id, Sent { site, way, confirmed: None }).is_none() {
            *self.of_site.entry(site).or_default() += 1;
        }
    }

    /// It is passed on.
    pub fn take(&mut self, id: i64) {
        let Some(sent) = self.rows.remove(&id) else { return };
        if let Some(count) = self.of_site.get_mut(&sent.site) {
            *count -= 1;
            if *count == 0 {
                self.of_site.remove(&sent.site);
            }
        }
    }

    pub fn confirm(&mut self, id: i64, way: Way, now: Instant) {
        if let Some(sent) = self.rows.get_mut(&id).filter(|sent| sent.way == way) {
            sent.confirmed = Some(now);
        }
    }

    /// Lets go of all that a broker confirmed, so that it goes out another way.
    pub fn forsake(&mut self, way: Way) -> usize {
        let gone: Vec<i64> = self.rows.iter().filter(|(_, sent)| sent.way == way && sent.confirmed.is_some()).map(|(id, _)| *id).collect();
        gone.iter().for_each(|id| self.give_back(*id));
        gone.len()
    }

    /// Confirmed by this broker so long ago that somebody should look after them.
    pub fn overdue(&self, way: Way, span: Duration, now: Instant) -> Vec<i64> {
        self.confirmed_for(span, now).into_iter().filter(|id| self.rows.get(id).is_some_and(|sent| sent.way == way)).collect()
    }

    /// Confirmed so long ago that they may be passed on by now.
    pub fn confirmed_for(&self, span: Duration, now: Instant) -> Vec<i64> {
        let settled = |sent: &Sent| sent.confirmed.is_some_and(|at| now.duration_since(at) >= span);
        self.rows.iter().filter(|(_, sent)| settled(sent)).map(|(id, _)| *id).collect()
    }

    /// Sites that have so many rows under way that others should come first.
    pub fn greedy(&self, most: usize) -> Vec<i64> {
        self.of_site.iter().filter(|(_, count)| **count >= most).map(|(site, _)| site.0).collect()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lost_broker_confirmed_goes_out_again_and_what_is_being_sent_does_not() {
        let (mut window, now) = (Window::default(), Instant::now());
        for id in 0..4 {
            window.put(id, SiteId(id % 2), if id < 3 { Way::Main } else { Way::Remote });
        }
        window.confirm(0, Way::Main, now);
        window.confirm(3, Way::Remote, now);
        window.confirm(1, Way::Remote, now);
        assert_eq!(window.forsake(Way::Main), 1);
        assert_eq!(window.len(), 3);
        assert_eq!(window.overdue(Way::Remote, Duration::from_secs(1), now + Duration::from_secs(1)), [3]);
    }

    #[test]
    fn what_was_looked_at_is_looked_at_again_when_it_must_go_out_again() {
        let mut window = Window::default();
        for id in 1..=5 {
            window.put(id, SiteId(1), Way::Main);
        }
        window.seen_to(4);
        assert_eq!(window.edge(), (4, vec![5]));
        window.give_back(3);
        let (from, mut away) = window.edge();
        away.sort_unstable();
        assert_eq!((from, away), (2, vec![4, 5]));
        window.look_again();
        assert_eq!(window.edge().0, 0);
    }

    #[test]
    fn sites_are_counted() {
        let mut window = Window::default();
        for id in 0..10 {
            window.put(id, SiteId(i64::from(id >= 8)), Way::Main);
            window.put(id, SiteId(i64::from(id >= 8)), Way::Main);
        }
        assert_eq!(window.greedy(5), [0]);
        (0..4).for_each(|id| window.take(id));
        assert_eq!((window.greedy(5), window.len()), (vec![], 6));
    }
}
