//! The tables, their migrations and their rows.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// First schema of chats and what stands in them.
pub struct Chats;

impl MigrationName for Chats {
    fn name(&self) -> &str {
        "m20261121_40_chat_tables"
    }
}

fn big(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer();
    column
}

fn chat_table() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("chat").col(big("number").not_null().auto_increment().primary_key());
    table.col(ColumnDef::new("id").uuid().not_null().unique_key()).col(big("site").not_null());
    table.col(ColumnDef::new("visitor").uuid().not_null()).col(ColumnDef::new("client_id").uuid().not_null());
    table.col(big("widget").not_null()).col(big("department")).col(big("agent"));
    for name in ["agents", "status", "source", "form", "snapshot", "people_folded"] {
        table.col(ColumnDef::new(name).text().not_null());
    }
    for name in ["ended_by", "last_text", "last_from", "rating_comment"] {
        table.col(ColumnDef::new(name).text());
    }
    table.col(ColumnDef::new("queued").boolean().not_null()).col(big("requested_at").not_null());
    for name in ["started_at", "ended_at", "last_at", "first_response_at", "unanswered_since", "rating"] {
        table.col(big(name));
    }
    let counted = [
        "priority",
        "last_seq",
        "visitor_messages",
        "agent_messages",
        "responses",
        "response_ms",
        "visitor_delivered",
        "visitor_read",
        "agent_delivered",
        "agent_read",
    ];
    for name in counted {
        table.col(big(name).not_null().default(0));
    }
    table.take()
}

fn entry_table() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("chat_entry").col(big("id").not_null().primary_key());
    table.col(big("chat").not_null()).col(big("seq").not_null()).col(big("at").not_null());
    for name in ["kind", "from_kind"] {
        table.col(ColumnDef::new(name).text().not_null());
    }
    for name in ["from_id", "from_name", "text", "folded", "upload", "data"] {
        table.col(ColumnDef::new(name).text());
    }
    table.col(ColumnDef::new("client_id").uuid());
    table.foreign_key(ForeignKey::create().name("chat_entry_chat").from("chat_entry", "chat").to("chat", "number"));
    table.take()
}

const INDEXES: &[&str] = &[
    // One running chat a visitor, whatever two tabs do at once.
    "CREATE UNIQUE INDEX chat_running_visitor ON chat (visitor) WHERE status IN ('waiting', 'chatting')",
    "CREATE UNIQUE INDEX chat_asked ON chat (visitor, client_id)",
    "CREATE INDEX chat_waiting ON chat (site, priority DESC, requested_at, number) WHERE status = 'waiting'",
    "CREATE INDEX chat_chatting ON chat (site, agent) WHERE status = 'chatting'",
    "CREATE INDEX chat_history ON chat (site, number)",
    "CREATE INDEX chat_by_visitor ON chat (visitor, number)",
    "CREATE INDEX chat_durations ON chat (site, ended_at) WHERE ended_at IS NOT NULL",
    "CREATE UNIQUE INDEX chat_entry_seq ON chat_entry (chat, seq)",
    "CREATE UNIQUE INDEX chat_entry_client ON chat_entry (chat, client_id) WHERE client_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Chats {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(chat_table()).await?;
        manager.create_table(entry_table()).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}

/// The words of chats that are over, for the search.
pub struct ChatWords;

impl MigrationName for ChatWords {
    fn name(&self) -> &str {
        "m20261130_44_chat_words"
    }
}

/// In the order of the key alone, and words by their bytes: so all that begin alike stand together.
fn word_table(backend: DbBackend) -> String {
    let (order, rows) = match backend {
        DbBackend::Postgres => (" COLLATE \"C\"", ""),
        _ => ("", " WITHOUT ROWID"),
    };
    format!("CREATE TABLE chat_word (site BIGINT NOT NULL, word TEXT{order} NOT NULL, chat BIGINT NOT NULL, PRIMARY KEY (site, word, chat)){rows}")
}

const WORD_INDEXES: &[&str] = &[
    // All chats from before are to be read once.
    "ALTER TABLE chat ADD COLUMN indexed BOOLEAN NOT NULL DEFAULT FALSE",
    "CREATE INDEX chat_unindexed ON chat (site, number) WHERE NOT indexed",
    "CREATE INDEX chat_to_index ON chat (number) WHERE NOT indexed AND status IN ('ended', 'offline')",
];

#[async_trait::async_trait]
impl MigrationTrait for ChatWords {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared(&word_table(manager.get_database_backend())).await?;
        for statement in WORD_INDEXES {
            conn.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

pub mod chat {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "chat")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub number: i64,
        pub id: Uuid,
        pub site: i64,
        pub visitor: Uuid,
        pub client_id: Uuid,
        pub widget: i64,
        pub department: Option<i64>,
        pub agent: Option<i64>,
        pub agents: String,
        pub status: String,
        pub source: String,
        pub form: String,
        pub snapshot: String,
        /// Read by nodes of an older version alone, and never null.
        pub people_folded: String,
        pub ended_by: Option<String>,
        pub last_text: Option<String>,
        pub last_from: Option<String>,
        pub rating_comment: Option<String>,
        pub queued: bool,
        pub requested_at: i64,
        pub started_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub last_at: Option<i64>,
        pub first_response_at: Option<i64>,
        pub unanswered_since: Option<i64>,
        pub rating: Option<i64>,
        pub priority: i64,
        pub last_seq: i64,
        pub visitor_messages: i64,
        pub agent_messages: i64,
        pub responses: i64,
        pub response_ms: i64,
        pub visitor_delivered: i64,
        pub visitor_read: i64,
        pub agent_delivered: i64,
        pub agent_read: i64,
        /// Its words are kept as it stands.
        pub indexed: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod entry {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "chat_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub chat: i64,
        pub seq: i64,
        pub at: i64,
        pub kind: String,
        pub from_kind: String,
        pub from_id: Option<String>,
        pub from_name: Option<String>,
        pub text: Option<String>,
        pub upload: Option<String>,
        pub data: Option<String>,
        pub client_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
