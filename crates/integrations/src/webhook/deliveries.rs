//! The tables of deliveries and their attempts.

use super::headers::{SIGNATURE, headers};
use super::{Again, Attempt, Delivery, DeliveryState, Place};
use base::{DeliveryId, EventId, Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::sql::{CHUNK, Sql, batch, get};
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};
use std::time::Duration;

pub(super) struct Deliveries;

fn which_of(site: SiteId, webhook: WebhookId, which: &Again) -> Vec<sea_orm::Value> {
    vec![
        site.0.into(),
        webhook.0.into(),
        which.state.map(|state| state.to_string()).unwrap_or_default().into(),
        which.from.map_or(i64::MIN, Timestamp::millis).into(),
        which.to.map_or(i64::MAX, Timestamp::millis).into(),
    ]
}

impl Deliveries {
    /// Keeps what is sent of an event, once for all endpoints that hear of it.
    pub async fn keep_body(tx: &Tx, event: EventId, body: &str) -> Result<(), StoreError> {
        const KEEP: Sql = Sql::same("INSERT INTO webhook_bodies (event, body) VALUES ($1, $2) ON CONFLICT (event) DO NOTHING");
        KEEP.run(&tx.conn(), vec![event.to_string().into(), body.into()]).await?;
        Ok(())
    }

    pub async fn body(db: &Db, event: EventId) -> Result<String, StoreError> {
        const BODY: Sql = Sql::same("SELECT body FROM webhook_bodies WHERE event = $1");
        let row = BODY.one(db.read(), vec![event.to_string().into()]).await?;
        row.map_or_else(|| Ok(String::new()), |row| get(&row, "body"))
    }

    /// False when the event is on its way to this endpoint already.
    pub async fn insert(tx: &Tx, delivery: &Delivery) -> Result<bool, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO webhook_deliveries (id, site, webhook, event, name, state, due_at, created_at, occurred_at, ordering, key_epoch, key_seq)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (event, webhook) DO NOTHING",
        );
        let place = delivery.place.as_ref();
        let values = vec![
            delivery.id.to_string().into(),
            delivery.site.0.into(),
            delivery.webhook.0.into(),
            delivery.event.to_string().into(),
            delivery.name.as_str().into(),
            delivery.state.to_string().into(),
            delivery.due_at.millis().into(),
            delivery.created.millis().into(),
            delivery.occurred.millis().into(),
            place.map(|place| place.key.clone()).into(),
            place.map_or(0, |place| place.epoch).into(),
            place.map_or(0, |place| place.seq).into(),
        ];
        Ok(INSERT.run(&tx.conn(), values).await? == 1)
    }

    /// Newest first.
    pub async fn list(
        db: &Db,
        site: SiteId,
        webhook: WebhookId,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        const LIST: Sql = Sql::same(
            "SELECT * FROM webhook_deliveries WHERE site = $1 AND webhook = $2 AND ($3 = '' OR id < $3) AND ($4 = '' OR state = $4)
             ORDER BY id DESC LIMIT $5",
        );
        let values = vec![
            site.0.into(),
            webhook.0.into(),
            page.after.clone().unwrap_or_default().into(),
            state.map(|state| state.to_string()).unwrap_or_default().into(),
            (i64::from(page.limit) + 1).into(),
        ];
        let rows = LIST.all(db.read(), values).await?;
        let deliveries = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(deliveries, page.limit, |delivery| delivery.id.to_string()))
    }

    pub async fn find(db: &Db, site: SiteId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM webhook_deliveries WHERE site = $1 AND id = $2");
        FIND.one(db.read(), vec![site.0.into(), id.to_string().into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn attempts(db: &Db, delivery: &Delivery) -> Result<Vec<Attempt>, StoreError> {
        const ATTEMPTS: Sql = Sql::same("SELECT * FROM webhook_attempts WHERE delivery = $1 ORDER BY number");
        let rows = ATTEMPTS.all(db.read(), vec![delivery.id.to_string().into()]).await?;
        rows.iter().map(|row| read_attempt(row, delivery.event)).collect()
    }

    /// Begins a new series of tries, at once.
    pub async fn again(tx: &Tx, site: SiteId, id: DeliveryId) -> Result<bool, StoreError> {
        const AGAIN: Sql = Sql::same(
            "UPDATE webhook_deliveries SET state = 'pending', tries = 0, failed_since = NULL, due_at = $3 WHERE site = $1 AND id = $2",
        );
        Ok(AGAIN.run(&tx.conn(), vec![site.0.into(), id.to_string().into(), tx.now().millis().into()]).await? == 1)
    }

    /// How many there are of these.
    pub async fn count(db: &Db, site: SiteId, webhook: WebhookId, which: &Again) -> Result<u64, StoreError> {
        const COUNT: Sql = Sql::same(
            "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE site = $1 AND webhook = $2 AND state <> 'pending'
               AND ($3 = '' OR state = $3) AND COALESCE(occurred_at, created_at) >= $4 AND COALESCE(occurred_at, created_at) < $5",
        );
        let row = COUNT.one(db.read(), which_of(site, webhook, which)).await?;
        row.map_or(Ok(0), |row| get::<i64>(&row, "n").map(i64::unsigned_abs))
    }

    /// Begins a new series of tries for each of these, at once; a thousand a commit, and of those that are there by now alone.
    pub async fn all_again(db: &Db, site: SiteId, webhook: WebhookId, which: &Again) -> Result<u64, StoreError> {
        const AGAIN: Sql = Sql::same(
            "UPDATE webhook_deliveries SET state = 'pending', tries = 0, failed_since = NULL, due_at = $6 WHERE id IN
               (SELECT id FROM webhook_deliveries WHERE site = $1 AND webhook = $2 AND state <> 'pending' AND ($3 = '' OR state = $3)
                AND COALESCE(occurred_at, created_at) >= $4 AND COALESCE(occurred_at, created_at) < $5
                AND id > $7 AND created_at <= $8 ORDER BY id LIMIT $9)
             RETURNING id",
        );
        let (mut count, mut after, until) = (0, String::new(), db.clock().now());
        loop {
            let tx = db.begin().await?;
            let mut values = which_of(site, webhook, which);
            values.extend([tx.now().millis().into(), after.as_str().into(), until.millis().into(), CHUNK.into()]);
            let rows = AGAIN.all(&tx.conn(), values).await?;
            tx.commit().await?;
            count += rows.len() as u64;
            let ids = rows.iter().map(|row| get::<String>(row, "id")).collect::<Result<Vec<_>, _>>()?;
            // What was just sent again may be delivered by now: it is behind us.
            match ids.into_iter().max().filter(|_| rows.len() as u64 == CHUNK.unsigned_abs()) {
                Some(last) => after = last,
                None => return Ok(count),
            }
        }
    }

    /// What was held back until those before it came may go: those of the key up to this place.
    pub async fn release(tx: &Tx, webhooks: &[WebhookId], key: &str, epoch: i64, through: i64) -> Result<(), StoreError> {
        const RELEASE: Sql = Sql::per_engine(
            "UPDATE webhook_deliveries SET due_at = $5 WHERE webhook + 0 IN (SELECT value FROM json_each($1)) AND ordering = $2 AND key_epoch = $3
               AND key_seq <= $4 AND state = 'pending' AND tries = 0 AND due_at > $5",
            "UPDATE webhook_deliveries SET due_at = $5 WHERE webhook + 0 IN (SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value))
               AND ordering = $2 AND key_epoch = $3 AND key_seq <= $4 AND state = 'pending' AND tries = 0 AND due_at > $5",
        );
        let values = vec![batch(webhooks), key.into(), epoch.into(), through.into(), tx.now().millis().into()];
        RELEASE.run(&tx.conn(), values).await?;
        Ok(())
    }

    /// Forgets what is long done, a thousand deliveries a commit.
    pub async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        const LONG_DONE: Sql = Sql::same(
            "SELECT id, event FROM webhook_deliveries WHERE created_at < $1 AND state <> 'pending' ORDER BY created_at LIMIT $2",
        );
        drop_all(db, LONG_DONE, before.millis()).await
    }

    /// Forgets all of an endpoint, a thousand deliveries a commit.
    pub async fn clear(db: &Db, webhook: WebhookId) -> Result<u64, StoreError> {
        const ITS_OWN: Sql = Sql::same("SELECT id, event FROM webhook_deliveries WHERE webhook = $1 ORDER BY id LIMIT $2");
        drop_all(db, ITS_OWN, webhook.0).await
    }
}

async fn drop_all(db: &Db, which: Sql, of: i64) -> Result<u64, StoreError> {
    let mut dropped = 0;
    loop {
        let tx = db.begin().await?;
        let some = drop_some(&tx, which, of).await?;
        tx.commit().await?;
        dropped += some;
        if some < CHUNK.unsigned_abs() {
            return Ok(dropped);
        }
    }
}

/// With their log, and with what was sent where nobody else is told of the same event.
async fn drop_some(tx: &Tx, which: Sql, of: i64) -> Result<u64, StoreError> {
    const ATTEMPTS: Sql = Sql::per_engine(
        "DELETE FROM webhook_attempts WHERE delivery IN (SELECT value FROM json_each($1))",
        "DELETE FROM webhook_attempts WHERE delivery = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    const DELIVERIES: Sql = Sql::per_engine(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT value FROM json_each($1))",
        "DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    const BODIES: Sql = Sql::per_engine(
        "DELETE FROM webhook_bodies WHERE event IN (SELECT value FROM json_each($1))
           AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event = webhook_bodies.event)",
        "DELETE FROM webhook_bodies WHERE event = ANY (ARRAY(SELECT json_array_elements_text($1::json)))
           AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event = webhook_bodies.event)",
    );
    let rows = which.all(&tx.conn(), vec![of.into(), CHUNK.into()]).await?;
    let column = |name| rows.iter().map(|row| get::<String>(row, name)).collect::<Result<Vec<_>, _>>();
    let (ids, events) = (column("id")?, column("event")?);
    ATTEMPTS.run(&tx.conn(), vec![batch(&ids)]).await?;
    DELIVERIES.run(&tx.conn(), vec![batch(&ids)]).await?;
    BODIES.run(&tx.conn(), vec![batch(&events)]).await?;
    Ok(rows.len() as u64)
}

fn number(row: &QueryResult, column: &str) -> Result<u32, StoreError> {
    Ok(u32::try_from(get::<i64>(row, column)?).unwrap_or(u32::MAX))
}

pub(super) fn text<T: std::str::FromStr>(row: &QueryResult, column: &str) -> Result<T, StoreError> {
    get::<String>(row, column)?.parse().map_err(|_| StoreError::Unreadable(format!("{column} of a webhook delivery")))
}

pub(super) fn read(row: &QueryResult) -> Result<Delivery, StoreError> {
    let (created, occurred): (i64, Option<i64>) = (get(row, "created_at")?, get(row, "occurred_at")?);
    let key: Option<String> = get(row, "ordering")?;
    let (epoch, seq) = (get(row, "key_epoch")?, get(row, "key_seq")?);
    Ok(Delivery {
        id: text(row, "id")?,
        site: SiteId(get(row, "site")?),
        webhook: WebhookId(get(row, "webhook")?),
        event: text(row, "event")?,
        name: get(row, "name")?,
        place: key.map(|key| Place { key, epoch, seq }),
        state: text(row, "state")?,
        tries: number(row, "tries")?,
        attempts: number(row, "attempts")?,
        due_at: Timestamp::from_millis(get(row, "due_at")?),
        last_status: get(row, "last_status")?,
        occurred: Timestamp::from_millis(occurred.unwrap_or(created)),
        created: Timestamp::from_millis(created),
    })
}

fn read_attempt(row: &QueryResult, event: EventId) -> Result<Attempt, StoreError> {
    let pairs = |column| {
        let text: String = get(row, column)?;
        serde_json::from_str::<Vec<(String, String)>>(&text).map_err(|err| StoreError::Unreadable(err.to_string()))
    };
    let (at, number) = (Timestamp::from_millis(get(row, "at")?), number(row, "number")?);
    let kept = pairs("request_headers")?;
    let signature = kept.iter().find(|(name, _)| name == SIGNATURE).map_or("", |(_, signature)| signature);
    Ok(Attempt {
        number,
        at,
        took: Duration::from_millis(get::<i64>(row, "took_ms")?.max(0).unsigned_abs()),
        url: get(row, "url")?,
        request_headers: headers(event, at, number, signature).map(|(name, value)| (name.to_owned(), value)).into(),
        status: get(row, "status")?,
        trouble: get(row, "trouble")?,
        response_headers: pairs("response_headers")?,
        response_body: get(row, "response_body")?,
    })
}
