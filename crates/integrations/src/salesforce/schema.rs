use sea_orm_migration::prelude::*;

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Create)]
}

struct Create;

impl MigrationName for Create {
    fn name(&self) -> &str {
        "m20261121_51_salesforce_create"
    }
}

const STATEMENTS: &[&str] = &[
    // Whom Salesforce knows behind a chat.
    "CREATE TABLE salesforce_matches (site BIGINT NOT NULL, chat TEXT NOT NULL, found TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (site, chat))",
    "CREATE INDEX salesforce_matches_age ON salesforce_matches (at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Create {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
