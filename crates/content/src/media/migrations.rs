use sea_orm_migration::prelude::*;

/// The table of this module.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Upload), Box::new(Unused)]
}

struct Upload;

impl MigrationName for Upload {
    fn name(&self) -> &str {
        "m20261121_01_media_upload"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Upload {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("upload")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("site").big_integer().not_null())
            .col(ColumnDef::new("owner_kind").text().not_null())
            .col(ColumnDef::new("owner_id").text().not_null())
            .col(ColumnDef::new("chat").uuid().null())
            .col(ColumnDef::new("name").text().not_null())
            .col(ColumnDef::new("media_type").text().not_null())
            .col(ColumnDef::new("size").big_integer().not_null())
            .col(ColumnDef::new("sha256").text().not_null())
            .col(ColumnDef::new("width").big_integer().null())
            .col(ColumnDef::new("height").big_integer().null())
            .col(ColumnDef::new("signature").text().not_null())
            .col(ColumnDef::new("created").big_integer().not_null())
            .to_owned();
        schema.create_table(table).await?;
        let index = Index::create().name("upload_site_chat").table("upload").col("site").col("chat").to_owned();
        schema.create_index(index).await
    }
}

/// Finds what was sent ahead and never used.
struct Unused;

impl MigrationName for Unused {
    fn name(&self) -> &str {
        "m20261130_54_media_unused"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Unused {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX upload_unused ON upload (created) WHERE chat IS NULL AND owner_kind = 'visitor'";
        schema.get_connection().execute_unprepared(index).await?;
        Ok(())
    }
}
