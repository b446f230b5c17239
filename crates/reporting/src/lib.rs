//! What happened, kept to be looked at: the ledger of all events.

pub mod ledger;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    ledger::migrations()
}
