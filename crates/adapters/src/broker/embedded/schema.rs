use sea_orm_migration::prelude::*;

pub(in crate::broker) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Create)]
}

struct Create;

impl MigrationName for Create {
    fn name(&self) -> &str {
        "m20261121_01_broker_create"
    }
}

const STATEMENTS: [&str; 5] = [
    // Messages that wait: what a claim reads.
    "CREATE INDEX broker_messages_waiting ON broker_messages (queue, id) WHERE claim IS NULL",
    // Messages that are held: which keys are taken, and whose holder fell silent.
    "CREATE INDEX broker_messages_held ON broker_messages (queue, ordering) WHERE claim IS NOT NULL",
    "CREATE INDEX broker_messages_leases ON broker_messages (leased_until) WHERE claim IS NOT NULL",
    // Depth and age.
    "CREATE INDEX broker_messages_age ON broker_messages (queue, published_at)",
    "CREATE INDEX broker_messages_claim ON broker_messages (claim) WHERE claim IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Create {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let queues = Table::create()
            .table("broker_queues")
            .col(ColumnDef::new("id").big_integer().not_null().primary_key().auto_increment())
            .col(ColumnDef::new("name").text().not_null().unique_key())
            .to_owned();
        manager.create_table(queues).await?;
        let messages = Table::create()
            .table("broker_messages")
            .col(ColumnDef::new("id").big_integer().not_null().primary_key().auto_increment())
            .col(ColumnDef::new("queue").big_integer().not_null())
            .col(ColumnDef::new("ordering").text().not_null())
            .col(ColumnDef::new("event").text().not_null())
            .col(ColumnDef::new("body").text().not_null())
            .col(ColumnDef::new("published_at").big_integer().not_null())
            .col(ColumnDef::new("deliveries").big_integer().not_null().default(0))
            .col(ColumnDef::new("claim").big_integer())
            .col(ColumnDef::new("leased_until").big_integer().not_null().default(0))
            .to_owned();
        manager.create_table(messages).await?;
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
            // Rows come and go by the thousand: keep the table small without being asked.
            let tune = "ALTER TABLE broker_messages SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)";
            manager.get_connection().execute_unprepared(tune).await?;
        }
        Ok(())
    }
}
