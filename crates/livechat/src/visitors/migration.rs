use sea_orm_migration::prelude::*;

/// The tables of this module: visitor, visit, page_view.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateVisitors), Box::new(super::tally::CreateTally)]
}

struct CreateVisitors;

impl MigrationName for CreateVisitors {
    fn name(&self) -> &str {
        "m20261121_41_visitors_create"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateVisitors {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [visitor(), visit(), page_view()] {
            manager.create_table(table).await?;
        }
        for index in [
            Index::create().name("visitor_digest").table("visitor").col("digest").unique().to_owned(),
            Index::create().name("visit_visitor").table("visit").col("visitor").col("started").to_owned(),
            Index::create().name("page_view_visitor").table("page_view").col("visitor").col("id").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn visitor() -> TableCreateStatement {
    Table::create()
        .table("visitor")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("site").big_integer().not_null())
        .col(ColumnDef::new("digest").text().not_null())
        .col(ColumnDef::new("name").text())
        .col(ColumnDef::new("email").text())
        .col(ColumnDef::new("phone").text())
        .col(ColumnDef::new("first_seen").big_integer().not_null())
        .col(ColumnDef::new("last_seen").big_integer().not_null())
        .col(ColumnDef::new("visits").big_integer().not_null())
        .col(ColumnDef::new("visit").big_integer().not_null())
        .to_owned()
}

fn visit() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table("visit")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("visitor").uuid().not_null())
        .col(ColumnDef::new("site").big_integer().not_null())
        .col(ColumnDef::new("widget").big_integer())
        .col(ColumnDef::new("started").big_integer().not_null())
        .col(ColumnDef::new("last_seen").big_integer().not_null())
        .col(ColumnDef::new("landing_url").text().not_null())
        .col(ColumnDef::new("landing_title").text().not_null());
    for name in ["referrer", "browser", "os", "device", "language", "time_zone", "screen", "address", "country", "city"] {
        table.col(ColumnDef::new(name).text());
    }
    table.col(ColumnDef::new("variables").json_binary().not_null()).to_owned()
}

fn page_view() -> TableCreateStatement {
    Table::create()
        .table("page_view")
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("visit").big_integer().not_null())
        .col(ColumnDef::new("visitor").uuid().not_null())
        .col(ColumnDef::new("site").big_integer().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("url").text().not_null())
        .col(ColumnDef::new("title").text().not_null())
        .to_owned()
}
