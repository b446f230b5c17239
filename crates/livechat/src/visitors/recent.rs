//! A bounded memory of what was needed lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Young and old.
type Halves<K, V> = (HashMap<K, V>, HashMap<K, V>);

/// Keeps the latest entries, `most` of them at most: when the young half is full, the old half is forgotten.
pub(super) struct Recent<K, V> {
    halves: Mutex<Halves<K, V>>,
    half: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { halves: Mutex::default(), half: (most / 2).max(1) }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = halves.0.get(key) {
            return Some(value.clone());
        }
        let (key, value) = halves.1.remove_entry(key)?;
        Self::keep(self.half, &mut halves, key, value.clone());
        Some(value)
    }

    pub(super) fn put(&self, key: K, value: V) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.1.remove(&key);
        Self::keep(self.half, &mut halves, key, value);
    }

    pub(super) fn forget(&self, key: &K) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.0.remove(key);
        halves.1.remove(key);
    }

    fn keep(half: usize, halves: &mut Halves<K, V>, key: K, value: V) {
        if halves.0.len() >= half {
            halves.1 = std::mem::take(&mut halves.0);
        }
        halves.0.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_used_stay_and_the_rest_is_forgotten() {
        let recent = Recent::new(10);
        for n in 0..100 {
            recent.put(n, n);
            assert_eq!(recent.get(&0), Some(0));
        }
        let kept = (0..100).filter(|n| recent.get(n).is_some()).count();
        assert!(kept <= 10, "{kept}");
        assert_eq!(recent.get(&50), None);
    }
}
