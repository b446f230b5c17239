use crate::ledger::model::{NewReplay, Replay, ReplayState};
use base::{Page, PageRequest, ReplayId, SiteId, Timestamp};
use events::sql::{Sql, get};
use sea_orm::{ConnectionTrait, QueryResult};
use sockets::{Db, StoreError, Tx};

pub async fn insert(tx: &Tx, site: SiteId, new: &NewReplay, (total, first, last): (i64, i64, i64)) -> Result<ReplayId, StoreError> {
    const INSERT: Sql = Sql::same(
        "INSERT INTO ledger_replays (site, filter, queues, rate, force, state, total, place, upto, started_by, started_at)
         VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9, $10) RETURNING id",
    );
    let json = |value: Result<String, serde_json::Error>| value.expect("plain JSON");
    let values = vec![
        site.0.into(),
        json(serde_json::to_string(&new.filter)).into(),
        json(serde_json::to_string(&new.queues)).into(),
        i64::from(new.rate).into(),
        i64::from(new.force).into(),
        total.into(),
        (first - 1).into(),
        last.into(),
        new.started_by.as_str().into(),
        tx.now().millis().into(),
    ];
    let row = INSERT.one(&tx.conn(), values).await?;
    let row = row.ok_or_else(|| StoreError::Unreadable("the new replay has no number".into()))?;
    get(&row, "id").map(ReplayId)
}

pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, id: ReplayId) -> Result<Option<Replay>, StoreError> {
    const FIND: Sql = Sql::same("SELECT * FROM ledger_replays WHERE site = $1 AND id = $2");
    FIND.one(conn, vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
}

/// Newest first.
pub async fn list(db: &Db, site: SiteId, before: i64, page: &PageRequest) -> Result<Page<Replay>, StoreError> {
    const LIST: Sql = Sql::same("SELECT * FROM ledger_replays WHERE site = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let rows = LIST.all(db.read(), vec![site.0.into(), before.into(), (i64::from(page.limit) + 1).into()]).await?;
    let replays = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(replays, page.limit, |replay| replay.id.to_string()))
}

/// Of all sites, for whoever sends them.
pub async fn running(db: &Db) -> Result<Vec<Replay>, StoreError> {
    const RUNNING: Sql = Sql::same("SELECT * FROM ledger_replays WHERE state = 'running' ORDER BY id");
    RUNNING.all(db.read(), vec![]).await?.iter().map(read).collect()
}

pub async fn running_of(tx: &Tx, site: SiteId) -> Result<i64, StoreError> {
    const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM ledger_replays WHERE state = 'running' AND site = $1");
    COUNT.one(&tx.conn(), vec![site.0.into()]).await?.map_or(Ok(0), |row| get(&row, "n"))
}

/// Notes how far it came. False: it was cancelled, or somebody else went on from the same place.
pub async fn advance(db: &Db, replay: &Replay, place: i64, sent: i64) -> Result<bool, StoreError> {
    const ADVANCE: Sql =
        Sql::same("UPDATE ledger_replays SET place = $3, done = done + $4 WHERE id = $1 AND place = $2 AND state = 'running'");
    let tx = db.begin().await?;
    let ours = ADVANCE.run(&tx.conn(), vec![replay.id.0.into(), replay.place.into(), place.into(), sent.into()]).await? == 1;
    tx.commit().await?;
    Ok(ours)
}

/// Ends one that runs. False: it was over.
pub async fn end(tx: &Tx, site: SiteId, id: ReplayId, state: ReplayState, trouble: Option<&str>) -> Result<bool, StoreError> {
    const END: Sql = Sql::same(
        "UPDATE ledger_replays SET state = $3, trouble = $4, ended_at = $5 WHERE site = $1 AND id = $2 AND state = 'running'",
    );
    let values = vec![site.0.into(), id.0.into(), state.word().into(), trouble.map(str::to_owned).into(), tx.now().millis().into()];
    Ok(END.run(&tx.conn(), values).await? == 1)
}

fn read(row: &QueryResult) -> Result<Replay, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a replay"));
    let (filter, queues, state): (String, String, String) = (get(row, "filter")?, get(row, "queues")?, get(row, "state")?);
    let (rate, force, ended_at): (i64, i64, Option<i64>) = (get(row, "rate")?, get(row, "force")?, get(row, "ended_at")?);
    Ok(Replay {
        id: ReplayId(get(row, "id")?),
        site: SiteId(get(row, "site")?),
        filter: serde_json::from_str(&filter).map_err(|_| unreadable("the filter"))?,
        queues: serde_json::from_str(&queues).map_err(|_| unreadable("the queues"))?,
        rate: u32::try_from(rate).unwrap_or(1).max(1),
        force: force != 0,
        state: ReplayState::read(&state).ok_or_else(|| unreadable("the state"))?,
        total: get(row, "total")?,
        done: get(row, "done")?,
        place: get(row, "place")?,
        upto: get(row, "upto")?,
        started_by: get(row, "started_by")?,
        started_at: Timestamp::from_millis(get(row, "started_at")?),
        ended_at: ended_at.map(Timestamp::from_millis),
        trouble: get(row, "trouble")?,
    })
}
