//! Many rows in one statement of one parameter: the rows travel as JSON, so the text never changes with their number and stays
//! prepared. Both dialects side by side.

use sea_orm::{DbBackend, Statement};
use sockets::Engine;

/// A column and its PostgreSQL type.
pub type Column = (&'static str, &'static str);

pub fn backend(engine: Engine) -> DbBackend {
    match engine {
        Engine::Sqlite => DbBackend::Sqlite,
        Engine::Postgres => DbBackend::Postgres,
    }
}

/// A UUID in JSON is its 32 digits, as both engines read it.
fn sqlite_value(row: &str, (name, kind): Column) -> String {
    match kind {
        "uuid" => format!("unhex({row}.value->>'{name}')"),
        _ => format!("{row}.value->>'{name}'"),
    }
}

fn recordset(columns: &[Column]) -> String {
    let columns: Vec<_> = columns.iter().map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
    format!("json_to_recordset($1::json) AS d({})", columns.join(", "))
}

fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

pub fn insert(engine: Engine, table: &str, columns: &[Column], rows: String) -> Statement {
    let names = names(columns);
    let sql = match engine {
        Engine::Postgres => format!("INSERT INTO {table} ({names}) SELECT {names} FROM {}", recordset(columns)),
        Engine::Sqlite => {
            let values: Vec<_> = columns.iter().map(|column| sqlite_value("d", *column)).collect();
            format!("INSERT INTO {table} ({names}) SELECT {} FROM json_each($1) AS d", values.join(", "))
        }
    };
    Statement::from_sql_and_values(backend(engine), sql, [rows.into()])
}

/// Updates by `columns[0]`, the primary key.
pub fn update(engine: Engine, table: &str, columns: &[Column], rows: String) -> Statement {
    let ((key, _), rest) = (columns[0], &columns[1..]);
    let set: Vec<_> = rest
        .iter()
        .map(|column| match engine {
            Engine::Postgres => format!("\"{0}\" = d.\"{0}\"", column.0),
            Engine::Sqlite => format!("\"{}\" = {}", column.0, sqlite_value("d", *column)),
        })
        .collect();
    let set = set.join(", ");
    let sql = match engine {
        Engine::Postgres => format!("UPDATE {table} SET {set} FROM {} WHERE {table}.{key} = d.{key}", recordset(columns)),
        Engine::Sqlite => format!(
            "UPDATE {table} SET {set} FROM json_each($1) AS d WHERE {table}.{key} = CAST(d.value->>'{key}' AS INTEGER)"
        ),
    };
    Statement::from_sql_and_values(backend(engine), sql, [rows.into()])
}
