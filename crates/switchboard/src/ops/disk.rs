//! Is there room on the disk? Below a floor writes are refused before they can fail half-way; reads go on.

use events::Room;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often the free room is looked at.
const EVERY: Duration = Duration::from_secs(3);
/// So much above the floor it must be before writes are taken again, so that it does not flicker.
const SLACK: u64 = 4 * 1024 * 1024;

const HALF_GIB: u64 = 512 * 1024 * 1024;

pub struct DiskWatch {
    folder: PathBuf,
    floor: AtomicU64,
    full: watch::Sender<bool>,
}

impl DiskWatch {
    pub fn new(folder: PathBuf, floor_mib: u64) -> Self {
        let watch = Self { folder, floor: AtomicU64::new(0), full: watch::Sender::new(false) };
        watch.set_floor_mib(floor_mib);
        watch
    }

    /// Changes the floor and looks at once.
    pub fn set_floor_mib(&self, floor_mib: u64) {
        self.floor.store(floor_mib.saturating_mul(1024 * 1024), Ordering::Relaxed);
        self.look();
    }

    pub fn is_full(&self) -> bool {
        *self.full.borrow()
    }

    /// Tells each change.
    pub fn changes(&self) -> watch::Receiver<bool> {
        self.full.subscribe()
    }

    pub async fn run(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let Some(Room { free, total }) = self.room() else { return };
        metrics::gauge!("disk_free_bytes").set(free as f64);
        let was = self.is_full();
        // As the red level of the post room: what is accepted must find room on its whole way.
        let floor = self.floor.load(Ordering::Relaxed).max((total / 20).min(HALF_GIB));
        let full = free < if was { floor.saturating_add(SLACK) } else { floor };
        if full != was {
            if full {
                tracing::error!(free, floor, folder = %self.folder.display(), "the disk is nearly full: writes are refused until there is room");
            } else {
                tracing::info!(free, folder = %self.folder.display(), "there is room on the disk again: writes are taken");
            }
            self.full.send_replace(full);
        }
    }

    /// Bytes that we may still write; none when the system does not tell.
    pub fn free(&self) -> Option<u64> {
        self.room().map(|room| room.free)
    }

    /// And how many there are in all.
    pub fn room(&self) -> Option<Room> {
        match rustix::fs::statvfs(&self.folder) {
            Ok(stat) => Some(Room { free: stat.f_bavail.saturating_mul(stat.f_frsize), total: stat.f_blocks.saturating_mul(stat.f_frsize) }),
            Err(err) => {
                tracing::warn!(error = %err, folder = %self.folder.display(), "the free room of the disk is not known");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_above_the_free_room_is_full() {
        let folder = std::env::temp_dir();
        assert!(!DiskWatch::new(folder.clone(), 0).is_full());
        assert!(DiskWatch::new(folder, u64::MAX / 2_000_000).is_full());
    }
}
