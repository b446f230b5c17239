//! Both stores of live state keep the port's promises.

mod memory {
    use adapters::live::MemoryLive;
    use base::{ManualClock, Minter};
    use std::sync::Arc;
    use testkit::live_suite::Lab;

    async fn open() -> Option<Lab> {
        let clock = Arc::new(ManualClock::at(testkit::NOON));
        let live = Arc::new(MemoryLive::new(clock.clone(), Minter::new(clock.clone(), 1)));
        let lost = live.clone();
        let lose = Box::new(move || {
            let lost = lost.clone();
            Box::pin(async move { lost.forget() }) as futures_util::future::BoxFuture<'static, ()>
        });
        Some(Lab { live: live.clone(), other: live, clock, lose })
    }

    testkit::live_suite!(open);
}

mod redis {
    use adapters::live::{RedisLive, RedisLiveOptions};
    use base::{ManualClock, Minter};
    use std::sync::Arc;
    use testkit::live_suite::Lab;

    async fn forget(url: &str, prefix: &str) {
        let client = redis::Client::open(url).expect("a URL");
        let mut connection = client.get_multiplexed_async_connection().await.expect("redis answers");
        let keys: Vec<String> = redis::cmd("KEYS").arg(format!("{prefix}*")).query_async(&mut connection).await.expect("keys");
        if !keys.is_empty() {
            redis::cmd("DEL").arg(&keys).exec_async(&mut connection).await.expect("deleted");
        }
    }

    async fn open() -> Option<Lab> {
        let url = testkit::redis_url()?;
        let clock = Arc::new(ManualClock::at(testkit::NOON));
        let prefix = format!("live-{}:", uuid::Uuid::new_v4().simple());
        let options = RedisLiveOptions { prefix: prefix.clone(), ..RedisLiveOptions::new(&url) };
        let live = RedisLive::open(&options, clock.clone(), Minter::new(clock.clone(), 1)).await.expect("opens");
        let other = RedisLive::open(&options, clock.clone(), Minter::new(clock.clone(), 2)).await.expect("opens");
        let lose = Box::new(move || {
            let (url, prefix) = (url.clone(), prefix.clone());
            Box::pin(async move { forget(&url, &prefix).await }) as futures_util::future::BoxFuture<'static, ()>
        });
        Some(Lab { live: Arc::new(live), other: Arc::new(other), clock, lose })
    }

    testkit::live_suite!(open);
}
