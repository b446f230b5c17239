use sea_orm_migration::prelude::*;

/// The table of this module.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateWidget)]
}

struct CreateWidget;

impl MigrationName for CreateWidget {
    fn name(&self) -> &str {
        "m20261121_40_widgets_create"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateWidget {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("widget")
            .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new("site").big_integer().not_null())
            .col(ColumnDef::new("name").text().not_null())
            .col(ColumnDef::new("enabled").boolean().not_null())
            .col(ColumnDef::new("config").json_binary().not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            // The site, in the one widget that was made by itself: two nodes cannot make it twice.
            .col(ColumnDef::new("first_of").big_integer().unique_key())
            .col(ColumnDef::new("created").big_integer().not_null())
            .col(ColumnDef::new("updated").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let by_site = Index::create().name("widget_site").table("widget").col("site").col("id").to_owned();
        manager.create_index(by_site).await
    }
}
