//! Group commit on SQLite: many transactions, one pen, one fsync.

use super::{Outbox, StoreError};
use crate::Envelope;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// A group is closed at this many transactions, or this old, or as soon as nobody waits for the pen.
const MOST: usize = 500;
const OLDEST: Duration = Duration::from_millis(4);

type Verdict = Result<(), (String, bool)>;

#[derive(Clone)]
pub(super) struct GroupWriter(Arc<Shared>);

struct Shared {
    conn: DatabaseConnection,
    outbox: Arc<dyn Outbox>,
    pen: Arc<Mutex<Group>>,
    waiting: AtomicUsize,
}

/// The open group: an outer transaction and those who wait for its commit.
#[derive(Default)]
pub(super) struct Group {
    opened: Option<Instant>,
    /// A transaction was dropped and what it did is not undone yet.
    abandoned: bool,
    waiters: Vec<oneshot::Sender<Verdict>>,
    /// What its transactions announce, in their order; written together, right before the commit.
    news: Vec<Envelope>,
}

pub(super) struct Pen {
    guard: Option<OwnedMutexGuard<Group>>,
    writer: GroupWriter,
}

impl GroupWriter {
    pub(super) fn new(conn: DatabaseConnection, outbox: Arc<dyn Outbox>) -> Self {
        let shared = Shared { conn, outbox, pen: Arc::default(), waiting: AtomicUsize::new(0) };
        Self(Arc::new(shared))
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.0.conn
    }

    async fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.0.conn.execute_unprepared(sql).await?;
        Ok(())
    }

    async fn lock(&self) -> OwnedMutexGuard<Group> {
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        let waiting = Waiting(&self.0.waiting);
        let guard = self.0.pen.clone().lock_owned().await;
        drop(waiting);
        guard
    }

    /// Takes the pen, opens the group when there is none, and inside it a savepoint when others of it wait for the commit: the first one
    /// has nobody to pull down with it.
    pub(super) async fn take(&self) -> Result<Pen, StoreError> {
        let mut pen = Pen { guard: Some(self.lock().await), writer: self.clone() };
        let group = pen.group();
        self.tidy(group).await;
        // Marked before it is true: should this future be cut off here, the next one finds what to undo.
        group.abandoned = true;
        if group.opened.is_none() {
            group.opened = Some(Instant::now());
            if let Err(err) = self.run("BEGIN IMMEDIATE").await {
                *group = Group::default();
                return Err(err);
            }
        }
        if !group.waiters.is_empty() {
            self.run("SAVEPOINT one").await?;
        }
        Ok(pen)
    }

    /// Undoes what a dropped transaction left. When even that fails the engine has rolled the whole group back.
    async fn tidy(&self, group: &mut Group) {
        if !group.abandoned {
            return;
        }
        if group.waiters.is_empty() {
            self.roll_back(group).await;
        } else {
            let undone = match self.run("ROLLBACK TO one").await {
                Ok(()) => self.run("RELEASE one").await,
                Err(err) => Err(err),
            };
            if let Err(err) = undone {
                self.fail(group, &err).await;
            }
        }
        // Only now: who is cut off before leaves it to the next one.
        group.abandoned = false;
    }

    async fn fail(&self, group: &mut Group, err: &StoreError) {
        tracing::warn!(error = ?err, waiting = group.waiters.len(), "a group of transactions was rolled back");
        self.roll_back(group).await;
        let StoreError::NotDurable(why, full) = StoreError::group_failure(err) else { return };
        answer(group, &Err((why, full)));
    }

    async fn roll_back(&self, group: &mut Group) {
        // The engine may have rolled back already; then there is nothing to roll back, which is as well.
        let _already = self.run("ROLLBACK").await;
        group.opened = None;
        group.news.clear();
    }

    async fn close(&self, group: &mut Group) {
        if group.opened.is_none() {
            return;
        }
        metrics::histogram!("db_group_commit_size").record(group.waiters.len() as f64);
        let told = !group.news.is_empty();
        match self.make_durable(std::mem::take(&mut group.news)).await {
            Ok(()) => {
                group.opened = None;
                answer(group, &Ok(()));
                if told {
                    self.0.outbox.wake();
                }
            }
            Err(err) => self.fail(group, &err).await,
        }
    }

    async fn make_durable(&self, news: Vec<Envelope>) -> Result<(), StoreError> {
        if !news.is_empty() {
            self.0.outbox.write(self.connection().into(), news).await?;
        }
        self.run("COMMIT").await
    }

    fn due(&self, group: &Group) -> bool {
        self.0.waiting.load(Ordering::SeqCst) == 0
            || group.waiters.len() >= MOST
            || group.opened.is_some_and(|at| at.elapsed() >= OLDEST)
    }

    /// After a drop: undo, and commit the others when nobody else will.
    async fn settle(&self) {
        let mut guard = self.lock().await;
        self.tidy(&mut guard).await;
        if self.due(&guard) {
            self.close(&mut guard).await;
        }
    }
}

fn answer(group: &mut Group, verdict: &Verdict) {
    for waiter in group.waiters.drain(..) {
        // Who no longer listens was cut off; the commit stands all the same.
        let _gone = waiter.send(verdict.clone());
    }
}

impl Pen {
    fn group(&mut self) -> &mut Group {
        self.guard.as_mut().expect("the pen is held until it is given back")
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        self.writer.connection()
    }

    /// Ends this transaction's part and returns when the whole group is durable, its news with it.
    pub(super) async fn commit(mut self, news: Vec<Envelope>) -> Result<(), StoreError> {
        let writer = self.writer.clone();
        let group = self.group();
        if !group.waiters.is_empty() {
            writer.run("RELEASE one").await?;
        }
        let (sender, verdict) = oneshot::channel();
        group.abandoned = false;
        group.news.extend(news);
        group.waiters.push(sender);
        if writer.due(group) {
            // Not to be cut short: others wait for this commit too.
            let mut guard = self.guard.take().expect("the pen is held until it is given back");
            tokio::spawn(async move { writer.close(&mut guard).await });
        } else {
            drop(self.guard.take());
        }
        match verdict.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err((why, full))) => Err(StoreError::NotDurable(why, full)),
            Err(_) => Err(StoreError::NotDurable("the writer stopped".into(), false)),
        }
    }
}

impl Drop for Pen {
    fn drop(&mut self) {
        if self.guard.take().is_some() {
            let writer = self.writer.clone();
            tokio::spawn(async move { writer.settle().await });
        }
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
