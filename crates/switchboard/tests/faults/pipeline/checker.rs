//! Compares what was announced with what took effect, in the manner of Jepsen's queue checks.

use std::collections::{BTreeMap, HashMap, HashSet};

/// One event: its key and its number in the key.
pub type Said = (String, i64);

#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Acknowledged as announced, and without effect.
    pub lost: Vec<Said>,
    pub doubled: Vec<Said>,
    /// Took effect after a later one of its key.
    pub reordered: Vec<Said>,
    /// Took effect although nobody announced it.
    pub phantom: Vec<Said>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// `unsure` was announced without an answer: it may have an effect or none.
pub fn judge(announced: &[Said], unsure: &[Said], effects: &[Said]) -> Verdict {
    let mut verdict = Verdict::default();
    let known: HashSet<&Said> = announced.iter().chain(unsure).collect();
    let mut times: BTreeMap<&Said, u32> = BTreeMap::new();
    let mut highest: HashMap<&str, i64> = HashMap::new();
    for said in effects {
        let count = times.entry(said).or_default();
        *count += 1;
        match *count {
            1 if !known.contains(said) => verdict.phantom.push(said.clone()),
            1 => {
                let high = highest.entry(&said.0).or_insert(i64::MIN);
                if said.1 < *high {
                    verdict.reordered.push(said.clone());
                }
                *high = (*high).max(said.1);
            }
            2 => verdict.doubled.push(said.clone()),
            _ => {}
        }
    }
    verdict.lost = announced.iter().filter(|said| !times.contains_key(said)).cloned().collect();
    verdict
}

#[test]
fn the_checker_finds_what_is_lost_doubled_reordered_and_invented() {
    let said = |key: &str, n| (key.to_owned(), n);
    let announced = [said("a", 1), said("a", 2), said("a", 3), said("b", 1), said("b", 2)];
    let unsure = [said("a", 4)];
    let clean = [said("a", 1), said("b", 1), said("a", 2), said("b", 2), said("a", 3)];
    assert!(judge(&announced, &unsure, &clean).is_clean());
    let effects = [said("a", 2), said("a", 1), said("b", 1), said("b", 1), said("a", 4), said("c", 1), said("b", 2)];
    let verdict = judge(&announced, &unsure, &effects);
    assert_eq!(verdict.lost, [said("a", 3)]);
    assert_eq!(verdict.doubled, [said("b", 1)]);
    assert_eq!(verdict.reordered, [said("a", 1)]);
    assert_eq!(verdict.phantom, [said("c", 1)]);
}
