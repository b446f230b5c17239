use super::json;
use crate::ticket::TicketSettings;
use base::SiteId;
use events::sql::{Sql, get};
use sea_orm::ConnectionTrait;
use sockets::{Db, StoreError, Tx};

pub(in crate::ticket) struct Settings;

/// The settings of a site with the secret that signs its references.
#[derive(Clone, Debug)]
pub(in crate::ticket) struct Kept {
    pub settings: TicketSettings,
    pub secret: String,
}

impl Settings {
    /// Those of a site that never touched them are made here, with a fresh secret.
    pub async fn of(db: &Db, tx: &Tx, site: SiteId) -> Result<Kept, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO ticket_settings (site, body, secret, last_number) VALUES ($1, $2, $3, 0) ON CONFLICT (site) DO NOTHING",
        );
        if let Some(kept) = Self::find(&tx.conn(), site).await? {
            return Ok(kept);
        }
        let body = serde_json::to_string(&TicketSettings::default()).expect("settings are plain JSON");
        let secret = db.minter().secret("").reveal().to_owned();
        INSERT.run(&tx.conn(), vec![site.0.into(), body.into(), secret.into()]).await?;
        Self::find(&tx.conn(), site).await?.ok_or_else(|| StoreError::Unreadable("the ticket settings were not kept".into()))
    }

    pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId) -> Result<Option<Kept>, StoreError> {
        const FIND: Sql = Sql::same("SELECT body, secret FROM ticket_settings WHERE site = $1");
        let row = FIND.one(conn, vec![site.0.into()]).await?;
        row.map(|row| Ok(Kept { settings: json(&row, "body")?, secret: get(&row, "secret")? })).transpose()
    }

    /// Of all sites that have any.
    pub async fn all(db: &Db) -> Result<Vec<(SiteId, TicketSettings)>, StoreError> {
        const ALL: Sql = Sql::same("SELECT site, body FROM ticket_settings");
        ALL.all(db.read(), Vec::new()).await?.iter().map(|row| Ok((SiteId(get(row, "site")?), json(row, "body")?))).collect()
    }

    pub async fn save(tx: &Tx, site: SiteId, settings: &TicketSettings) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same("UPDATE ticket_settings SET body = $2 WHERE site = $1");
        let body = serde_json::to_string(settings).expect("settings are plain JSON");
        SAVE.run(&tx.conn(), vec![site.0.into(), body.into()]).await?;
        Ok(())
    }

    /// The next number of the site; the row is there.
    pub async fn next_number(tx: &Tx, site: SiteId) -> Result<i64, StoreError> {
        const NEXT: Sql = Sql::same("UPDATE ticket_settings SET last_number = last_number + 1 WHERE site = $1 RETURNING last_number");
        let row = NEXT.one(&tx.conn(), vec![site.0.into()]).await?;
        row.map_or_else(|| Err(StoreError::Unreadable("the site has no ticket settings".into())), |row| get(&row, "last_number"))
    }
}
