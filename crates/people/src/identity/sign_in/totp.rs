//! The second factor: codes by time, each taken once, and recovery codes for who lost the device.

use crate::identity::IdentityError;
use crate::identity::tables::{recovery_code, user};
use base::{Digest, Minter, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};
use sockets::{StoreError, Tx};
use totp_rs::{Builder, Secret, Totp};

const WRONG: &str = "the code is wrong, too old or was used already";
const CODES: usize = 10;

fn crypto(err: impl std::fmt::Display) -> IdentityError {
    IdentityError::Crypto(err.to_string())
}

pub(super) fn fresh_secret(minter: &Minter) -> String {
    Secret::from(minter.bytes::<20>()).to_base32()
}

fn totp(secret: &str, account: &str) -> Result<Totp, IdentityError> {
    let secret = Secret::try_from_base32(secret).map_err(crypto)?;
    let builder = Builder::new().with_secret(secret).with_account_name(account.replace(':', "_"));
    builder.with_issuer(Some("Switchboard")).build().map_err(crypto)
}

pub(super) fn url(secret: &str, email: &str) -> Result<String, IdentityError> {
    totp(secret, email)?.to_url().map_err(crypto)
}

/// The time step of a right code.
pub(super) fn step_of(secret: &str, code: &str, tx: &Tx) -> Result<Option<i64>, IdentityError> {
    let seconds = u64::try_from(tx.now().millis() / 1_000).unwrap_or(0);
    let step = totp(secret, "x")?.check(code.trim(), seconds);
    Ok(step.and_then(|step| step.try_into().ok()))
}

/// Demands the second factor of those who have one, and uses it up.
pub(super) async fn demand(tx: &Tx, account: &user::Model, code: Option<&str>) -> Result<(), IdentityError> {
    let Some(secret) = account.totp_secret.as_deref().filter(|_| account.totp_on) else { return Ok(()) };
    let code = code.ok_or(IdentityError::SecondFactor("send the code of your second factor too, as totp"))?;
    let right = match step_of(secret, code, tx)? {
        Some(step) => take_step(tx, UserId(account.id), step).await?,
        None => take_recovery_code(tx, UserId(account.id), code).await?,
    };
    if right { Ok(()) } else { Err(IdentityError::SecondFactor(WRONG)) }
}

/// True once for each step, whoever else tries at the same moment.
async fn take_step(tx: &Tx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let later = user::Entity::update_many().filter(user::COLUMN.id.eq(user.0)).filter(user::COLUMN.totp_step.lt(step));
    let done = later.col_expr(user::Column::TotpStep, Expr::value(step)).exec(&tx.conn()).await?;
    Ok(done.rows_affected == 1)
}

async fn take_recovery_code(tx: &Tx, user: UserId, code: &str) -> Result<bool, StoreError> {
    let one = recovery_code::Entity::delete_by_id((user.0, digest(code).0));
    Ok(one.exec(&tx.conn()).await?.rows_affected == 1)
}

/// However it was typed.
fn digest(code: &str) -> Digest {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Digest::of(&plain)
}

/// Ten fresh codes of 80 bits; earlier ones end.
pub(super) async fn fresh_recovery_codes(tx: &Tx, minter: &Minter, user: UserId) -> Result<Vec<String>, StoreError> {
    forget_recovery_codes(tx, user).await?;
    let codes: Vec<String> = (0..CODES).map(|_| grouped(&minter.bytes::<10>())).collect();
    let rows = codes.iter().map(|code| recovery_code::ActiveModel { user_id: Set(user.0), code_hash: Set(digest(code).0) });
    recovery_code::Entity::insert_many(rows).exec_without_returning(&tx.conn()).await?;
    Ok(codes)
}

pub(super) async fn forget_recovery_codes(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    recovery_code::Entity::delete_many().filter(recovery_code::COLUMN.user_id.eq(user.0)).exec(&tx.conn()).await?;
    Ok(())
}

fn grouped(bytes: &[u8; 10]) -> String {
    let groups = bytes.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}
