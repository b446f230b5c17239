//! One-time sign-in links: single use, short-lived, only their digest is kept.

use crate::identity::tables::login_link;
use base::{Minter, Secret, Timestamp, UserId};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};
use sockets::{StoreError, Tx};
use std::time::Duration;

/// For somebody who was never here, as at the first start.
pub(in crate::identity) const INVITATION: Duration = Duration::from_secs(24 * 3_600);
/// For somebody who lost the password.
pub(in crate::identity) const RESCUE: Duration = Duration::from_secs(15 * 60);

/// A fresh link; the user's earlier ones end.
pub(in crate::identity) async fn issue(
    tx: &Tx,
    minter: &Minter,
    user: UserId,
    span: Duration,
) -> Result<(Secret, Timestamp), StoreError> {
    forget_of(tx, user).await?;
    let (secret, expires) = (minter.secret("sbl_"), tx.now().plus(span));
    let row = login_link::ActiveModel {
        token_hash: Set(secret.digest().0),
        user_id: Set(user.0),
        expires_at: Set(expires.millis()),
    };
    login_link::Entity::insert(row).exec_without_returning(&tx.conn()).await?;
    Ok((secret, expires))
}

/// Uses the link up. None when it is unknown, too old, or was used by somebody faster.
pub(super) async fn redeem(tx: &Tx, secret: &Secret) -> Result<Option<UserId>, StoreError> {
    let key = secret.digest().0;
    let Some(row) = login_link::Entity::find_by_id(key.clone()).one(&tx.conn()).await? else { return Ok(None) };
    let used = login_link::Entity::delete_by_id(key).exec(&tx.conn()).await?.rows_affected == 1;
    Ok((used && tx.now().millis() < row.expires_at).then_some(UserId(row.user_id)))
}

pub(in crate::identity) async fn forget_of(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    login_link::Entity::delete_many().filter(login_link::COLUMN.user_id.eq(user.0)).exec(&tx.conn()).await?;
    Ok(())
}

pub(in crate::identity) async fn forget_over(tx: &Tx) -> Result<u64, StoreError> {
    let over = login_link::COLUMN.expires_at.lt(tx.now().millis());
    Ok(login_link::Entity::delete_many().filter(over).exec(&tx.conn()).await?.rows_affected)
}
