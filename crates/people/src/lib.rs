//! People: who works here ([`identity`]). Later also whom we write to.

pub mod identity;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    identity::migrations()
}
