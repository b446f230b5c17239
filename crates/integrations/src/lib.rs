//! Other systems that hear of events. They know the event catalogue and no wing of the house.

pub mod connections;
pub mod console;
pub mod email;
pub mod office;
mod outside;
pub mod salesforce;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod webhook;
pub mod zendesk;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    [webhook::migrations(), connections::migrations(), salesforce::migrations(), email::migrations(), ticket::migrations()].into_iter().flatten().collect()
}
