use crate::house::{EAR, Ear, House, SITE, until};
use base::{EventId, SiteId, Timestamp};
use events::Outcome;
use reporting::ledger::{Delivered, QUEUE, Step, Trail};
use sockets::StoreError;
use std::sync::Arc;

struct Post;

#[async_trait::async_trait]
impl Trail for Post {
    async fn of(&self, _site: SiteId, _event: EventId) -> Result<Vec<Delivered>, StoreError> {
        let at = Some(Timestamp::from_millis(1));
        Ok(vec![Delivered { queue: EAR.into(), at, attempts: 2, detail: "webhook #1 · delivered".into() }])
    }
}

fn words(steps: &[Step]) -> Vec<(&'static str, Option<&str>)> {
    steps.iter().map(|step| (step.step, step.queue.as_deref())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_of_an_event_is_told_from_its_announcement_to_its_delivery() {
    let house = House::with_trails(vec![Arc::new(Post)]).await;
    let ear = Ear::new(|visit| match visit.visit_count {
        1 => Outcome::Done,
        2 => Outcome::retry("no answer"),
        _ => Outcome::give_up("never"),
    });
    let running = house.work(vec![ear.listener()]);
    for n in 1..=3 {
        house.visits(SITE, n, [n]).await;
    }
    let kept = house.archived(SITE, 3).await;
    house.handled(EAR).await;
    until("the marks are there", || async {
        let mut marked = 0;
        for one in &kept {
            let (_, _, steps) = house.ledger.find(SITE, one.event).await.expect("is there");
            marked += steps.iter().filter(|step| ["handled", "retried", "dead"].contains(&step.step)).count();
        }
        marked == 3
    })
    .await;
    let start = [("announced", None), ("archived", Some(QUEUE)), ("copied", Some(EAR))];
    for (n, outcome, cause) in [(1, "handled", None), (2, "retried", Some("no answer")), (3, "dead", Some("never"))] {
        let one = kept.iter().find(|kept| kept.key == format!("widget-{n}")).expect("is there");
        let (_, _, steps) = house.ledger.find(SITE, one.event).await.expect("is there");
        let mut due = start.to_vec();
        due.extend([(outcome, Some(EAR)), ("delivered", Some(EAR))]);
        assert_eq!(words(&steps), due);
        assert!(steps[2].detail.as_deref().is_some_and(|detail| detail.starts_with("Visit.* #")), "{:?}", steps[2]);
        assert_eq!(steps[3].detail.as_deref(), cause);
        assert!(steps[3].at.is_some());
        assert_eq!((steps[4].attempts, steps[4].detail.as_deref()), (Some(2), Some("webhook #1 · delivered")));
    }
    running.end().await;
}
