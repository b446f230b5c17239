//! How long a site keeps its events, and the job that forgets the rest.

use super::error::LedgerError;
use super::store::retention as table;
use base::{Invalid, SiteId};
use events::{Fence, Job, Outcome, Schedule};
use sockets::Db;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Events forgotten in one commit.
const CHUNK: i64 = 1_000;
const MOST_DAYS: i64 = 3_650;
const MOST_TYPES: usize = 100;

/// What a site says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionRule {
    /// Of all types that are not named; as the installation says when there is none.
    pub days: Option<i64>,
    pub types: BTreeMap<String, i64>,
}

impl RetentionRule {
    pub fn days_of(&self, name: &str, default: i64) -> i64 {
        self.types.get(name).copied().or(self.days).unwrap_or(default)
    }
}

/// The rules of all sites; cheap to clone.
#[derive(Clone)]
pub struct Retention {
    db: Db,
    default_days: i64,
}

impl Retention {
    /// `default_days` is what the installation says.
    pub fn new(db: Db, default_days: u32) -> Self {
        Self { db, default_days: i64::from(default_days).clamp(1, MOST_DAYS) }
    }

    pub fn default_days(&self) -> i64 {
        self.default_days
    }

    pub async fn of(&self, site: SiteId) -> Result<RetentionRule, LedgerError> {
        let mut rule = RetentionRule::default();
        for (name, days) in table::rules(self.db.read(), site).await? {
            if name.is_empty() {
                rule.days = Some(days);
            } else {
                rule.types.insert(name, days);
            }
        }
        Ok(rule)
    }

    /// Replaces what the site said before.
    pub async fn set(&self, site: SiteId, rule: &RetentionRule) -> Result<(), LedgerError> {
        if rule.types.len() > MOST_TYPES {
            return Err(Invalid::new("types", format!("names more than {MOST_TYPES} types")).into());
        }
        let named = rule.types.iter().map(|(name, days)| (name.clone(), *days));
        let rules: Vec<(String, i64)> = rule.days.map(|days| (String::new(), days)).into_iter().chain(named).collect();
        for (name, days) in &rules {
            if !(1..=MOST_DAYS).contains(days) {
                let field = if name.is_empty() { "days".to_owned() } else { format!("types.{name}") };
                return Err(Invalid::new(field, format!("should be 1 to {MOST_DAYS} days")).into());
            }
        }
        if rule.types.keys().any(|name| events::catalog::find(name).is_none()) {
            return Err(Invalid::new("types", "names an event that is not in the catalogue").into());
        }
        let tx = self.db.begin().await?;
        table::replace(&tx, site, &rules).await?;
        Ok(tx.commit().await?)
    }

    /// Sites that have events.
    pub async fn sites(&self) -> Result<BTreeSet<SiteId>, LedgerError> {
        Ok(table::kinds(self.db.read()).await?.into_iter().map(|(site, _)| site).collect())
    }

    /// Forgets what is too old of a site, a thousand events a commit, so that nobody waits for the pen for long. How many they were.
    pub async fn forget(&self, site: SiteId) -> Result<u64, LedgerError> {
        let (now, rule) = (self.db.clock().now(), self.of(site).await?);
        let mut forgotten = 0;
        for (_, name) in table::kinds(self.db.read()).await?.into_iter().filter(|(of, _)| *of == site) {
            let days = rule.days_of(&name, self.default_days);
            let before = now.minus(DAY * u32::try_from(days).unwrap_or(1));
            loop {
                let gone = table::forget(&self.db, site, &name, before, CHUNK).await?;
                forgotten += gone;
                if gone < CHUNK.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

/// Forgets a site's old events in the night of the site.
pub struct ForgetEvents {
    pub retention: Retention,
    pub site: SiteId,
    pub zone: String,
}

#[async_trait::async_trait]
impl Job for ForgetEvents {
    fn name(&self) -> String {
        format!("ledger.forget:{}", self.site)
    }

    fn schedule(&self) -> Schedule {
        Schedule::Cron { pattern: "0 3 * * *", zone: self.zone.clone() }
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.retention.forget(self.site).await.map(drop))
    }
}
