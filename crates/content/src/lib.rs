//! What people send and show: files (`media`). Landing pages will live beside them.

pub mod media;

use sea_orm_migration::MigrationTrait;

/// The tables of this wing.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    media::migrations()
}
