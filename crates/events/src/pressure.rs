//! How much waits, in four levels that everybody can read at once.

use crate::brokers::Way;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// Green: all is well. Yellow: events are late, so batches grow and replays pause. Orange: events are very late or the disk runs low,
/// so logs are shed and bulk work is refused. Red: there is no room, so nothing new is accepted rather than accepted and lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    Green,
    Yellow,
    Orange,
    Red,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Green, Self::Yellow, Self::Orange, Self::Red];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == text)
    }
}

/// The level of this node; cheap to clone, free to read.
#[derive(Clone, Default)]
pub struct Pressure(Arc<AtomicU8>);

impl Pressure {
    pub fn level(&self) -> Level {
        Level::ALL.get(usize::from(self.0.load(Ordering::Relaxed))).copied().unwrap_or(Level::Red)
    }

    pub(crate) fn set(&self, level: Level) {
        self.0.store(level as u8, Ordering::Relaxed);
    }
}

/// Which event broker the relay of this node takes; none when another node relays.
#[derive(Clone, Default)]
pub(crate) struct Course(Arc<AtomicU8>);

impl Course {
    pub fn set(&self, way: Option<Way>) {
        self.0.store(way.map_or(0, |way| if way == Way::Main { 1 } else { 2 }), Ordering::Relaxed);
    }

    pub fn way(&self) -> Option<Way> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(Way::Main),
            2 => Some(Way::Remote),
            _ => None,
        }
    }
}

/// Free room, where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
}

impl Room {
    fn below(self, share: f64, bytes: u64) -> bool {
        // A share alone misjudges large disks, a number alone small ones.
        (self.free as f64) < self.total as f64 * share && self.free < bytes
    }
}

/// Says how much room the disk has.
pub type RoomWatch = Arc<dyn Fn() -> Option<Room> + Send + Sync>;

const GIB: u64 = 1 << 30;
/// Below both a fifth and this, logs are shed; below both a twentieth and that, nothing is accepted.
const LOW: (f64, u64) = (0.20, 10 * GIB);
const FULL: (f64, u64) = (0.05, GIB / 2);
const LATE: Duration = Duration::from_secs(10);
const VERY_LATE: Duration = Duration::from_secs(60);

/// The level, and each reason as a word (`outbox_late`, `disk_low` …) that the console translates.
pub(crate) fn judge(outbox_age: Duration, room: Option<Room>) -> (Level, Vec<&'static str>) {
    let (mut level, mut why) = (Level::Green, Vec::new());
    let mut at_least = |reached: Level, word: &'static str| {
        level = level.max(reached);
        why.push(word);
    };
    if outbox_age >= VERY_LATE {
        at_least(Level::Orange, "outbox_very_late");
    } else if outbox_age >= LATE {
        at_least(Level::Yellow, "outbox_late");
    }
    if let Some(room) = room {
        if room.below(FULL.0, FULL.1) {
            at_least(Level::Red, "disk_full");
        } else if room.below(LOW.0, LOW.1) {
            at_least(Level::Orange, "disk_low");
        }
    }
    (level, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_reason_sets_the_level_and_all_are_told() {
        let (second, plenty) = (Duration::from_secs(1), Some(Room { free: 900 * GIB, total: 1_000 * GIB }));
        for (outbox, room, level, why) in [
            (0, plenty, Level::Green, vec![]),
            (10, plenty, Level::Yellow, vec!["outbox_late"]),
            (61, None, Level::Orange, vec!["outbox_very_late"]),
            (0, Some(Room { free: GIB, total: 10 * GIB }), Level::Orange, vec!["disk_low"]),
            (11, Some(Room { free: GIB / 4, total: 10 * GIB }), Level::Red, vec!["outbox_late", "disk_full"]),
            (0, Some(Room { free: 40 * GIB, total: 1_000 * GIB }), Level::Green, vec![]),
        ] {
            assert_eq!(judge(second * outbox, room), (level, why));
        }
    }

    #[test]
    fn levels_rise_in_order_and_are_read_back() {
        assert!(Level::Green < Level::Yellow && Level::Orange < Level::Red);
        let pressure = Pressure::default();
        for level in Level::ALL {
            pressure.set(level);
            assert_eq!((pressure.level(), Level::read(level.name())), (level, Some(level)));
        }
    }
}
