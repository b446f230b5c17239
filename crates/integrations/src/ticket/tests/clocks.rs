use super::super::sla::*;
use super::*;
use base::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

fn office(zone: &str) -> Hours {
    let mut days: std::collections::BTreeMap<String, Vec<[String; 2]>> = Default::default();
    for day in ["mon", "tue", "wed", "thu", "fri"] {
        days.insert(day.into(), vec![["09:00".into(), "12:00".into()], ["13:00".into(), "18:00".into()]]);
    }
    days.insert("sat".into(), vec![["22:00".into(), "24:00".into()]]);
    Hours { time_zone: zone.into(), days, holidays: vec!["2026-11-23".into()] }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn hours_days_off_and_zones_are_kept() {
    let calendar = office("Asia/Shanghai").calendar().unwrap();
    // Friday 17:00 in Shanghai; Saturday has two hours, Monday is off.
    let friday = at("2026-11-20T09:00:00Z");
    assert_eq!(calendar.add(friday, HOUR), Some(at("2026-11-20T10:00:00Z")));
    assert_eq!(calendar.add(friday, 2 * HOUR), Some(at("2026-11-21T15:00:00Z")));
    assert_eq!(calendar.add(friday, 4 * HOUR), Some(at("2026-11-24T02:00:00Z")));
    assert_eq!(calendar.between(friday, at("2026-11-24T02:00:00Z")), 4 * HOUR);
    let never = Hours { days: [("mon".to_owned(), Vec::new())].into(), ..Hours::default() };
    assert_eq!(never.calendar().unwrap().add(friday, HOUR), Some(friday.plus(Duration::from_secs(3_600))), "no hours are all hours");
}

#[test]
fn a_day_on_which_the_clock_is_set_has_its_own_length() {
    let hours = Hours { time_zone: "Europe/Berlin".into(), days: [("sun".to_owned(), vec![["00:00".to_owned(), "24:00".to_owned()]])].into(), holidays: vec![] };
    let calendar = hours.calendar().unwrap();
    assert_eq!(calendar.between(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z")), 23 * HOUR);
    assert_eq!(calendar.between(at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z")), 25 * HOUR);
}

#[test]
fn hours_that_make_no_sense_are_refused_by_their_field() {
    let with = |day: &str, spans: &[[&str; 2]]| Hours {
        days: [(day.to_owned(), spans.iter().map(|span| span.map(str::to_owned)).collect())].into(),
        ..Hours::default()
    };
    for (hours, field) in [
        (with("monday", &[]), "business_hours.days.monday"),
        (with("mon", &[["18:00", "09:00"]]), "business_hours.days.mon[0]"),
        (with("mon", &[["09:00", "12:00"], ["11:00", "13:00"]]), "business_hours.days.mon[1]"),
        (with("mon", &[["nine", "12:00"]]), "business_hours.days.mon[0]"),
        (Hours { time_zone: "Mars/Base".into(), ..Hours::default() }, "business_hours.time_zone"),
        (Hours { holidays: vec!["someday".into()], ..Hours::default() }, "business_hours.holidays[0]"),
    ] {
        assert_eq!(hours.calendar().unwrap_err().field, field);
    }
}

prop_compose! {
    fn calendars()(zone in prop::sample::select(vec!["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
                   spans in prop::collection::vec(prop::option::of((0_u32..1_300, 60_u32..140)), 7), all in any::<bool>()) -> Calendar {
        let time = |minute: u32| jiff::civil::time(i8::try_from(minute / 60).unwrap(), i8::try_from(minute % 60).unwrap(), 0, 0);
        let mut days: [Vec<(jiff::civil::Time, Option<jiff::civil::Time>)>; 7] = Default::default();
        for (day, span) in days.iter_mut().zip(spans) {
            if let Some((from, length)) = span {
                day.push((time(from), Some(time((from + length).min(1_439)))));
            }
        }
        if all { days[2] = vec![(jiff::civil::Time::midnight(), None)]; }
        Calendar { zone: TimeZone::get(zone).unwrap(), days, holidays: Default::default() }
    }
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_000_i64..1_798_761_600_000).prop_map(Timestamp::from_millis)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_added_lies_between(calendar in calendars(), from in moments(), span in 0_i64..40 * HOUR) {
        if let Some(due) = calendar.add(from, span) {
            prop_assert!(due >= from);
            prop_assert_eq!(calendar.between(from, due), span);
        }
    }

    #[test]
    fn adding_in_parts_is_adding_at_once(calendar in calendars(), from in moments(), first in 0_i64..20 * HOUR, second in 1_i64..20 * HOUR) {
        let parts = calendar.add(from, first).and_then(|due| calendar.add(due, second));
        prop_assert_eq!(parts, calendar.add(from, first + second));
    }

    #[test]
    fn more_work_is_due_later_and_time_adds_up(calendar in calendars(), from in moments(), a in 0_i64..9_000_000_000, b in 0_i64..900_000_000) {
        let (middle, end) = (Timestamp::from_millis(from.millis() + a), Timestamp::from_millis(from.millis() + a + b));
        prop_assert_eq!(calendar.between(from, middle) + calendar.between(middle, end), calendar.between(from, end));
        prop_assert!(calendar.add(from, a % (30 * HOUR)) <= calendar.add(from, a % (30 * HOUR) + 1));
    }

    #[test]
    fn a_pause_costs_no_promised_time(calendar in calendars(), from in moments(), minutes in 1_u32..2_000, worked in 0_i64..2 * HOUR, away in 0_i64..200 * HOUR) {
        let mut timer = Timer::default();
        timer.start(Some(minutes), from, &calendar);
        prop_assume!(timer.due.is_some());
        let pause = Timestamp::from_millis(from.millis() + worked);
        prop_assume!(timer.due > Some(pause));
        let resume = Timestamp::from_millis(pause.millis() + away);
        timer.pause(pause, &calendar);
        prop_assert!(timer.due.is_none() && timer.is_on());
        timer.resume(resume, &calendar);
        let due = timer.due.unwrap();
        prop_assert_eq!(calendar.between(from, pause) + calendar.between(resume, due), i64::from(minutes) * 60_000);
        timer.retarget(Some(minutes), resume, &calendar);
        prop_assert_eq!(timer.due, Some(due));
        timer.stop(due);
        prop_assert!(!timer.breached && !timer.is_on());
    }
}

fn promised() -> TicketSettings {
    let target = |priority, first, next, resolve| SlaTarget { priority, first_reply_minutes: first, next_reply_minutes: next, resolve_minutes: resolve };
    TicketSettings { sla: vec![target(Priority::Normal, Some(60), Some(30), Some(600)), target(Priority::Urgent, Some(10), Some(5), None)], ..TicketSettings::default() }
}

#[tokio::test]
async fn a_clock_that_runs_out_is_noted_and_told_once() {
    let desk = Desk::with(promised()).await;
    let ticket = desk.ticket("Order 17").await;
    assert_eq!(ticket.clocks.first_reply.due, Some(testkit::NOON.plus(Duration::from_secs(3_600))));
    desk.tickets.watch_clocks().await.unwrap();
    assert!(desk.tickets.get(SITE, ticket.id).await.unwrap().clocks.breached().is_empty());
    desk.house.test.clock.advance(Duration::from_secs(3_600));
    for _ in 0..2 {
        desk.tickets.watch_clocks().await.unwrap();
    }
    let late = desk.tickets.get(SITE, ticket.id).await.unwrap();
    assert_eq!(late.clocks.breached(), ["first_reply"]);
    let noted: Vec<_> = desk.entries(ticket.id).await.into_iter().filter(|entry| entry.kind == EntryKind::System).collect();
    assert_eq!((noted.len(), noted[0].changes[0].to.clone()), (1, json!("first_reply")));
    desk.house.post().await;
    assert_eq!(desk.house.mailbox.got().iter().filter(|mail| mail.subject.contains("Overdue")).count(), 1);
    assert_eq!(late.clocks.alarm(), late.clocks.resolve.due);
}

#[tokio::test]
async fn clocks_stand_still_while_somebody_else_is_waited_for() {
    let desk = Desk::with(promised()).await;
    let ticket = desk.ticket("Order 17").await;
    desk.house.test.clock.advance(Duration::from_secs(600));
    let new = NewEntry { status: Some(Status::Pending), ..said("Which one?", true) };
    desk.tickets.say(&agent(), ticket.id, new).await.unwrap();
    let waiting = desk.tickets.get(SITE, ticket.id).await.unwrap();
    assert_eq!((waiting.clocks.first_reply.is_on(), waiting.clocks.resolve.due, waiting.clocks.alarm()), (false, None, None));
    desk.house.test.clock.advance(Duration::from_secs(86_400));
    desk.tickets.watch_clocks().await.unwrap();
    let open = desk.tickets.change(&agent(), ticket.id, TicketPatch { status: Some(Status::Open), ..TicketPatch::default() }).await.unwrap();
    assert!(open.clocks.breached().is_empty());
    let now = desk.house.test.db.clock().now();
    assert_eq!(open.clocks.resolve.due, Some(now.plus(Duration::from_secs(600 * 60 - 600))));
    let urgent = desk.tickets.change(&agent(), ticket.id, TicketPatch { priority: Some(Priority::Urgent), ..TicketPatch::default() }).await.unwrap();
    assert!(!urgent.clocks.resolve.is_on(), "urgent tickets have no promise to be solved");
}
