//! How often somebody may do something, counted on this node.

use crate::{Answer, Door, Problem};
use axum::extract::FromRequestParts;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::request::Parts;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// So many at once, then so many a minute. [`Rate::OFF`] does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub burst: u32,
    pub per_minute: u32,
}

impl Rate {
    pub const OFF: Self = Self { burst: 0, per_minute: 0 };

    pub const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, per_minute }
    }
}

macro_rules! buckets {
    ($($(#[$doc:meta])* $name:ident $field:ident = $rate:expr),* $(,)?) => {
        /// What is counted, each by its own key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bucket { $($(#[$doc])* $name),* }

        /// The rate of each bucket.
        #[derive(Clone, Debug)]
        pub struct LimitSettings { $($(#[$doc])* pub $field: Rate),* }

        impl Default for LimitSettings {
            fn default() -> Self {
                Self { $($field: $rate),* }
            }
        }

        impl LimitSettings {
            /// Nothing is counted: for load tests.
            pub fn off() -> Self {
                Self { $($field: Rate::OFF),* }
            }
        }

        /// Counts, and says no.
        pub struct Limits { $($field: Counter),* }

        impl Limits {
            pub fn new(settings: &LimitSettings) -> Self {
                Self { $($field: Counter::new(settings.$field)),* }
            }

            /// Counts one.
            ///
            /// # Errors
            /// 429 with the time to wait.
            pub fn check(&self, bucket: Bucket, key: &str) -> Answer<()> {
                match bucket { $(Bucket::$name => self.$field.check(key, stringify!($field))),* }
            }
        }
    };
}

buckets! {
    /// Attempts to sign in, by address.
    SignInAddress sign_in_address = Rate::new(20, 20),
    /// Attempts to sign in, by e-mail address.
    SignInEmail sign_in_email = Rate::new(10, 6),
    /// New visitors, by address.
    NewVisitor new_visitor = Rate::new(120, 60),
    /// Writes of a visitor, by visitor.
    VisitorWrite visitor_write = Rate::new(60, 180),
    /// Calls of a signed-in user.
    User user = Rate::new(300, 1_800),
    /// Calls with an API key.
    ApiKey api_key = Rate::new(300, 1_800),
    /// All calls from an address.
    Address address = Rate::new(2_000, 12_000),
    /// All calls on a site.
    Site site = Rate::new(10_000, 120_000),
}

/// The door's limits, for handlers that count by something of their own.
#[derive(Clone)]
pub struct Throttle(Arc<Door>);

impl<S: Send + Sync> FromRequestParts<S> for Throttle {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        Ok(Self(Door::of(&parts.extensions)?))
    }
}

impl Throttle {
    /// Counts one; see [`Limits::check`].
    pub fn check(&self, bucket: Bucket, key: &str) -> Answer<()> {
        self.0.limits.check(bucket, key)
    }
}

struct Counter {
    limiter: Option<DefaultKeyedRateLimiter<String>>,
    since_tidy: AtomicU32,
}

/// After so many checks the keys that are at rest are forgotten.
const TIDY_EVERY: u32 = 16_384;

impl Counter {
    fn new(rate: Rate) -> Self {
        let quota = NonZeroU32::new(rate.per_minute).zip(NonZeroU32::new(rate.burst));
        let limiter = quota.map(|(minute, burst)| RateLimiter::keyed(Quota::per_minute(minute).allow_burst(burst)));
        Self { limiter, since_tidy: AtomicU32::new(0) }
    }

    fn check(&self, key: &str, name: &'static str) -> Answer<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.since_tidy.fetch_add(1, Ordering::Relaxed) >= TIDY_EVERY {
            self.since_tidy.store(0, Ordering::Relaxed);
            limiter.retain_recent();
        }
        limiter.check_key(&key.to_owned()).map_err(|early| {
            metrics::counter!("http_rate_limited_total", "bucket" => name).increment(1);
            Problem::too_many(early.wait_time_from(DefaultClock::default().now()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Kind;

    #[test]
    fn a_burst_is_taken_and_then_a_wait_is_told_to_that_key_alone() {
        let limits = Limits::new(&LimitSettings { sign_in_email: Rate::new(2, 1), ..LimitSettings::default() });
        let ask = |key| limits.check(Bucket::SignInEmail, key);
        assert!(ask("a").is_ok() && ask("a").is_ok());
        assert_eq!(ask("a").expect_err("the third").kind(), Kind::TooMany);
        assert!(ask("b").is_ok());
    }

    #[test]
    fn what_is_off_does_not_count() {
        let limits = Limits::new(&LimitSettings::off());
        assert!((0..10_000).all(|_| limits.check(Bucket::Address, "a").is_ok()));
    }
}
