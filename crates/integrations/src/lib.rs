//! Other systems that hear of events. They know the event catalogue and no wing of the house.

pub mod connections;
pub mod console;
pub mod email;
pub mod office;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod webhook;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    [webhook::migrations(), connections::migrations(), email::migrations(), ticket::migrations()].into_iter().flatten().collect()
}
