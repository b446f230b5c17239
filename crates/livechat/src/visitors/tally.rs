//! Counts visits for `Visit.Log`: how many began at each widget since the last count.

use super::Visitors;
use base::Timestamp;
use events::catalog::VisitLog;
use events::sql::{Sql, get, queue_up};
use events::{Fence, Job, Outcome, Schedule};
use sea_orm_migration::prelude::*;
use sockets::StoreError;
use std::time::Duration;

pub(super) struct CreateTally;

impl MigrationName for CreateTally {
    fn name(&self) -> &str {
        "m20261121_43_visitors_tally"
    }
}

const STATEMENTS: [&str; 2] = [
    // Up to when visits were counted.
    "CREATE TABLE visit_tally (name TEXT NOT NULL PRIMARY KEY, upto BIGINT NOT NULL)",
    "CREATE INDEX visit_started ON visit (started)",
];

#[async_trait::async_trait]
impl MigrationTrait for CreateTally {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const MINUTE: i64 = 60_000;
/// A visit is in the table so long after it began, at the latest.
const LATE: Duration = Duration::from_secs(10);

/// Announces the counts and notes how far it came in one transaction: no visit is counted twice, none is left out.
pub struct VisitTally(pub Visitors);

impl VisitTally {
    pub async fn once(&self) -> Result<(), StoreError> {
        const UPTO: Sql = Sql::same("SELECT upto FROM visit_tally WHERE name = 'visits'");
        const MOVE: Sql = Sql::same(
            "INSERT INTO visit_tally (name, upto) VALUES ('visits', $1)
             ON CONFLICT (name) DO UPDATE SET upto = excluded.upto WHERE visit_tally.upto < excluded.upto",
        );
        const COUNT: Sql = Sql::same(
            "SELECT site, widget, COUNT(*) AS visits FROM visit WHERE started >= $1 AND started < $2 AND widget IS NOT NULL
             GROUP BY site, widget ORDER BY site, widget",
        );
        let mut tx = self.0.db.begin().await?;
        queue_up(&tx.conn(), "visit tally").await?;
        let cut = tx.now().minus(LATE).millis() / MINUTE * MINUTE;
        let upto: Option<i64> = match UPTO.one(&tx.conn(), vec![]).await? {
            Some(row) => Some(get(&row, "upto")?),
            None => None,
        };
        if upto == Some(cut) || MOVE.run(&tx.conn(), vec![cut.into()]).await? == 0 {
            return Ok(());
        }
        if let Some(from) = upto {
            for row in COUNT.all(&tx.conn(), vec![from.into(), cut.into()]).await? {
                tx.announce(VisitLog { site_id: get(&row, "site")?, campaign_id: get(&row, "widget")?, visit_count: get(&row, "visits")? });
            }
        }
        tracing::trace!(upto = %Timestamp::from_millis(cut), "visits were counted");
        tx.commit().await
    }
}

#[async_trait::async_trait]
impl Job for VisitTally {
    fn name(&self) -> String {
        "livechat.visit-tally".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(60))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.once().await)
    }
}
