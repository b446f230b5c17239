//! Promises of `sockets::Db` that hold on both engines.

use futures_util::future::join_all;
use futures_util::poll;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sockets::{Db, Tx};
use std::pin::pin;
use testkit::TestDb;

async fn with_table() -> TestDb {
    let test = TestDb::open(&[]).await;
    test.db.schema().execute_unprepared("CREATE TABLE t (n BIGINT PRIMARY KEY)").await.expect("a table");
    test
}

async fn put(tx: &Tx, n: i64) -> Result<(), sockets::StoreError> {
    tx.conn().execute_unprepared(&format!("INSERT INTO t (n) VALUES ({n})")).await?;
    Ok(())
}

async fn count(db: &Db) -> i64 {
    let backend = match db.engine() {
        sockets::Engine::Sqlite => DbBackend::Sqlite,
        sockets::Engine::Postgres => DbBackend::Postgres,
    };
    let row = db.read().query_one_raw(Statement::from_string(backend, "SELECT COUNT(*) AS c FROM t")).await;
    row.expect("reads").expect("a row").try_get("", "c").expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_one_group_fail_alone() {
    let test = with_table().await;
    let works = (0..200).map(|n| {
        let db = test.db.clone();
        tokio::spawn(async move {
            let tx = db.begin().await?;
            put(&tx, n).await?;
            if n % 3 == 0 {
                return Ok(false); // dropped: never was
            }
            if n % 3 == 1 {
                put(&tx, n).await?; // a duplicate: fails
            }
            tx.commit().await.map(|()| true)
        })
    });
    let done = join_all(works).await;
    let committed = done.iter().filter(|r| matches!(r, Ok(Ok(true)))).count();
    let refused = done.iter().filter(|r| matches!(r, Ok(Err(err)) if err.is_duplicate())).count();
    assert_eq!((committed, refused), (66, 67));
    assert_eq!(count(&test.db).await, 66);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_read_at_once() {
    let test = with_table().await;
    for n in 0..50 {
        let tx = test.db.begin().await.expect("opens");
        put(&tx, n).await.expect("inserts");
        tx.commit().await.expect("commits");
        assert_eq!(count(&test.db).await, n + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_cut_off_leaves_the_pen_to_others() {
    let test = with_table().await;
    for n in 0..100_i64 {
        let db = test.db.clone();
        let work = tokio::spawn(async move {
            let tx = db.begin().await?;
            put(&tx, n).await?;
            tokio::task::yield_now().await;
            tx.commit().await
        });
        for _ in 0..n % 7 {
            tokio::task::yield_now().await;
        }
        work.abort();
        let _cut = work.await;
    }
    let before = count(&test.db).await;
    let tx = test.db.begin().await.expect("opens");
    put(&tx, 1_000).await.expect("inserts");
    tx.commit().await.expect("commits");
    assert_eq!(count(&test.db).await, before + 1);
}

/// On one thread nothing runs between the steps: the second one is cut off in the midst of undoing what the first one left.
#[tokio::test]
async fn who_is_cut_off_while_undoing_what_another_left_leaves_it_to_the_next() {
    let test = with_table().await;
    let tx = test.db.begin().await.expect("opens");
    put(&tx, 1).await.expect("inserts");
    {
        let mut unfinished = pin!(put(&tx, 2));
        assert!(poll!(&mut unfinished).is_pending());
    }
    drop(tx);
    {
        let mut next = pin!(test.db.begin());
        assert!(poll!(&mut next).is_pending());
    }
    let tx = test.db.begin().await.expect("opens");
    put(&tx, 3).await.expect("inserts");
    tx.commit().await.expect("commits");
    assert_eq!(count(&test.db).await, 1, "nothing of the one that was cut off");
}
