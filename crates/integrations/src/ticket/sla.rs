//! Clocks that run in business hours. Pure: the time and the calendar are arguments.

use base::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// When somebody is at work. Without any hours it is always.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: TimeZone,
    /// Monday first; from and until, in order. `None` as the end is midnight.
    pub days: [Vec<(Time, Option<Time>)>; 7],
    pub holidays: BTreeSet<Date>,
}

/// Further ahead nothing is looked for: hours that never come are no hours.
const FURTHEST_DAYS: usize = 3 * 366;

impl Calendar {
    pub fn always() -> Self {
        Self { zone: TimeZone::UTC, days: Default::default(), holidays: BTreeSet::new() }
    }

    fn is_always(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    fn date_of(&self, at: i64) -> Date {
        Timestamp::from_millis(at).to_jiff().to_zoned(self.zone.clone()).date()
    }

    fn moment(&self, date: Date, time: Time) -> i64 {
        date.to_datetime(time).to_zoned(self.zone.clone()).map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond())
    }

    /// The open spans of a day, as epoch milliseconds.
    fn spans(&self, date: Date) -> Vec<(i64, i64)> {
        if self.holidays.contains(&date) {
            return Vec::new();
        }
        let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let span = |(from, until): &(Time, Option<Time>)| {
            let end = match until {
                Some(until) => self.moment(date, *until),
                None => date.tomorrow().map_or(i64::MAX, |next| self.moment(next, Time::midnight())),
            };
            (self.moment(date, *from), end)
        };
        self.days[day].iter().map(span).filter(|(from, until)| from < until).collect()
    }

    /// The moment at which `span` milliseconds of work have passed since `from`; none when they never will.
    pub fn add(&self, from: Timestamp, span: i64) -> Option<Timestamp> {
        let mut left = span.max(0);
        if self.is_always() {
            return Some(Timestamp::from_millis(from.millis().saturating_add(left)));
        }
        let mut date = self.date_of(from.millis());
        for _ in 0..FURTHEST_DAYS {
            for (open, close) in self.spans(date) {
                let begin = open.max(from.millis());
                if begin >= close {
                    continue;
                }
                if left <= close - begin {
                    return Some(Timestamp::from_millis(begin + left));
                }
                left -= close - begin;
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Milliseconds of work between the two.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> i64 {
        let (from, until) = (from.millis(), until.millis());
        if from >= until {
            return 0;
        }
        if self.is_always() {
            return until - from;
        }
        let (mut date, last) = (self.date_of(from), self.date_of(until));
        let mut work = 0;
        for _ in 0..FURTHEST_DAYS {
            for (open, close) in self.spans(date) {
                work += (close.min(until) - open.max(from)).max(0);
            }
            match date.tomorrow() {
                Ok(next) if date < last => date = next,
                _ => break,
            }
        }
        work
    }
}

/// The day's name as settings write it.
pub fn weekday(name: &str) -> Option<Weekday> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let at = names.iter().position(|one| *one == name)?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

const MINUTE: i64 = 60_000;

/// One clock of a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// It runs, and will have run out then.
    pub due: Option<Timestamp>,
    /// It stands still, with so much left.
    left: Option<i64>,
    target: i64,
    pub breached: bool,
}

impl Timer {
    pub fn is_on(&self) -> bool {
        self.due.is_some() || self.left.is_some()
    }

    /// Begins anew; no target is no clock.
    pub fn start(&mut self, minutes: Option<u32>, now: Timestamp, calendar: &Calendar) {
        let Some(minutes) = minutes else { return };
        self.target = i64::from(minutes) * MINUTE;
        (self.due, self.left) = (calendar.add(now, self.target), None);
    }

    pub fn pause(&mut self, now: Timestamp, calendar: &Calendar) {
        if let Some(due) = self.due.take() {
            self.left = Some(calendar.between(now, due));
        }
    }

    pub fn resume(&mut self, now: Timestamp, calendar: &Calendar) {
        if let Some(left) = self.left.take() {
            self.due = calendar.add(now, left);
        }
    }

    /// What it waited for has come. It stays breached when that was too late.
    pub fn stop(&mut self, now: Timestamp) {
        self.breached |= self.due.is_some_and(|due| due < now);
        (self.due, self.left) = (None, None);
    }

    /// Another target for the same wait: what has passed has passed.
    pub fn retarget(&mut self, minutes: Option<u32>, now: Timestamp, calendar: &Calendar) {
        if !self.is_on() {
            return;
        }
        let Some(minutes) = minutes else {
            (self.due, self.left) = (None, None);
            return;
        };
        let paused = self.left.is_some();
        self.pause(now, calendar);
        let passed = self.target - self.left.unwrap_or(0);
        self.target = i64::from(minutes) * MINUTE;
        self.left = Some((self.target - passed).max(0));
        if !paused {
            self.resume(now, calendar);
        }
    }

    /// True when it has just run out.
    fn check(&mut self, now: Timestamp) -> bool {
        let out = !self.breached && self.due.is_some_and(|due| due <= now);
        self.breached |= out;
        out
    }

    fn alarm(&self) -> Option<Timestamp> {
        self.due.filter(|_| !self.breached)
    }
}

/// What is promised for one priority, in minutes of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    pub first_reply: Option<u32>,
    pub next_reply: Option<u32>,
    pub resolve: Option<u32>,
}

/// The clocks of a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    pub first_reply: Timer,
    pub next_reply: Timer,
    pub resolve: Timer,
}

impl Clocks {
    pub const NAMES: [&'static str; 3] = ["first_reply", "next_reply", "resolve"];

    fn all(&mut self) -> [&mut Timer; 3] {
        [&mut self.first_reply, &mut self.next_reply, &mut self.resolve]
    }

    fn each(&self) -> [Timer; 3] {
        [self.first_reply, self.next_reply, self.resolve]
    }

    pub fn pause(&mut self, now: Timestamp, calendar: &Calendar) {
        self.all().into_iter().for_each(|timer| timer.pause(now, calendar));
    }

    pub fn resume(&mut self, now: Timestamp, calendar: &Calendar) {
        self.all().into_iter().for_each(|timer| timer.resume(now, calendar));
    }

    pub fn stop(&mut self, now: Timestamp) {
        self.all().into_iter().for_each(|timer| timer.stop(now));
    }

    pub fn retarget(&mut self, targets: Targets, now: Timestamp, calendar: &Calendar) {
        let minutes = [targets.first_reply, targets.next_reply, targets.resolve];
        self.all().into_iter().zip(minutes).for_each(|(timer, minutes)| timer.retarget(minutes, now, calendar));
    }

    /// The names of those that have just run out.
    pub fn check(&mut self, now: Timestamp) -> Vec<&'static str> {
        Self::NAMES.into_iter().zip(self.all()).filter_map(|(name, timer)| timer.check(now).then_some(name)).collect()
    }

    pub fn breached(&self) -> Vec<&'static str> {
        Self::NAMES.into_iter().zip(self.each()).filter_map(|(name, timer)| timer.breached.then_some(name)).collect()
    }

    /// When to look next.
    pub fn alarm(&self) -> Option<Timestamp> {
        self.each().iter().filter_map(Timer::alarm).min()
    }
}
