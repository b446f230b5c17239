//! Kill it, cut it, empty it: no acknowledged message is lost, none shows twice, order holds.
//!
//! Each test starts real processes, lets a visitor and an agent write to each other through them, breaks something again and again,
//! and then compares what was acknowledged with what each side saw and with what the rows say. `SWITCHBOARD_FAULT_ROUNDS` lengthens
//! them (default 4). Those on PostgreSQL and Redis need `SWITCHBOARD_TEST_POSTGRES` and `SWITCHBOARD_TEST_REDIS`, and are alone on
//! them: they empty the one and cut the other. `…_RESTART` beside each is the command that restarts it.

mod house;
mod node;
mod people;
mod pipeline;
mod webhooks;

use house::{House, SmallDisk};
use std::time::Duration;

fn rounds() -> u32 {
    std::env::var("SWITCHBOARD_FAULT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// Lets both sides write while `breaking` does its work, then holds everybody to the promises.
async fn survives<F>(house: &mut House, breaking: F)
where
    F: AsyncFnOnce(&mut House),
{
    let talk = people::Talk::begin(house).await;
    breaking(house).await;
    talk.end_and_check(house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_on_embedded_parts_loses_and_doubles_nothing() {
    let mut house = House::embedded().await;
    survives(&mut house, async |house| {
        for round in 0..rounds() {
            tokio::time::sleep(Duration::from_millis(700 + 137 * u64::from(round))).await;
            house.nodes[0].kill().await;
            house.nodes[0].start().await;
        }
    })
    .await;
}

/// Only where we may mount a disk of our own: as root, and not in every container. `./test` counts what says so as skipped.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_sends_no_webhook_twice_and_takes_words_again_by_itself() {
    let Some(disk) = SmallDisk::mounted() else {
        eprintln!("skipped: no disk may be mounted here, so none was filled");
        return;
    };
    let mut house = House::on(&disk).await;
    let deliveries = webhooks::Deliveries::begin(&house).await;
    survives(&mut house, async |_| {
        for _ in 0..rounds() / 2 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            disk.fill();
            tokio::time::sleep(Duration::from_millis(4_500)).await;
            disk.make_room();
            tokio::time::sleep(Duration::from_millis(4_500)).await;
        }
    })
    .await;
    deliveries.end_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn either_of_two_nodes_may_be_killed() {
    let Some(mut house) = House::scaled(2).await else { return };
    survives(&mut house, async |house| {
        for round in 0..rounds() {
            tokio::time::sleep(Duration::from_millis(900 + 211 * u64::from(round))).await;
            let victim = round as usize % 2;
            house.nodes[victim].kill().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            house.nodes[victim].start().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_nothing() {
    let Some(mut house) = House::scaled(2).await else { return };
    survives(&mut house, async |house| {
        for _ in 0..rounds() {
            tokio::time::sleep(Duration::from_millis(900)).await;
            house.empty_redis().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_database_connections_lose_nothing() {
    let Some(mut house) = House::scaled(2).await else { return };
    survives(&mut house, async |house| {
        for _ in 0..rounds() {
            tokio::time::sleep(Duration::from_millis(900)).await;
            house.cut_database().await;
        }
    })
    .await;
}

/// Restarts what the variable names, again and again; only `./test` can say how.
async fn restarted(variable: &str) {
    let Some(mut house) = House::scaled(2).await else { return };
    survives(&mut house, async |house| {
        for _ in 0..rounds() / 2 {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            house.restart(variable).await;
        }
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_postgresql_loses_nothing() {
    restarted("SWITCHBOARD_TEST_POSTGRES_RESTART").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_redis_loses_nothing() {
    restarted("SWITCHBOARD_TEST_REDIS_RESTART").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_sockets_come_back_where_they_were() {
    let mut house = House::embedded().await;
    let talk = people::Talk::begin(&house).await;
    for _ in 0..rounds() * 3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        talk.cut_sockets();
    }
    talk.end_and_check(&mut house).await;
}
