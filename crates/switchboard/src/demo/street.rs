//! Who is about: nobody is on two pages at once, hardly two speak the same lines side by side, and the queue is never empty for long.

use super::script::{PEOPLE, Person, Scene, scenes};
use rand::seq::IndexedRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many wait in the queue, all departments together.
const WAITING: usize = 3;
/// Fewer are too few: then lines may be spoken that somebody else is speaking already.
const TOO_FEW: usize = 2;
/// Chats with sales at a time. A seat there stays free for whoever tries the shop's own chat button.
const WITH_SALES: usize = 3;
/// How often somebody writes to the department where nobody sits.
const WRITES_EVERY: Duration = Duration::from_secs(110);

/// The department that people find quickest.
const SALES: usize = 0;

/// Tokens of browsers that were here before, by the person's place in the script.
pub type Known = BTreeMap<usize, String>;

#[derive(Default)]
struct Standing {
    present: BTreeSet<usize>,
    /// By the first words.
    played: BTreeSet<&'static str>,
    known: Known,
    waiting: usize,
    with_sales: usize,
    wrote: Option<Instant>,
}

/// What a visitor may do now.
pub enum Turn<'a> {
    /// Ask, in this scene.
    Ask(Part<'a>),
    /// Write to the department where nobody sits.
    Write,
    /// Look around a little longer.
    Browse,
}

#[derive(Default)]
pub struct Street(Mutex<Standing>);

impl Street {
    pub fn with(known: Known) -> Self {
        Self(Mutex::new(Standing { known, ..Standing::default() }))
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who is not here yet.
    pub fn come(&self) -> Option<Present<'_>> {
        let mut standing = self.standing();
        let absent: Vec<usize> = (0..PEOPLE.len()).filter(|place| !standing.present.contains(place)).collect();
        let place = *absent.choose(&mut rand::rng())?;
        standing.present.insert(place);
        Some(Present { street: self, place })
    }

    /// A turn for somebody who speaks this language.
    pub fn turn(&self, language: &str) -> Turn<'_> {
        let mut standing = self.standing();
        let queue = standing.waiting < WAITING;
        let sales = standing.with_sales < WITH_SALES;
        let open = |scene: &&Scene| if scene.department == SALES { sales } else { queue };
        let mut free: Vec<&'static Scene> = scenes(language).iter().filter(open).collect();
        if standing.waiting >= TOO_FEW || free.iter().any(|scene| scene.department != SALES && !standing.played.contains(scene.lines[0].text)) {
            free.retain(|scene| !standing.played.contains(scene.lines[0].text));
        }
        if let Some(scene) = free.choose(&mut rand::rng()).copied() {
            standing.played.insert(scene.lines[0].text);
            if scene.department == SALES { standing.with_sales += 1 } else { standing.waiting += 1 }
            return Turn::Ask(Part { street: self, scene, waits: scene.department != SALES });
        }
        let now = Instant::now();
        let wrote = *standing.wrote.get_or_insert(now);
        if now.duration_since(wrote) < WRITES_EVERY {
            return Turn::Browse;
        }
        standing.wrote = Some(now);
        Turn::Write
    }
}

/// Somebody on the shop's pages, until dropped.
pub struct Present<'a> {
    street: &'a Street,
    pub place: usize,
}

impl Present<'_> {
    pub fn person(&self) -> &'static Person {
        &PEOPLE[self.place]
    }

    /// What the browser kept of an earlier visit.
    pub fn token(&self) -> Option<String> {
        self.street.standing().known.get(&self.place).cloned()
    }

    pub fn keep(&self, token: &str) {
        self.street.standing().known.insert(self.place, token.to_owned());
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.street.standing().present.remove(&self.place);
    }
}

/// A part in a scene, until dropped.
pub struct Part<'a> {
    street: &'a Street,
    pub scene: &'static Scene,
    waits: bool,
}

impl Part<'_> {
    /// Somebody took the chat: another may wait.
    pub fn was_taken(&mut self) {
        if std::mem::take(&mut self.waits) {
            self.street.standing().waiting -= 1;
        }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.was_taken();
        let mut standing = self.street.standing();
        standing.played.remove(self.scene.lines[0].text);
        if self.scene.department == SALES {
            standing.with_sales -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::script::NOBODY_HERE;

    #[test]
    fn as_many_wait_as_the_queue_shall_hold_and_the_next_may_when_one_was_taken() {
        let street = Street::default();
        let mut parts = Vec::new();
        while let Turn::Ask(part) = street.turn("zh") {
            parts.push(part);
        }
        assert_eq!(parts.iter().filter(|part| part.scene.department != SALES).count(), WAITING);
        assert_eq!(parts.iter().filter(|part| part.scene.department == SALES).count(), WITH_SALES);
        assert!(parts.iter().all(|part| part.scene.department != NOBODY_HERE));
        let taken = parts.iter_mut().find(|part| part.scene.department != SALES).expect("one who waits");
        taken.was_taken();
        assert!(matches!(street.turn("zh"), Turn::Ask(part) if part.scene.department != SALES));
    }

    #[test]
    fn nobody_comes_twice_at_a_time() {
        let street = Street::default();
        let all: Vec<Present> = std::iter::from_fn(|| street.come()).collect();
        assert_eq!(all.len(), PEOPLE.len());
        drop(all);
        assert!(street.come().is_some());
    }
}
