use sea_orm_migration::prelude::*;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Tables), Box::new(TicketRights)]
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &str {
        "m20261121_01_identity_tables"
    }
}

fn id() -> ColumnDef {
    ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

fn maybe_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().default(false).to_owned()
}

fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

fn key(columns: [&'static str; 2]) -> IndexCreateStatement {
    let [first, second] = columns;
    Index::create().col(first).col(second).to_owned()
}

fn index(table: &'static str, unique: bool, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    index
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table("site", [id(), text("name"), text("time_zone"), text("languages"), number("created_at")]),
        table(
            "user_account",
            [
                id(),
                text("email"),
                text("email_key"),
                text("name"),
                maybe_text("avatar"),
                text("language"),
                maybe_text("time_zone"),
                maybe_text("password_hash"),
                flag("superadmin"),
                maybe_text("totp_secret"),
                flag("totp_on"),
                number("totp_step"),
                number("created_at"),
            ],
        ),
        table("role", [id(), number("site"), text("name"), text("name_key"), maybe_text("built_in"), text("permissions")]),
        table(
            "membership",
            [
                number("site"),
                number("user_id"),
                number("role_id"),
                ColumnDef::new("chat_limit").integer().not_null().to_owned(),
                flag("accepts_chats"),
                flag("disabled"),
            ],
        )
        .primary_key(&mut key(["site", "user_id"]))
        .to_owned(),
        table(
            "department",
            [id(), number("site"), text("name"), text("name_key"), text("description"), flag("is_default")],
        ),
        table("department_member", [number("department_id"), number("user_id"), number("site")])
            .primary_key(&mut key(["department_id", "user_id"]))
            .to_owned(),
        table(
            "session",
            [
                id(),
                number("user_id"),
                text("token_hash"),
                text("agent"),
                text("address"),
                flag("by_link"),
                number("created_at"),
                number("seen_at"),
            ],
        ),
        table(
            "api_key",
            [
                id(),
                number("site"),
                text("name"),
                text("token_hash"),
                text("hint"),
                text("permissions"),
                maybe_number("created_by"),
                number("created_at"),
                maybe_number("expires_at"),
                maybe_number("used_at"),
            ],
        ),
        table("login_link", [text("token_hash").primary_key().to_owned(), number("user_id"), number("expires_at")]),
        table("recovery_code", [number("user_id"), text("code_hash")])
            .primary_key(&mut key(["user_id", "code_hash"]))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("user_account", true, &["email_key"]),
        index("role", true, &["site", "name_key"]),
        index("membership", false, &["user_id"]),
        index("membership", false, &["role_id"]),
        index("department", true, &["site", "name_key"]),
        index("department_member", false, &["site", "user_id"]),
        index("session", true, &["token_hash"]),
        index("session", false, &["user_id"]),
        index("api_key", true, &["token_hash"]),
        index("api_key", false, &["site"]),
        index("login_link", false, &["user_id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Roles that were made before there were tickets get what new ones have. Nobody's own roles are touched.
struct TicketRights;

impl MigrationName for TicketRights {
    fn name(&self) -> &str {
        "m20261121_03_identity_ticket_rights"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for TicketRights {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (role, granted) in [("agent", "\"answer_tickets\""), ("leader", "\"answer_tickets\",\"manage_tickets\",\"view_events\"")] {
            let grant = format!(
                "UPDATE role SET permissions = REPLACE(permissions, ']', ',{granted}]')
                 WHERE built_in = '{role}' AND permissions LIKE '[\"%' AND permissions NOT LIKE '%answer_tickets%'"
            );
            manager.get_connection().execute_unprepared(&grant).await?;
        }
        Ok(())
    }
}
