//! Other systems that hear of events. They know the event catalogue and no wing of the house.

pub mod connections;
pub mod console;
mod outside;
pub mod salesforce;
pub mod webhook;
pub mod zendesk;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    [webhook::migrations(), connections::migrations(), salesforce::migrations()].into_iter().flatten().collect()
}
