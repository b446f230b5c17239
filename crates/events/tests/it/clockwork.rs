//! Jobs and work that was put off, by the manual clock.

use crate::house::{House, Running, a_while, until};
use events::{Does, Fence, Job, Later, Outcome, Plans, Schedule};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Counting {
    schedule: Schedule,
    runs: AtomicUsize,
    fences: Mutex<Vec<Fence>>,
    fails: AtomicBool,
}

impl Counting {
    fn new(schedule: Schedule) -> Arc<Self> {
        Arc::new(Self { schedule, runs: AtomicUsize::new(0), fences: Mutex::default(), fails: AtomicBool::new(false) })
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Job for Counting {
    fn name(&self) -> String {
        "test.counting".into()
    }

    fn schedule(&self) -> Schedule {
        self.schedule.clone()
    }

    async fn run(&self, fence: Fence) -> Outcome {
        self.runs.fetch_add(1, Ordering::SeqCst);
        self.fences.lock().unwrap().push(fence);
        if self.fails.load(Ordering::SeqCst) { Outcome::retry("failing") } else { Outcome::Done }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_on_one_of_two_nodes_and_catches_up_once() {
    let house = House::open().await;
    let job = Counting::new(Schedule::Every(Duration::from_secs(60)));
    let nodes = ["a", "b"].map(|node| Running::start(house.pipeline(node).jobs(vec![job.clone()])));
    a_while().await;
    assert_eq!(job.runs(), 0);
    for run in 1..=3 {
        house.test.clock.advance(Duration::from_secs(60));
        until("a run", || async { job.runs() >= run }).await;
        a_while().await;
        assert_eq!(job.runs(), run, "run by both nodes");
    }
    house.test.clock.advance(Duration::from_secs(3600));
    until("one run for an hour of missed ones", || async { job.runs() == 4 }).await;
    a_while().await;
    assert_eq!(job.runs(), 4);
    assert!(job.fences.lock().unwrap().is_sorted());
    for node in nodes {
        node.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_neither_repeats_nor_silences_a_job() {
    let house = House::open().await;
    let job = Counting::new(Schedule::Cron { pattern: "0 * * * *", zone: "Asia/Shanghai".into() });
    let running = Running::start(house.pipeline("a").jobs(vec![job.clone()]));
    a_while().await;
    house.test.clock.advance(Duration::from_secs(24 * 3600));
    until("the run of the false time", || async { job.runs() == 1 }).await;
    house.test.clock.set(testkit::NOON.plus(Duration::from_secs(60)));
    a_while().await;
    assert_eq!(job.runs(), 1);
    house.test.clock.advance(Duration::from_secs(3600));
    until("the next hour", || async { job.runs() == 2 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_is_tried_again_before_its_next_time() {
    let house = House::open().await;
    let job = Counting::new(Schedule::Every(Duration::from_secs(3600)));
    job.fails.store(true, Ordering::SeqCst);
    let running = Running::start(house.pipeline("a").jobs(vec![job.clone()]));
    a_while().await;
    house.test.clock.advance(Duration::from_secs(3600));
    until("the first try", || async { job.runs() == 1 }).await;
    a_while().await;
    assert_eq!(job.runs(), 1);
    job.fails.store(false, Ordering::SeqCst);
    house.test.clock.advance(Duration::from_secs(1));
    until("the second", || async { job.runs() == 2 }).await;
    house.test.clock.advance(Duration::from_secs(60));
    a_while().await;
    assert_eq!(job.runs(), 2);
    running.end().await;
}

/// One job, in the zone that is said now; none while none is said.
struct OfASite {
    zone: Mutex<Option<&'static str>>,
    runs: Arc<AtomicUsize>,
}

struct Nightly(String, Arc<AtomicUsize>);

#[async_trait::async_trait]
impl Job for Nightly {
    fn name(&self) -> String {
        "test.nightly:7".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron { pattern: "0 3 * * *", zone: self.0.clone() }
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        self.1.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    }
}

#[async_trait::async_trait]
impl Plans for OfASite {
    async fn jobs(&self) -> Result<Vec<Arc<dyn Job>>, Box<dyn std::error::Error + Send + Sync>> {
        let zone = *self.zone.lock().unwrap();
        Ok(zone.map(|zone| Arc::new(Nightly(zone.into(), self.runs.clone())) as Arc<dyn Job>).into_iter().collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_made_or_moves_has_its_job_in_its_own_night() {
    const HOUR: Duration = Duration::from_secs(3600);
    let house = House::open().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let plans = Arc::new(OfASite { zone: Mutex::default(), runs: runs.clone() });
    // Plans are read again after a hundred looks.
    let pace = events::Pace { idle: Duration::from_millis(2), ..events::Pace::default() };
    let running = Running::start(house.pipeline("a").pace(pace).plans(vec![plans.clone()]));
    a_while().await;
    *plans.zone.lock().unwrap() = Some("Asia/Shanghai");
    a_while().await;
    a_while().await;
    // Noon in UTC is 20:00 there; at 19:00 in UTC it is 3:00.
    house.test.clock.advance(6 * HOUR);
    a_while().await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    house.test.clock.advance(HOUR);
    until("its night", || async { runs.load(Ordering::SeqCst) == 1 }).await;
    *plans.zone.lock().unwrap() = Some("UTC");
    a_while().await;
    a_while().await;
    // Eight hours later it is 3:00 in UTC.
    house.test.clock.advance(8 * HOUR);
    until("the night of the other zone", || async { runs.load(Ordering::SeqCst) == 2 }).await;
    *plans.zone.lock().unwrap() = None;
    a_while().await;
    a_while().await;
    house.test.clock.advance(48 * HOUR);
    a_while().await;
    assert_eq!(runs.load(Ordering::SeqCst), 2, "it is gone");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_cannot_be_read_is_told_at_the_start() {
    let house = House::open().await;
    let job = Counting::new(Schedule::Cron { pattern: "soon", zone: "UTC".into() });
    let refused = house.pipeline("a").jobs(vec![job]).run(Default::default()).await;
    assert!(refused.unwrap_err().to_string().contains("test.counting"));
}

struct Hand {
    done: Mutex<Vec<Value>>,
    fails: AtomicUsize,
}

#[async_trait::async_trait]
impl Does for Hand {
    fn kind(&self) -> &'static str {
        "test.ring"
    }

    async fn perform(&self, payload: &Value) -> Outcome {
        if self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Outcome::retry("not yet");
        }
        self.done.lock().unwrap().push(payload.clone());
        Outcome::Done
    }
}

fn hand(fails: usize) -> Arc<Hand> {
    Arc::new(Hand { done: Mutex::default(), fails: AtomicUsize::new(fails) })
}

#[tokio::test(flavor = "multi_thread")]
async fn delayed_work_is_done_once_at_its_time_if_its_transaction_commits() {
    let house = House::open().await;
    let hand = hand(0);
    let nodes = ["a", "b"].map(|node| Running::start(house.pipeline(node).later(vec![hand.clone()])));
    let when = testkit::NOON.plus(Duration::from_secs(90));
    let tx = house.db().begin().await.unwrap();
    Later::at(&tx, when, "test.ring", &json!({ "n": 1 })).await.unwrap();
    let off = Later::at(&tx, when, "test.ring", &json!({ "n": 2 })).await.unwrap();
    tx.commit().await.unwrap();
    let tx = house.db().begin().await.unwrap();
    Later::at(&tx, when, "test.ring", &json!({ "n": 3 })).await.unwrap();
    drop(tx);
    let tx = house.db().begin().await.unwrap();
    assert!(Later::call_off(&tx, off).await.unwrap());
    tx.commit().await.unwrap();
    house.test.clock.advance(Duration::from_secs(89));
    a_while().await;
    assert!(hand.done.lock().unwrap().is_empty());
    house.test.clock.advance(Duration::from_secs(1));
    until("it is done", || async { !hand.done.lock().unwrap().is_empty() }).await;
    a_while().await;
    assert_eq!(*hand.done.lock().unwrap(), [json!({ "n": 1 })]);
    for node in nodes {
        node.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delayed_work_that_fails_is_tried_again() {
    let house = House::open().await;
    let hand = hand(2);
    let running = Running::start(house.pipeline("a").later(vec![hand.clone()]));
    let tx = house.db().begin().await.unwrap();
    Later::at(&tx, testkit::NOON, "test.ring", &json!({})).await.unwrap();
    tx.commit().await.unwrap();
    until("the third try", || async {
        house.test.clock.advance(Duration::from_secs(1));
        hand.done.lock().unwrap().len() == 1
    })
    .await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_of_work_is_done_piece_by_piece() {
    let house = House::open().await;
    let hand = hand(0);
    let tx = house.db().begin().await.unwrap();
    for n in 0..1_000 {
        Later::at(&tx, testkit::NOON, "test.ring", &json!({ "n": n })).await.unwrap();
    }
    tx.commit().await.unwrap();
    let running = Running::start(house.pipeline("a").later(vec![hand.clone()]));
    until("all of it", || async { hand.done.lock().unwrap().len() == 1_000 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delayed_work_that_never_ends_is_broken_off_and_tried_again() {
    struct Hangs(AtomicUsize);
    #[async_trait::async_trait]
    impl Does for Hangs {
        fn kind(&self) -> &'static str {
            "test.hang"
        }

        async fn perform(&self, _payload: &Value) -> Outcome {
            if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
                std::future::pending::<()>().await;
            }
            Outcome::Done
        }

        fn patience(&self) -> Duration {
            Duration::from_millis(50)
        }
    }
    let house = House::open().await;
    let hand = Arc::new(Hangs(AtomicUsize::new(0)));
    let running = Running::start(house.pipeline("a").later(vec![hand.clone()]));
    let tx = house.db().begin().await.unwrap();
    Later::at(&tx, testkit::NOON, "test.hang", &json!({})).await.unwrap();
    tx.commit().await.unwrap();
    until("the second try", || async {
        house.test.clock.advance(Duration::from_millis(500));
        hand.0.load(Ordering::SeqCst) == 2
    })
    .await;
    running.end().await;
}
