use sea_orm_migration::prelude::*;

pub(in crate::broker) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Places)]
}

/// Who reads which partition of a topic, how far it was acknowledged, and who else would like to.
struct Places;

impl MigrationName for Places {
    fn name(&self) -> &str {
        "m20261121_02_broker_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Places {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let places = Table::create()
            .table("broker_places")
            .col(ColumnDef::new("topic").text().not_null())
            .col(ColumnDef::new("part").big_integer().not_null())
            .col(ColumnDef::new("holder").text().not_null().default(""))
            .col(ColumnDef::new("fence").big_integer().not_null().default(0))
            .col(ColumnDef::new("leased_until").big_integer().not_null().default(0))
            // The lowest offset that is not done, what is done above it, and the end of what was ever given out.
            .col(ColumnDef::new("next_offset").big_integer().not_null().default(0))
            .col(ColumnDef::new("done").text().not_null().default(""))
            .col(ColumnDef::new("given").big_integer().not_null().default(0))
            .primary_key(Index::create().col("topic").col("part"))
            .to_owned();
        manager.create_table(places).await?;
        let members = Table::create()
            .table("broker_members")
            .col(ColumnDef::new("topic").text().not_null())
            .col(ColumnDef::new("member").text().not_null())
            .col(ColumnDef::new("seen").big_integer().not_null())
            .primary_key(Index::create().col("topic").col("member"))
            .to_owned();
        manager.create_table(members).await
    }
}
