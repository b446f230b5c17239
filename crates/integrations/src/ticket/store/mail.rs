use base::{SiteId, TicketId, Timestamp};
use events::sql::{Sql, get};
use sockets::{StoreError, Tx};

/// What came in by mail.
pub(in crate::ticket) struct Mails;

impl Mails {
    /// False: this message came before.
    pub async fn first(tx: &Tx, site: SiteId, message_id: &str, sender: &str) -> Result<bool, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO ticket_mail (site, message_id, sender, at) VALUES ($1, $2, $3, $4) ON CONFLICT (site, message_id) DO NOTHING",
        );
        let values = vec![site.0.into(), message_id.into(), sender.into(), tx.now().millis().into()];
        Ok(INSERT.run(&tx.conn(), values).await? == 1)
    }

    pub async fn belongs(tx: &Tx, site: SiteId, message_id: &str, ticket: TicketId) -> Result<(), StoreError> {
        const SET: Sql = Sql::same("UPDATE ticket_mail SET ticket = $3 WHERE site = $1 AND message_id = $2");
        SET.run(&tx.conn(), vec![site.0.into(), message_id.into(), ticket.0.into()]).await?;
        Ok(())
    }

    /// The ids of the last messages that came for a ticket, the oldest first.
    pub async fn of_ticket(tx: &Tx, site: SiteId, ticket: TicketId) -> Result<Vec<String>, StoreError> {
        const OF: Sql = Sql::same("SELECT message_id FROM ticket_mail WHERE site = $1 AND ticket = $2 ORDER BY at DESC LIMIT 10");
        let rows = OF.all(&tx.conn(), vec![site.0.into(), ticket.0.into()]).await?;
        let mut ids = rows.iter().map(|row| get(row, "message_id")).collect::<Result<Vec<String>, _>>()?;
        ids.reverse();
        // What had no id of its own was given one by us; nobody else knows it.
        ids.retain(|id| !id.starts_with("sha256:"));
        Ok(ids)
    }

    pub async fn count_since(tx: &Tx, site: SiteId, sender: &str, since: Timestamp) -> Result<i64, StoreError> {
        const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM ticket_mail WHERE site = $1 AND sender = $2 AND at > $3");
        let row = COUNT.one(&tx.conn(), vec![site.0.into(), sender.into(), since.millis().into()]).await?;
        row.map_or(Ok(0), |row| get(&row, "n"))
    }
}
