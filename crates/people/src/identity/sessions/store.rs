use super::{Session, SessionSpans, Whence};
use crate::identity::tables::session;
use base::{Digest, SessionId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use sockets::{StoreError, Tx};

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        Self {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            agent: row.agent,
            address: row.address,
            by_link: row.by_link,
            created_at: Timestamp::from_millis(row.created_at),
            seen_at: Timestamp::from_millis(row.seen_at),
        }
    }
}

pub(super) async fn by_digest(conn: &impl ConnectionTrait, cookie: &Digest) -> Result<Option<Session>, StoreError> {
    let found = session::Entity::find().filter(session::COLUMN.token_hash.eq(cookie.0.clone()));
    Ok(found.one(conn).await?.map(Session::from))
}

pub(super) async fn of_user(conn: &impl ConnectionTrait, user: UserId) -> Result<Vec<Session>, StoreError> {
    let found = session::Entity::find().filter(session::COLUMN.user_id.eq(user.0));
    let rows = found.order_by_desc(session::COLUMN.seen_at).all(conn).await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

pub(in crate::identity) async fn find(conn: &impl ConnectionTrait, id: SessionId) -> Result<Option<Session>, StoreError> {
    Ok(session::Entity::find_by_id(id.0).one(conn).await?.map(Session::from))
}

pub(super) async fn insert(
    tx: &Tx,
    user: UserId,
    digest: &Digest,
    whence: &Whence,
    by_link: bool,
) -> Result<SessionId, StoreError> {
    let now = tx.now().millis();
    let row = session::ActiveModel {
        id: NotSet,
        user_id: Set(user.0),
        token_hash: Set(digest.0.clone()),
        agent: Set(whence.agent.chars().take(300).collect()),
        address: Set(whence.address.clone()),
        by_link: Set(by_link),
        created_at: Set(now),
        seen_at: Set(now),
    };
    Ok(SessionId(session::Entity::insert(row).exec_with_returning(&tx.conn()).await?.id))
}

pub(super) async fn seen(tx: &Tx, id: SessionId) -> Result<(), StoreError> {
    let one = session::Entity::update_many().filter(session::COLUMN.id.eq(id.0));
    one.col_expr(session::Column::SeenAt, Expr::value(tx.now().millis())).exec(&tx.conn()).await?;
    Ok(())
}

pub(in crate::identity) async fn not_by_link(tx: &Tx, id: SessionId) -> Result<(), StoreError> {
    let one = session::Entity::update_many().filter(session::COLUMN.id.eq(id.0));
    one.col_expr(session::Column::ByLink, Expr::value(false)).exec(&tx.conn()).await?;
    Ok(())
}

pub(in crate::identity) async fn delete(tx: &Tx, user: UserId, id: SessionId) -> Result<bool, StoreError> {
    let one = session::Entity::delete_many().filter(session::COLUMN.id.eq(id.0));
    let done = one.filter(session::COLUMN.user_id.eq(user.0)).exec(&tx.conn()).await?;
    Ok(done.rows_affected > 0)
}

/// All sessions of a user, but perhaps one.
pub(in crate::identity) async fn delete_all(tx: &Tx, user: UserId, but: Option<SessionId>) -> Result<(), StoreError> {
    let mut all = session::Entity::delete_many().filter(session::COLUMN.user_id.eq(user.0));
    if let Some(kept) = but {
        all = all.filter(session::COLUMN.id.ne(kept.0));
    }
    all.exec(&tx.conn()).await?;
    Ok(())
}

pub(in crate::identity) async fn forget_over(tx: &Tx, spans: SessionSpans) -> Result<u64, StoreError> {
    let now = tx.now();
    let over = Condition::any()
        .add(session::COLUMN.seen_at.lt(now.minus(spans.idle).millis()))
        .add(session::COLUMN.created_at.lt(now.minus(spans.longest).millis()));
    Ok(session::Entity::delete_many().filter(over).exec(&tx.conn()).await?.rows_affected)
}
