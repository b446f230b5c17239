//! The event pipeline under a history checker: processes are killed and stand still, brokers and the database go and come back,
//! confirms are lost, poison is laid, subscriptions flip; and then nothing announced is lost, doubled, out of order within its key, or
//! invented, and no handler was given more events twice than the breaks explain.
//!
//! Each on embedded parts, and where `./test` started them on PostgreSQL with RabbitMQ as the main and the data broker and Kafka as
//! the remote one. A short form runs with the other faults. The long one: `./test faults --minutes N --seed S`.

mod checker;
mod child;
mod dice;
mod house;

use checker::{Said, judge};
use dice::Dice;
use house::{House, Parts, Role};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use testkit::faulty::Mood;

const RABBITMQ_CTL: &str = "SWITCHBOARD_TEST_RABBITMQ_CTL";
const RABBITMQ_RESTART: &str = "SWITCHBOARD_TEST_RABBITMQ_RESTART";
const POSTGRES_RESTART: &str = "SWITCHBOARD_TEST_POSTGRES_RESTART";

/// How long the mixed form breaks things, when that is not the short form.
fn minutes() -> Option<f64> {
    std::env::var("SWITCHBOARD_FAULT_MINUTES").ok().and_then(|text| text.parse().ok())
}

fn span() -> Duration {
    minutes().map_or(Duration::from_secs(15), |minutes| Duration::from_secs_f64(minutes * 60.0))
}

async fn ends_well(mut house: House, what: &str) -> Vec<Said> {
    let history = house.settle().await;
    let verdict = judge(&history.announced, &history.unsure, &history.effects);
    assert!(verdict.is_clean(), "{what}: {verdict:?}");
    let flipped = judge(&history.announced, &history.unsure, &history.flipped);
    assert!(flipped.doubled.is_empty() && flipped.reordered.is_empty() && flipped.phantom.is_empty(), "{what}, the flipped queue: {flipped:?}");
    assert!(history.repeats <= history.repeats_at_most, "{what}: {} events were handled twice, {} at most by the breaks", history.repeats, history.repeats_at_most);
    let (announced, copies) = (history.announced.len(), history.flipped.len());
    eprintln!("{what}: {announced} events announced, {copies} copies under the flipped subscription, {} handled twice, none amiss", history.repeats);
    history.flipped
}

async fn the_main_broker_gone_and_back_loses_nothing(parts: Parts) {
    let Some(mut house) = House::open(parts, 1).await else { return };
    house.say_for(Duration::from_secs(1)).await;
    house.set(Role::Main, Mood::Off);
    house.until_publishing_to("remote", Duration::from_secs(10)).await;
    house.say_for(Duration::from_secs(2)).await;
    house.all_well();
    // It is said on meanwhile: coming back must not wait for a lull.
    house.until_publishing_to("main", Duration::from_secs(20)).await;
    house.say_for(Duration::from_secs(1)).await;
    ends_well(house, "main gone and back").await;
}

async fn both_brokers_gone_for_a_while_lose_nothing(parts: Parts) {
    let Some(mut house) = House::open(parts, 1).await else { return };
    house.say_for(Duration::from_secs(1)).await;
    house.set(Role::Main, Mood::Off);
    house.set(Role::Remote, Mood::Silent);
    house.say_for(Duration::from_secs(3)).await;
    house.all_well();
    ends_well(house, "both gone").await;
}

async fn kill_9_of_any_node_under_load_loses_nothing(parts: Parts) {
    let Some(mut house) = House::open(parts, 2).await else { return };
    for round in 0..crate::rounds() as usize {
        house.say_for(Duration::from_millis(400 + 130 * round as u64)).await;
        house.kill(round % 2).await;
        house.say_for(Duration::from_millis(300)).await;
        house.start(round % 2);
    }
    ends_well(house, "kill -9").await;
}

async fn a_node_that_stands_still_longer_than_its_leases_does_nothing_twice(parts: Parts) {
    let Some(mut house) = House::open(parts, 2).await else { return };
    house.say_for(Duration::from_secs(1)).await;
    for node in 0..2 {
        house.stand_still(node, house::LEASE * 3).await;
        house.say_for(Duration::from_secs(1)).await;
    }
    ends_well(house, "standing still").await;
}

async fn poison_at_the_head_of_each_queue_becomes_dead_letters_and_holds_nobody_up(parts: Parts) {
    let Some(mut house) = House::open(parts, 1).await else { return };
    house.say_for(Duration::from_secs(1)).await;
    let letters = house.poison().await;
    assert_eq!(letters, 10, "everything was laid");
    house.say_for(Duration::from_secs(1)).await;
    house.until_passed_on().await;
    house.until_dead_letters(letters).await;
    ends_well(house, "poison").await;
}

/// Which of the flips an event was announced under is known, as each is applied everywhere before more is said.
async fn every_event_is_routed_by_exactly_one_version_of_a_flipped_subscription(parts: Parts) {
    let Some(mut house) = House::open(parts, 2).await else { return };
    house.say_for(Duration::from_millis(500)).await;
    let (mut heard, mut unwanted) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let Some(active) = house.flip().await else { continue };
        house.until_applied().await;
        let from = house.announced().len();
        house.say_for(Duration::from_millis(150)).await;
        house.until_passed_on().await;
        let said = house.announced()[from..].to_vec();
        if active { heard.extend(said) } else { unwanted.extend(said) }
    }
    assert!(!heard.is_empty() && !unwanted.is_empty(), "it flipped both ways");
    let copies: HashSet<Said> = ends_well(house, "flipped").await.into_iter().collect();
    let missing = heard.iter().filter(|said| !copies.contains(said)).count();
    assert_eq!(missing, 0, "of {} that were announced while it was active", heard.len());
    let foreign = unwanted.iter().filter(|said| copies.contains(said)).count();
    assert_eq!(foreign, 0, "of {} that were announced while it was paused", unwanted.len());
}

async fn everything_breaks_in_a_random_order(parts: Parts) {
    let (mut dice, began) = (Dice::of_the_day(), Instant::now());
    let Some(mut house) = House::open(parts, 2).await else { return };
    eprintln!("seed {} (SWITCHBOARD_FAULT_SEED)", dice.seed);
    let what = format!("seed {}", dice.seed);
    while began.elapsed() < span() {
        house.say_for(Duration::from_millis(100 + dice.roll(500))).await;
        break_something(&mut house, &mut dice).await;
        house.all_well();
    }
    ends_well(house, &what).await;
}

async fn break_something(house: &mut House, dice: &mut Dice) {
    let pause = Duration::from_millis(200 + dice.roll(1_500));
    let node = usize::from(dice.roll(2) == 1);
    match dice.roll(11) {
        0 | 1 => {
            house.kill(node).await;
            house.say_for(pause / 4).await;
            house.start(node);
        }
        2 => {
            house.flip().await;
        }
        3 => {
            house.poison().await;
        }
        4 => {
            house.set(Role::Main, Mood::Off);
            house.set(Role::Remote, Mood::Off);
            house.say_for(pause).await;
        }
        5 => house.stand_still(node, pause + house::LEASE).await,
        // For minutes, when there are minutes.
        6 if minutes().is_some_and(|minutes| minutes >= 10.0) => {
            house.set(Role::Main, Mood::Off);
            house.say_for(Duration::from_secs(60 + dice.roll(120))).await;
        }
        6 | 7 => {
            // Only where there is a RabbitMQ.
            house.told(RABBITMQ_CTL, "close_all_connections faults").await;
            house.say_for(pause).await;
        }
        fault => {
            let mood = [Mood::Off, Mood::Silent, Mood::LosesConfirms][usize::try_from(fault - 8).expect("three")];
            house.set([Role::Main, Role::Remote, Role::Data][usize::try_from(dice.roll(3)).expect("three")], mood);
            house.say_for(pause).await;
        }
    }
}

/// The same promise on both kinds of parts.
macro_rules! on_both {
    ($($promise:ident)*) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(super::Parts::Embedded).await;
            })*
        }

        mod scaled {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(super::Parts::Scaled).await;
            })*
        }
    };
}

on_both! {
    the_main_broker_gone_and_back_loses_nothing
    both_brokers_gone_for_a_while_lose_nothing
    kill_9_of_any_node_under_load_loses_nothing
    a_node_that_stands_still_longer_than_its_leases_does_nothing_twice
    poison_at_the_head_of_each_queue_becomes_dead_letters_and_holds_nobody_up
    every_event_is_routed_by_exactly_one_version_of_a_flipped_subscription
    everything_breaks_in_a_random_order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rabbitmq_that_is_cut_alarmed_and_restarted_under_load_loses_nothing() {
    let Some(mut house) = House::open(Parts::Scaled, 2).await else { return };
    for _ in 0..5 {
        house.say_for(Duration::from_millis(300)).await;
        house.told(RABBITMQ_CTL, "close_all_connections faults").await;
    }
    house.told(RABBITMQ_CTL, "set_vm_memory_high_watermark 0.0000001").await;
    house.say_for(Duration::from_secs(3)).await;
    house.told(RABBITMQ_CTL, "set_vm_memory_high_watermark 0.6").await;
    house.say_for(Duration::from_secs(1)).await;
    house.told(RABBITMQ_RESTART, "").await;
    house.say_for(Duration::from_secs(1)).await;
    ends_well(house, "RabbitMQ cut, alarmed, restarted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_restarted_under_load_loses_nothing_that_was_announced() {
    let Some(mut house) = House::open(Parts::Scaled, 2).await else { return };
    for _ in 0..2 {
        house.say_for(Duration::from_secs(1)).await;
        house.told(POSTGRES_RESTART, "").await;
    }
    house.say_for(Duration::from_secs(1)).await;
    ends_well(house, "PostgreSQL restarted").await;
}
