use base::{ManualClock, Minter};
use sea_orm::DatabaseExecutor;
use sockets::{Db, DbOptions, Envelope, Migrations, Outbox, StoreError};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::sync::{Arc, Mutex};

/// An outbox that keeps what was announced in memory, for tests of one module.
#[derive(Default)]
pub struct NoNews(Mutex<Vec<Envelope>>);

#[async_trait::async_trait]
impl Outbox for NoNews {
    async fn write(&self, _conn: DatabaseExecutor<'_>, news: Vec<Envelope>) -> Result<(), StoreError> {
        self.0.lock().expect("no test panics while holding it").extend(news);
        Ok(())
    }

    fn wake(&self) {}
}

/// A fresh database of its own: a file in a temporary folder, or a new database on the PostgreSQL that was given.
pub struct TestDb {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub minter: Minter,
    pub options: DbOptions,
    news: Arc<NoNews>,
    _folder: tempfile::TempDir,
}

impl TestDb {
    /// With the tables of these modules.
    pub async fn open(modules: &[Migrations]) -> Self {
        let news = Arc::new(NoNews::default());
        let mut opened = Self::with_outbox(modules, news.clone()).await;
        opened.news = news;
        opened
    }

    /// With an outbox of the test's own.
    pub async fn with_outbox(modules: &[Migrations], outbox: Arc<dyn Outbox>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(ManualClock::at(crate::NOON));
        let minter = Minter::new(clock.clone(), 1);
        let options = DbOptions { connections: 6, ..DbOptions::new(fresh_url(&folder).await) };
        let db = Db::open(&options, outbox, clock.clone(), minter.clone(), "test".into()).await.expect("the database opens");
        db.migrate(modules).await.expect("the schema is made");
        Self { db, clock, minter, options, news: Arc::default(), _folder: folder }
    }

    /// What was announced so far, in order (of [`TestDb::open`] alone).
    pub fn news(&self) -> Vec<Envelope> {
        self.news.0.lock().expect("no test panics while holding it").clone()
    }

    /// Names of the announced events so far, in order (of [`TestDb::open`] alone).
    pub fn announced(&self) -> Vec<String> {
        let news = self.news.0.lock().expect("no test panics while holding it");
        news.iter().map(|envelope| envelope.name.clone()).collect()
    }
}

async fn fresh_url(folder: &tempfile::TempDir) -> String {
    fresh_postgres().await.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("test.db").display()))
}

/// A new database on the PostgreSQL that was given, if one was.
pub async fn fresh_postgres() -> Option<String> {
    let server = std::env::var("SWITCHBOARD_TEST_POSTGRES").ok()?;
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server).await.expect("the given PostgreSQL answers");
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("may create databases");
    let (front, _) = server.rsplit_once('/').expect("a URL with a database name");
    Some(format!("{front}/{name}"))
}
