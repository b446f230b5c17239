use super::store;
use super::{Filter, Snapshot, Subscription, SubscriptionState, matches};
use crate::catalog::CATALOG;
use crate::dead_letters::Sight;
use crate::held::Held;
use crate::lease::Leases;
use crate::EVENTS;
use base::{Fault, Invalid, Kind, SiteId, SubscriptionId, Timestamp};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::Value;
use sockets::broker::Broker;
use sockets::{Db, StoreError, Tx};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

const MOST_OF_A_SITE: usize = 200;
/// A queue must be there in this time for its subscription to be active at once.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Error)]
pub enum SubscriptionError {
    #[error("subscription {0} not found")]
    Missing(SubscriptionId),
    #[error("subscription {0} belongs to the product and cannot be removed or changed; pause it instead")]
    BuiltIn(SubscriptionId),
    #[error("a subscription of all sites is for the administrators of the installation; name your site")]
    NotYours,
    #[error("the queue {0:?} cannot be made now, so nothing was changed: {1}")]
    NoQueue(String, String),
    #[error("there are {MOST_OF_A_SITE} subscriptions already; remove one first")]
    TooMany,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing subscriptions failed")]
    Store(#[from] StoreError),
}

impl Fault for SubscriptionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::BuiltIn(_) | Self::TooMany => Kind::Conflict,
            Self::NotYours => Kind::Denied,
            Self::Invalid(_) => Kind::Invalid,
            Self::NoQueue(..) => Kind::Unavailable,
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewSubscription {
    pub pattern: String,
    pub queue: String,
    pub site: Option<SiteId>,
    pub filter: Option<Value>,
    pub enabled: bool,
}

/// What to change; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionPatch {
    pub pattern: Option<String>,
    pub queue: Option<String>,
    pub site: Option<Option<SiteId>>,
    pub filter: Option<Option<Value>>,
    pub enabled: Option<bool>,
}

/// The table of subscriptions; cheap to clone.
#[derive(Clone)]
pub struct Subscriptions {
    db: Db,
    data: Arc<dyn Broker>,
}

impl Subscriptions {
    pub fn new(db: Db, data: Arc<dyn Broker>) -> Self {
        Self { db, data }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// What the code subscribes to by itself; changes nothing when it is there.
    pub async fn declare(&self, defaults: &[(String, String)]) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        let mut added = 0;
        for (pattern, queue) in defaults {
            added += store::declare(&tx, pattern, queue).await?;
        }
        if added > 0 {
            store::bump(&tx).await?;
        }
        tx.commit().await
    }

    pub async fn version(&self) -> Result<i64, StoreError> {
        store::version(self.db.read()).await
    }

    /// Version and rows of one moment.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        // SQLite's transactions see one moment anyway.
        let isolation = (self.db.engine() == sockets::Engine::Postgres).then_some(sea_orm::IsolationLevel::RepeatableRead);
        let options = sea_orm::TransactionOptions { isolation_level: isolation, ..Default::default() };
        let moment = self.db.read().begin_with_options(options).await?;
        let version = store::version(&moment).await?;
        let subscriptions = store::active(&moment).await?;
        moment.commit().await?;
        Ok(Snapshot { version, subscriptions })
    }

    /// The queues that subscriptions lead to.
    pub async fn queues(&self) -> Result<Vec<String>, StoreError> {
        store::queues(self.db.read()).await
    }

    pub async fn list(&self, sight: Sight) -> Result<Vec<Subscription>, SubscriptionError> {
        Ok(store::list(self.db.read(), sight.site, sight.all).await?)
    }

    /// A new subscription is followed by every distributor within two seconds, once its queue is there.
    pub async fn create(&self, sight: Sight, new: NewSubscription) -> Result<Subscription, SubscriptionError> {
        let filter = check(&new.pattern, &new.queue, new.filter.as_ref())?;
        may_touch(sight, new.site)?;
        if self.list(sight).await?.iter().filter(|one| !one.built_in).count() >= MOST_OF_A_SITE {
            return Err(SubscriptionError::TooMany);
        }
        let mut one = Subscription {
            id: SubscriptionId(0),
            pattern: new.pattern,
            queue: new.queue.into(),
            site: new.site,
            filter,
            built_in: false,
            state: SubscriptionState::Paused,
            trouble: None,
            version: 0,
            updated_at: Timestamp::default(),
        };
        if new.enabled {
            let made = self.make_queue(&one.queue).await;
            one.state = if made.is_ok() { SubscriptionState::Active } else { SubscriptionState::Declaring };
        }
        let tx = self.db.begin().await?;
        one.version = store::bump(&tx).await?;
        one.updated_at = tx.now();
        one.id = store::insert(&tx, &one).await?;
        tx.commit().await?;
        Ok(one)
    }

    /// Without questions: of events outside the catalogue, and active at once. The queue must be there.
    pub async fn add(&self, pattern: &str, queue: &str, site: Option<SiteId>, filter: Option<&Filter>) -> Result<SubscriptionId, StoreError> {
        let tx = self.db.begin().await?;
        let one = Subscription {
            id: SubscriptionId(0),
            pattern: pattern.to_owned(),
            queue: queue.into(),
            site,
            filter: filter.cloned(),
            built_in: false,
            state: SubscriptionState::Active,
            trouble: None,
            version: store::bump(&tx).await?,
            updated_at: tx.now(),
        };
        let id = store::insert(&tx, &one).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// In one commit: what flows goes where it went before until then, and from then on as it should. So a queue that is new must be
    /// there before; what rested or waited for its queue begins with it.
    pub async fn change(&self, sight: Sight, id: SubscriptionId, patch: SubscriptionPatch) -> Result<Subscription, SubscriptionError> {
        let before = self.find(self.db.read(), sight, id).await?;
        let wanted = patched(before.clone(), sight, &patch)?;
        let asked = wanted.state == SubscriptionState::Declaring || wanted.queue != before.queue;
        let made = if asked { self.make_queue(&wanted.queue).await } else { Ok(()) };
        if let Err(why) = &made
            && wanted.state == SubscriptionState::Active
        {
            return Err(SubscriptionError::NoQueue(wanted.queue.to_string(), why.clone()));
        }
        let tx = self.db.begin().await?;
        // Somebody may have changed it meanwhile; then what its new queue lacks is looked after as always.
        let mut one = patched(self.find(&tx.conn(), sight, id).await?, sight, &patch)?;
        if one.state == SubscriptionState::Declaring && asked && one.queue == wanted.queue {
            match made {
                Ok(()) => one.state = SubscriptionState::Active,
                Err(why) => (one.state, one.trouble) = (SubscriptionState::Failed, Some(why)),
            }
        }
        save(&tx, &mut one).await?;
        tx.commit().await?;
        Ok(one)
    }

    /// Copies nothing more; what is in the queue may still be heard. A second time takes the row away.
    pub async fn remove(&self, sight: Sight, id: SubscriptionId) -> Result<(), SubscriptionError> {
        let tx = self.db.begin().await?;
        let mut one = self.find(&tx.conn(), sight, id).await?;
        may_touch(sight, one.site)?;
        if one.built_in {
            return Err(SubscriptionError::BuiltIn(id));
        }
        if one.state == SubscriptionState::Drained {
            store::remove(&tx, id).await?;
        } else {
            one.state = SubscriptionState::Draining;
            save(&tx, &mut one).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Pauses those of people that lead to the queue, and says why. Tells how many they were.
    pub(crate) async fn rest(&self, queue: &str, why: &str) -> Result<u64, StoreError> {
        let tx = self.db.begin().await?;
        let rested = store::rest(&tx, queue, why).await?;
        if rested > 0 {
            tx.commit().await?;
        }
        Ok(rested)
    }

    async fn find<C: ConnectionTrait>(&self, conn: &C, sight: Sight, id: SubscriptionId) -> Result<Subscription, SubscriptionError> {
        let found = store::find(conn, id).await?;
        let seen = found.filter(|one| sight.all || one.site.is_none_or(|site| site == sight.site));
        seen.ok_or(SubscriptionError::Missing(id))
    }

    /// Why the queue is not there, when it is not.
    async fn make_queue(&self, queue: &str) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, self.data.declare(queue)).await {
            Ok(made) => made.map_err(|err| err.to_string()),
            Err(_) => Err("the broker does not answer".to_owned()),
        }
    }

    /// Takes a subscription one step further, if it can go.
    async fn look_after(&self, one: Subscription) -> Result<Subscription, SubscriptionError> {
        let (state, trouble) = match one.state {
            SubscriptionState::Declaring | SubscriptionState::Failed => match self.make_queue(&one.queue).await {
                Ok(()) => (SubscriptionState::Active, None),
                Err(why) => (SubscriptionState::Failed, Some(why)),
            },
            SubscriptionState::Draining if self.is_empty(&one).await? => (SubscriptionState::Drained, None),
            state => (state, one.trouble.clone()),
        };
        if (state, &trouble) == (one.state, &one.trouble) {
            return Ok(one);
        }
        let tx = self.db.begin().await?;
        let Some(mut now) = store::find(&tx.conn(), one.id).await? else { return Ok(one) };
        if now.version != one.version {
            // Somebody changed it meanwhile.
            return Ok(now);
        }
        (now.state, now.trouble) = (state, trouble);
        save(&tx, &mut now).await?;
        tx.commit().await?;
        Ok(now)
    }

    /// Nothing of it is left, or the queue goes on without it.
    async fn is_empty(&self, one: &Subscription) -> Result<bool, StoreError> {
        if store::is_shared(self.db.read(), &one.queue, one.id).await? {
            return Ok(true);
        }
        if Held::counts(&self.db).await?.contains_key(&*one.queue) {
            return Ok(false);
        }
        let depth = tokio::time::timeout(PATIENCE, self.data.depth(&one.queue)).await;
        Ok(matches!(depth, Ok(Ok(depth)) if depth.messages == 0))
    }
}

/// As it is to be; `Declaring` when its queue must be made first. One that is active stays so.
fn patched(mut one: Subscription, sight: Sight, patch: &SubscriptionPatch) -> Result<Subscription, SubscriptionError> {
    use SubscriptionState::{Active, Declaring, Drained, Draining, Failed, Paused};
    let touches = patch.pattern.is_some() || patch.queue.is_some() || patch.site.is_some() || patch.filter.is_some();
    if touches && one.built_in {
        return Err(SubscriptionError::BuiltIn(one.id));
    }
    may_touch(sight, one.site)?;
    one.pattern = patch.pattern.clone().unwrap_or(one.pattern);
    one.queue = patch.queue.as_deref().map_or(one.queue, Arc::from);
    one.site = patch.site.unwrap_or(one.site);
    may_touch(sight, one.site)?;
    if touches {
        let filter = patch.filter.clone().unwrap_or_else(|| one.filter.clone().map(Value::from));
        one.filter = check(&one.pattern, &one.queue, filter.as_ref())?;
    }
    one.state = match (patch.enabled, one.state) {
        (Some(false), _) => Paused,
        (Some(true), Paused | Draining | Drained) | (_, Declaring | Failed) => Declaring,
        (None, state @ (Paused | Draining | Drained)) | (_, state @ Active) => state,
    };
    one.trouble = None;
    Ok(one)
}

async fn save(tx: &Tx, one: &mut Subscription) -> Result<(), StoreError> {
    one.version = store::bump(tx).await?;
    one.updated_at = tx.now();
    store::save(tx, one).await
}

/// Who has a site alone may change what concerns that site alone.
fn may_touch(sight: Sight, site: Option<SiteId>) -> Result<(), SubscriptionError> {
    if sight.all || site == Some(sight.site) { Ok(()) } else { Err(SubscriptionError::NotYours) }
}

fn check(pattern: &str, queue: &str, filter: Option<&Value>) -> Result<Option<Filter>, Invalid> {
    let heard: Vec<_> = CATALOG.iter().filter(|entry| matches(pattern, entry.name)).collect();
    if heard.is_empty() {
        return Err(Invalid::new("pattern", format!("there is no event {pattern:?}; GET /v1/events/types lists them")));
    }
    let good = !queue.is_empty() && queue.len() <= 100 && queue.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !good || queue == EVENTS {
        return Err(Invalid::new("queue", "should be a name of letters, digits, dots and dashes, and not that of the event queue"));
    }
    let Some(filter) = filter.filter(|filter| !filter.is_null()) else { return Ok(None) };
    let filter = Filter::read(filter)?;
    for field in filter.fields() {
        let known = heard.iter().any(|entry| (entry.schema)()["properties"].get(field).is_some());
        if !known {
            return Err(Invalid::new(format!("filter.{field}"), format!("no event of {pattern:?} has this field; GET /v1/events/types tells")));
        }
    }
    Ok(Some(filter))
}

/// Declares queues and watches removed ones run empty, on one node at a time.
pub(crate) async fn keep(subscriptions: Subscriptions, leases: Leases, every: Duration, stop: CancellationToken) {
    const LEASE: &str = "subscriptions";
    while !stop.is_cancelled() {
        let kept = async {
            let restless = store::restless(subscriptions.db.read()).await?;
            if restless.is_empty() || leases.hold(LEASE).await?.is_none() {
                return Ok(());
            }
            for one in restless {
                subscriptions.look_after(one).await?;
            }
            Ok::<(), SubscriptionError>(())
        };
        if let Err(err) = kept.await {
            tracing::warn!(error = ?err, "subscriptions cannot be looked after");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(every) => {}
        }
    }
    leases.let_go(LEASE).await;
}
