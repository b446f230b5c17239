//! What carries events: tables in the product's own database, so far.

mod embedded;

pub use embedded::{EmbeddedBroker, EmbeddedOptions};

/// Tables of the embedded broker.
pub fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
    embedded::migrations()
}
