//! The event pipeline under a history checker: processes are killed, brokers go and come back, confirms are lost, poison is laid,
//! subscriptions flip; and then nothing announced is lost, doubled, out of order within its key, or invented.
//!
//! On embedded brokers, or with RabbitMQ as the main and Kafka as the remote one where `SWITCHBOARD_TEST_RABBITMQ` and
//! `SWITCHBOARD_TEST_KAFKA` name them. A short form runs with the other faults. The long one: `./test faults --minutes N --seed S`.

mod checker;
mod child;
mod house;

use checker::judge;
use house::House;
use std::time::{Duration, Instant};
use testkit::faulty::Mood;

/// How long the mixed form breaks things.
fn span() -> Duration {
    let minutes: Option<f64> = std::env::var("SWITCHBOARD_FAULT_MINUTES").ok().and_then(|text| text.parse().ok());
    minutes.map_or(Duration::from_secs(15), |minutes| Duration::from_secs_f64(minutes * 60.0))
}

fn seed() -> u64 {
    let given = std::env::var("SWITCHBOARD_FAULT_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| u64::from_le_bytes(uuid::Uuid::new_v4().as_bytes()[..8].try_into().expect("eight bytes")))
}

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

async fn ends_well(mut house: House, what: &str) {
    let history = house.settle().await;
    let verdict = judge(&history.announced, &history.unsure, &history.effects);
    assert!(verdict.is_clean(), "{what}: {verdict:?}");
    let flipped = judge(&history.announced, &history.unsure, &history.flipped);
    assert!(flipped.doubled.is_empty() && flipped.reordered.is_empty() && flipped.phantom.is_empty(), "{what}, the flipped queue: {flipped:?}");
    eprintln!("{what}: {} events announced, {} copies under the flipped subscription, none amiss", history.announced.len(), history.flipped.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_broker_gone_and_back_loses_nothing() {
    let mut house = House::open(1).await;
    house.say_for(Duration::from_secs(1)).await;
    house.main.set(Mood::Off);
    house.say_for(Duration::from_secs(2)).await;
    house.main.set(Mood::Well);
    house.say_for(Duration::from_secs(2)).await;
    ends_well(house, "main gone and back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_brokers_gone_for_a_while_lose_nothing() {
    let mut house = House::open(1).await;
    house.say_for(Duration::from_secs(1)).await;
    house.main.set(Mood::Off);
    house.remote.set(Mood::Silent);
    house.say_for(Duration::from_secs(3)).await;
    house.remote.set(Mood::Well);
    house.main.set(Mood::Well);
    ends_well(house, "both gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_any_node_under_load_loses_nothing() {
    let mut house = House::open(2).await;
    for round in 0..crate::rounds() as usize {
        house.say_for(Duration::from_millis(400 + 130 * round as u64)).await;
        house.kill(round % 2).await;
        house.say_for(Duration::from_millis(300)).await;
        house.start(round % 2);
    }
    ends_well(house, "kill -9").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_breaks_in_a_random_order() {
    let seed = seed();
    eprintln!("seed {seed} (SWITCHBOARD_FAULT_SEED)");
    let (mut dice, began) = (Dice(seed), Instant::now());
    let mut house = House::open(2).await;
    while began.elapsed() < span() {
        house.say_for(Duration::from_millis(100 + dice.roll(500))).await;
        let pause = Duration::from_millis(200 + dice.roll(1_500));
        match dice.roll(8) {
            0 | 1 => {
                let node = usize::from(dice.roll(2) == 1);
                house.kill(node).await;
                house.say_for(pause / 4).await;
                house.start(node);
            }
            2 => house.flip().await,
            3 => house.poison().await,
            4 => {
                house.main.set(Mood::Off);
                house.remote.set(Mood::Off);
                house.say_for(pause).await;
            }
            fault => {
                let moods = [house.main.clone(), house.remote.clone(), house.data.clone()];
                let mood = [Mood::Off, Mood::Silent, Mood::LosesConfirms][usize::try_from(fault - 5).expect("three")];
                moods[usize::try_from(dice.roll(3)).expect("three")].set(mood);
                house.say_for(pause).await;
            }
        }
        for moods in [&house.main, &house.remote, &house.data] {
            moods.set(Mood::Well);
        }
    }
    ends_well(house, &format!("seed {seed}")).await;
}
