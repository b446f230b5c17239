//! How a site works with tickets.

use super::model::Priority;
use super::sla::{Calendar, Targets, weekday};
use crate::email::is_address;
use base::Invalid;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// What is promised for a priority, in minutes of business hours; null is no promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaTarget {
    pub priority: Priority,
    #[serde(default)]
    pub first_reply_minutes: Option<u32>,
    #[serde(default)]
    pub next_reply_minutes: Option<u32>,
    #[serde(default)]
    pub resolve_minutes: Option<u32>,
}

/// When somebody is at work; without any hours it is always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    #[schema(example = "Asia/Shanghai")]
    pub time_zone: String,
    /// `mon` to `sun`; from and until as `["09:00","18:00"]`, until `24:00` at most.
    #[schema(value_type = Object)]
    pub days: BTreeMap<String, Vec<[String; 2]>>,
    /// Days off, as `2026-10-01`.
    pub holidays: Vec<String>,
}

impl Default for Hours {
    fn default() -> Self {
        Self { time_zone: "UTC".into(), days: BTreeMap::new(), holidays: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({
    "sla": [{"priority": "urgent", "first_reply_minutes": 30, "next_reply_minutes": 60, "resolve_minutes": 480}],
    "business_hours": {"time_zone": "Asia/Shanghai", "days": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}, "holidays": ["2026-10-01"]},
    "from_offline": true, "from_chats": false, "inbound_address": "help@shop.example", "acknowledge": true, "staff_news": true,
    "close_after_days": 7
}))]
pub struct TicketSettings {
    pub sla: Vec<SlaTarget>,
    pub business_hours: Hours,
    /// Off-line messages become tickets.
    pub from_offline: bool,
    /// Ended chats become tickets.
    pub from_chats: bool,
    /// Mail that comes to this address becomes tickets and answers. Public replies are answered to it.
    pub inbound_address: Option<String>,
    /// Tells people who wrote that their ticket was opened, and its number.
    pub acknowledge: bool,
    /// Tells the assignee, or the department, what is new by mail.
    pub staff_news: bool,
    /// Solved tickets are closed after so many days; 0 never.
    pub close_after_days: u32,
}

impl Default for TicketSettings {
    fn default() -> Self {
        Self {
            sla: Vec::new(),
            business_hours: Hours::default(),
            from_offline: true,
            from_chats: false,
            inbound_address: None,
            acknowledge: true,
            staff_news: true,
            close_after_days: 7,
        }
    }
}

const LONGEST_PROMISE: u32 = 525_600;

impl TicketSettings {
    /// # Errors
    /// The first field that cannot be taken.
    pub fn check(&self) -> Result<(), Invalid> {
        for (at, target) in self.sla.iter().enumerate() {
            if self.sla[..at].iter().any(|before| before.priority == target.priority) {
                return Err(Invalid::new(format!("sla[{at}].priority"), "stands there twice"));
            }
            let promises = [
                ("first_reply_minutes", target.first_reply_minutes),
                ("next_reply_minutes", target.next_reply_minutes),
                ("resolve_minutes", target.resolve_minutes),
            ];
            if let Some((name, _)) = promises.iter().find(|(_, minutes)| minutes.is_some_and(|minutes| !(1..=LONGEST_PROMISE).contains(&minutes))) {
                return Err(Invalid::new(format!("sla[{at}].{name}"), format!("should be 1 to {LONGEST_PROMISE} minutes")));
            }
        }
        self.business_hours.calendar()?;
        if self.inbound_address.as_ref().is_some_and(|address| !is_address(address) || address.contains('+')) {
            return Err(Invalid::new("inbound_address", "should be an e-mail address without a +"));
        }
        if self.close_after_days > 3_650 {
            return Err(Invalid::new("close_after_days", "should be 0 to 3650"));
        }
        Ok(())
    }

    pub(super) fn targets(&self, priority: Priority) -> Targets {
        let found = self.sla.iter().find(|target| target.priority == priority);
        found.map_or_else(Targets::default, |target| Targets {
            first_reply: target.first_reply_minutes,
            next_reply: target.next_reply_minutes,
            resolve: target.resolve_minutes,
        })
    }
}

impl Hours {
    /// # Errors
    /// The first field that cannot be taken.
    pub(super) fn calendar(&self) -> Result<Calendar, Invalid> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| Invalid::new("business_hours.time_zone", "is not a known time zone, as Asia/Shanghai"))?;
        let mut days: [Vec<(Time, Option<Time>)>; 7] = Default::default();
        for (name, spans) in &self.days {
            let field = format!("business_hours.days.{name}");
            let day = weekday(name).ok_or_else(|| Invalid::new(&field, "should be mon, tue, wed, thu, fri, sat or sun"))?;
            days[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)] = read_spans(&field, spans)?;
        }
        if self.holidays.len() > 1_000 {
            return Err(Invalid::new("business_hours.holidays", "has at most 1000 days"));
        }
        let mut holidays = BTreeSet::new();
        for (at, text) in self.holidays.iter().enumerate() {
            let date: Date = text.parse().map_err(|_| Invalid::new(format!("business_hours.holidays[{at}]"), "should be a day as 2026-10-01"))?;
            holidays.insert(date);
        }
        Ok(Calendar { zone, days, holidays })
    }
}

fn read_spans(field: &str, spans: &[[String; 2]]) -> Result<Vec<(Time, Option<Time>)>, Invalid> {
    let wrong = |at: usize, why: &str| Invalid::new(format!("{field}[{at}]"), why);
    let mut read: Vec<(Time, Option<Time>)> = Vec::new();
    for (at, [from, until]) in spans.iter().enumerate() {
        let time = |text: &str| text.parse::<Time>().map_err(|_| wrong(at, "should be times as 09:00"));
        let from = time(from)?;
        let until = if until == "24:00" { None } else { Some(time(until)?) };
        if until.is_some_and(|until| until <= from) {
            return Err(wrong(at, "should end after it begins"));
        }
        if read.last().is_some_and(|(_, end)| end.is_none_or(|end| end > from)) {
            return Err(wrong(at, "should begin after the one before it ends"));
        }
        read.push((from, until));
    }
    if read.len() > 8 {
        return Err(Invalid::new(field, "has at most 8 spans"));
    }
    Ok(read)
}
